//! Asks for evidence: every item in a thread of its own, a few at a time, and none for longer than its bound.
//!
//! In: items with a probe. Out: their evidence, as it comes. A probe that hangs is left behind: its item can't be told.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::calendar;
use crate::checklist::{Probes, Row, Scheme, SecretRule, State, Task};
use crate::cli::Failure;
use crate::env::variable;
use crate::http::{Bounds, Credential, Door, Targets};
use crate::probe::{Around, Evidence, Kind, Outcome, Release};
use crate::source::Secret;

/// So many are asked at once.
const AT_ONCE: usize = 8;

/// After so long nothing is waited for any more; commands may be given more by their items.
const PATIENCE: Duration = Duration::from_secs(70);

const BEAT: Duration = Duration::from_millis(100);

/// No command runs longer, whatever its item says.
const LONGEST_COMMAND: Duration = Duration::from_mins(10);

/// Everything that probes have in common in one run.
#[derive(Debug)]
pub(super) struct Gathering {
    pub release: Release,
    pub probes: Probes,
    /// The certificates that the list names, read from the side that others have reviewed.
    pub authorities: Option<Vec<u8>>,
    pub offline: bool,
    pub may_run: bool,
    pub cluster_state: Option<Vec<u8>>,
    pub stop: Arc<AtomicBool>,
    /// Programs that are running, or about to.
    pub running: AtomicUsize,
}

/// The end of a run: no program outlives it.
pub(super) struct Ending<'a>(&'a Gathering);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        const NAP: Duration = Duration::from_millis(10);
        self.0.stop.store(true, Ordering::SeqCst);
        // Each is asked to end and then made to, which takes two seconds at most.
        let mut naps = 400;
        while self.0.running.load(Ordering::SeqCst) > 0 && naps > 0 {
            std::thread::sleep(NAP);
            naps -= 1;
        }
    }
}

/// A row has come back.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub index: usize,
    pub evidence: Evidence,
}

impl Gathering {
    pub(super) const fn ending(&self) -> Ending<'_> {
        Ending(self)
    }

    /// Variables that the list names and nobody has set: whoever they are for will refuse.
    pub(super) fn unset(&self) -> Vec<String> {
        let unset = self.probes.secrets.iter().filter(|rule| variable(&rule.variable).is_none());
        let note = |rule: &SecretRule| {
            format!("{} is not set: {} is asked without it", rule.variable, rule.hosts.join(", "))
        };
        if self.offline { Vec::new() } else { unset.map(note).collect() }
    }

    /// The door of one round: its time begins now.
    pub(super) fn door(&self) -> Result<Option<Door>, Failure> {
        if self.offline {
            return Ok(None);
        }
        let mut private = Vec::new();
        for (entry, _) in &self.probes.private {
            private.push(Targets::parse(entry).map_err(|why| Failure::usage(format!("`{entry}` {why}")))?);
        }
        let mut credentials = Vec::new();
        for rule in &self.probes.secrets {
            // A variable that is not set is missed by whoever answers 401.
            let Some(value) = variable(&rule.variable) else { continue };
            let (before, value) = match rule.scheme {
                Scheme::Bearer => ("Bearer ", Secret::new(&value)),
                Scheme::Basic => ("Basic ", Secret::new(&basic(&value))),
            };
            let Some(secret) = value else { continue };
            credentials.push(Credential {
                hosts: rule.hosts.clone(),
                header: "authorization",
                before,
                secret,
            });
        }
        let named = |name: &str| variable(name).or_else(|| variable(&name.to_ascii_lowercase()));
        let proxy = self.probes.proxy.then(|| named("HTTPS_PROXY").or_else(|| named("HTTP_PROXY"))).flatten();
        let no_proxy = proxy.as_ref().and_then(|_| named("NO_PROXY"));
        let bounds = Bounds { proxy: proxy.as_deref().and_then(Secret::new), no_proxy, ..Bounds::default() };
        Ok(Some(Door::new(bounds, Targets { private }, credentials, self.authorities.clone())))
    }

    /// Begins to ask these rows; what comes goes through the channel, in no order.
    pub(super) fn begin(
        self: &Arc<Self>,
        asked: Vec<(usize, Arc<Kind>)>,
        arrived: &Sender<Arrived>,
    ) -> Result<(), Failure> {
        let door = Arc::new(self.door()?);
        let workers = asked.len().min(AT_ONCE);
        let queue = Arc::new(Mutex::new(VecDeque::from(asked)));
        for _ in 0..workers {
            let (gathering, door, queue) = (Arc::clone(self), Arc::clone(&door), Arc::clone(&queue));
            let arrived = arrived.clone();
            std::thread::spawn(move || {
                loop {
                    if gathering.stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some((index, kind)) = next else { return };
                    let evidence = gathering.look(&kind, door.as_ref().as_ref());
                    if arrived.send(Arrived { index, evidence }).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(())
    }

    fn look(&self, kind: &Kind, door: Option<&Door>) -> Evidence {
        let around = Around {
            release: &self.release,
            door,
            clock: &calendar::now,
            may_run: self.may_run,
            cluster_state: self.cluster_state.as_deref(),
            stop: &self.stop,
        };
        let begun = calendar::now();
        let runs = usize::from(kind.name() == "command");
        self.running.fetch_add(runs, Ordering::SeqCst);
        // A probe that breaks has seen nothing, and must not take the others with it.
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| kind.gather(&around)));
        self.running.fetch_sub(runs, Ordering::SeqCst);
        looked.unwrap_or_else(|_| nothing("deploy-guard broke while asking", begun))
    }

    /// Asks these rows and waits until all have come back or time is up. `each` is told of every one that comes.
    pub(super) fn gather(
        self: &Arc<Self>,
        rows: &mut [Row],
        wanted: &[usize],
        mut each: impl FnMut(usize, usize),
    ) -> Result<(), Failure> {
        let asked: Vec<(usize, Arc<Kind>)> =
            wanted.iter().filter_map(|index| Some((*index, probe_of(rows.get(*index)?)?))).collect();
        let mut open: Vec<usize> = asked.iter().map(|(index, _)| *index).collect();
        let patience = patience(&asked);
        let (total, begun) = (open.len(), calendar::now());
        let (sender, receiver) = channel();
        self.begin(asked, &sender)?;
        drop(sender);
        let mut left = patience;
        while !open.is_empty() && !left.is_zero() && !self.stop.load(Ordering::Relaxed) {
            let Some(Arrived { index, evidence }) = next(&receiver) else {
                left = left.saturating_sub(BEAT);
                continue;
            };
            open.retain(|other| *other != index);
            if let Some(row) = rows.get_mut(index) {
                row.state = State::Seen(evidence);
            }
            each(total - open.len(), total);
        }
        for index in open {
            if let Some(row) = rows.get_mut(index) {
                let why = format!("no answer within {} s", patience.as_secs());
                row.state = State::Seen(nothing(&why, begun));
            }
        }
        Ok(())
    }
}

/// The next to come back; `None` after a beat, so that whoever wants to stop is heard.
fn next(receiver: &Receiver<Arrived>) -> Option<Arrived> {
    match receiver.recv_timeout(BEAT) {
        Ok(arrived) => Some(arrived),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => {
            // Every worker is gone and something is still open: time alone ends this.
            std::thread::sleep(BEAT);
            None
        }
    }
}

fn patience(asked: &[(usize, Arc<Kind>)]) -> Duration {
    let commands = asked.iter().any(|(_, kind)| kind.name() == "command");
    if commands { PATIENCE + LONGEST_COMMAND } else { PATIENCE }
}

/// The probe of a row, where it has one.
pub(super) fn probe_of(row: &Row) -> Option<Arc<Kind>> {
    match &row.item.task {
        Task::Probe(kind) => Some(Arc::clone(kind)),
        Task::Policies | Task::Question(_) => None,
    }
}

fn nothing(why: &str, begun: Timestamp) -> Evidence {
    Evidence {
        outcome: Outcome::CannotTell,
        summary: why.to_owned(),
        details: Vec::new(),
        remedy: None,
        shown: Vec::new(),
        asked: Vec::new(),
        begun,
        ended: calendar::now(),
        valid_until: None,
    }
}

/// `name:password` as a header has it.
fn basic(pair: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(pair.trim())
}

/// What `--cluster-state` names, within a bound.
pub(super) fn cluster_state(file: Option<&PathBuf>) -> Result<Option<Vec<u8>>, Failure> {
    const BOUND: u64 = 256 * 1024 * 1024;
    let Some(file) = file else { return Ok(None) };
    let failed = |why: String| Failure::usage(format!("--cluster-state: {} {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| failed(format!("can't be read: {error}")))?.len();
    if size > BOUND {
        return Err(failed(format!("is larger than {BOUND} bytes")));
    }
    std::fs::read(file).map(Some).map_err(|error| failed(format!("can't be read: {error}")))
}
