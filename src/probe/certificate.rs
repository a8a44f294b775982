//! How long the certificates of hosts are good for, and whether they are the right ones.

use std::net::IpAddr;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::piece::piece;
use super::remark::{Remark, minute, remedy_of, sight};
use super::{Around, Asked, Outcome, Probe, Sight};
use crate::http::{
    Certificate as Shown, Door, Flaw, HttpErrorKind, Inspected, Presented, Route, host_and_port,
};

const DAY: i64 = 86_400;

/// Hosts that are looked at at once.
const AT_ONCE: usize = 4;

/// How long the certificates of hosts are good for, and whether they are the right ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Certificate {
    /// `ingest.example.org`, `api.example.org:8443`; each of its addresses is asked.
    pub hosts: Vec<String>,
    /// Fewer days left are too few.
    #[serde(default = "two_weeks")]
    pub days: u16,
    /// Fewer days left are few.
    #[serde(default = "a_month")]
    pub warn_days: u16,
}

const fn two_weeks() -> u16 {
    14
}

const fn a_month() -> u16 {
    30
}

impl Probe for Certificate {
    fn validate(&self) -> Result<(), String> {
        if self.hosts.is_empty() {
            return Err("`hosts` is empty: nothing would be asked".to_owned());
        }
        for host in &self.hosts {
            host_and_port(host).map_err(|why| format!("`{}` in `hosts` {why}", piece(host)))?;
        }
        if self.warn_days < self.days {
            return Err("`warn-days` is fewer than `days`: nobody would be warned".to_owned());
        }
        Ok(())
    }

    fn subject(&self) -> String {
        self.hosts.join(", ")
    }

    fn look(&self, around: &Around<'_>) -> Sight {
        let door = match around.network() {
            Ok(door) => door,
            Err(offline) => return *offline,
        };
        let mut seen = Seen::default();
        for hosts in self.hosts.chunks(AT_ONCE) {
            if around.stop.load(Ordering::Relaxed) {
                return Sight::cannot_tell("not asked: the run was ended");
            }
            let looked: Vec<Seen> = std::thread::scope(|threads| {
                let looking: Vec<_> = hosts
                    .iter()
                    .map(|host| threads.spawn(|| self.host(door, host, (around.clock)())))
                    .collect();
                looking.into_iter().map(|host| host.join().unwrap_or_else(|_| Seen::lost())).collect()
            });
            for host in looked {
                seen.take(host);
            }
        }
        let mut sight = seen.into_sight(self.hosts.len());
        if let Some(proxy) = door.proxy() {
            sight = sight.detail(format!("asked directly, not through the proxy {proxy}"));
        }
        sight
    }
}

impl Certificate {
    fn host(&self, door: &Door, written: &str, now: Timestamp) -> Seen {
        let mut seen = Seen::default();
        let (host, port) = match host_and_port(written) {
            Ok((host, port)) => (host, port.unwrap_or(443)),
            Err(why) => {
                seen.note(written, None, Fact::unseen(&why));
                return seen;
            }
        };
        let shown = if port == 443 { host.clone() } else { format!("{host}:{port}") };
        let inspected = match door.certificates(&host, port, now) {
            Ok(inspected) => inspected,
            Err(error) => {
                let fact = Fact::unseen(&error.what);
                let remedy = remedy_of(&error).or(fact.remedy);
                seen.note(&shown, None, Fact { remedy, ..fact });
                return seen;
            }
        };
        // Where a name has addresses of both kinds, a machine without IPv6 still sees what most clients see.
        let elsewhere = inspected.iter().any(|one| one.outcome.is_ok());
        for Inspected { address, outcome } in &inspected {
            match outcome {
                Ok(presented) => {
                    let bytes: Vec<u8> =
                        presented.chain.iter().flat_map(|one| one.der.iter().copied()).collect();
                    let target = format!("{host}:{port}");
                    seen.asked.push(Asked::there(target, &Route::Direct(*address), Some(&bytes)));
                    for fact in self.facts(presented, &host, now) {
                        seen.note(&shown, Some(*address), fact);
                    }
                    let ends = presented.chain.iter().map(|one| one.not_after).min();
                    let enough = SignedDuration::from_hours(i64::from(self.days) * 24);
                    seen.until(ends.map(|ends| ends.saturating_sub(enough).unwrap_or(ends)));
                }
                Err(error) => {
                    let mut fact = Fact::unseen(&error.what);
                    if error.kind == HttpErrorKind::NoRoute && elsewhere {
                        fact.outcome = Outcome::Doubtful;
                    }
                    seen.note(&shown, Some(*address), fact);
                }
            }
        }
        seen
    }

    /// Everything that is to be said of one chain.
    fn facts(&self, presented: &Presented, host: &str, now: Timestamp) -> Vec<Fact> {
        let mut facts = Vec::new();
        let Some(own) = presented.chain.first() else {
            return vec![Fact::unseen("it showed none")];
        };
        let mut dated = Vec::new();
        for (place, certificate) in presented.chain.iter().enumerate() {
            let whose = whose(place, certificate);
            if certificate.not_before > now {
                let begins = minute(certificate.not_before);
                facts.push(Fact::broken(
                    format!("is not valid before {begins}{whose}"),
                    "wait until then, or correct the clock of whoever issued it",
                ));
            }
            dated.push((certificate.not_after, whose));
        }
        dated.sort_by_key(|(ends, _)| *ends);
        let worst: Vec<Fact> = dated.iter().map(|(ends, whose)| self.left(*ends, whose, now)).collect();
        // One that is fine for long is of interest only where all are.
        let all_fine = worst.iter().all(|fact| fact.outcome == Outcome::Holds);
        facts.extend(
            worst
                .into_iter()
                .enumerate()
                .filter(|(place, fact)| fact.outcome != Outcome::Holds || all_fine && *place == 0)
                .map(|(_, fact)| fact),
        );
        let over = facts.iter().any(|fact| fact.outcome == Outcome::Broken);
        for flaw in &presented.flaws {
            facts.extend(flawed(flaw, own, host, over));
        }
        facts
    }

    fn left(&self, ends: Timestamp, whose: &str, now: Timestamp) -> Fact {
        let left = (ends.as_second() - now.as_second()).div_euclid(DAY);
        let at = minute(ends);
        let (days, warn_days) = (i64::from(self.days), i64::from(self.warn_days));
        let text = match left {
            ..0 => format!("ended {}, at {at}{whose}", ago(-left)),
            0 => format!("ends in less than a day, at {at}{whose}"),
            1 => format!("ends in 1 day, at {at}{whose}"),
            left => format!("ends in {left} days, at {at}{whose}"),
        };
        let outcome = match left {
            left if left < 0 || left < days => Outcome::Broken,
            left if left < warn_days => Outcome::Doubtful,
            _ => Outcome::Holds,
        };
        let text = if outcome == Outcome::Broken && left >= 0 {
            format!("{text}; {days} days are asked for")
        } else {
            text
        };
        let remedy = (outcome != Outcome::Holds).then_some(
            "renew it, have the server load the new one, and find out why that did not happen by itself",
        );
        Fact { outcome, text, remedy }
    }
}

fn ago(days: i64) -> String {
    // The floor of the days that are left: half a day ago is one day short.
    match days {
        1 => "less than a day ago".to_owned(),
        2 => "1 day ago".to_owned(),
        days => format!("{} days ago", days - 1),
    }
}

/// Which certificate of a chain it is, where it is not the server's own.
fn whose(place: usize, certificate: &Shown) -> String {
    match place {
        0 => String::new(),
        _ => format!(" (the intermediate `{}`)", piece(&certificate.subject)),
    }
}

fn flawed(flaw: &Flaw, own: &Shown, host: &str, over: bool) -> Option<Fact> {
    Some(match flaw {
        // The dates of the chain say so themselves, and better.
        Flaw::Expired | Flaw::NotYetValid if over => return None,
        Flaw::Expired => Fact::broken(
            "is issued by somebody whose own certificate has ended".to_owned(),
            "have the server send a chain that is valid as a whole",
        ),
        Flaw::NotYetValid => Fact::broken(
            "is issued by somebody whose own certificate is not valid yet".to_owned(),
            "have the server send a chain that is valid as a whole",
        ),
        Flaw::WrongName => {
            let names = match own.names.as_slice() {
                [] => "no name at all".to_owned(),
                names => names.iter().take(5).map(|name| piece(name)).collect::<Vec<_>>().join(", "),
            };
            Fact::broken(
                format!("is for other names ({names}), not for {host}"),
                "serve the certificate that was issued for this host",
            )
        }
        Flaw::UnknownIssuer if own.self_issued => Fact::broken(
            "is self-signed: no client can know who made it".to_owned(),
            "serve one that an authority has issued; of an authority of your own, write its file into the checklist: `authorities = \"FILE\"` under [probes]",
        ),
        Flaw::UnknownIssuer => Fact::broken(
            format!("is issued by `{}`, and leads to no authority that is trusted here", piece(&own.issuer)),
            "have the server send its intermediates; of an authority of your own, write its file into the checklist: `authorities = \"FILE\"` under [probes]",
        ),
        Flaw::Revoked => Fact::broken("is revoked".to_owned(), "serve another one, with another key"),
        Flaw::Other(what) => {
            Fact::broken(format!("is refused: {}", piece(what)), "serve a chain that clients accept")
        }
    })
}

/// One thing that is to be said of a certificate: its text goes on after `certificate of …`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fact {
    outcome: Outcome,
    text: String,
    remedy: Option<&'static str>,
}

impl Fact {
    const fn broken(text: String, remedy: &'static str) -> Self {
        Self { outcome: Outcome::Broken, text, remedy: Some(remedy) }
    }

    fn unseen(why: &str) -> Self {
        Self {
            outcome: Outcome::CannotTell,
            text: format!("can't be seen: {}", piece(why)),
            remedy: Some("see that the host is up and can be reached from here"),
        }
    }
}

/// What is known of all hosts so far.
#[derive(Debug, Default)]
struct Seen {
    /// The host, what is said of it, and the addresses of which it is true.
    facts: Vec<(String, Fact, Vec<IpAddr>)>,
    asked: Vec<Asked>,
    /// The first instant at which one has too few days left.
    until: Option<Timestamp>,
}

impl Seen {
    fn lost() -> Self {
        let mut seen = Self::default();
        seen.note("a host", None, Fact::unseen("what it sent could not be taken in"));
        seen
    }

    fn note(&mut self, host: &str, address: Option<IpAddr>, fact: Fact) {
        let known = self.facts.iter_mut().find(|(of, known, _)| of == host && *known == fact);
        match known {
            Some((.., addresses)) => addresses.extend(address),
            None => self.facts.push((host.to_owned(), fact, address.into_iter().collect())),
        }
    }

    fn until(&mut self, instant: Option<Timestamp>) {
        self.until = [self.until, instant].into_iter().flatten().min();
    }

    fn take(&mut self, other: Self) {
        self.facts.extend(other.facts);
        self.asked.extend(other.asked);
        self.until(other.until);
    }

    fn into_sight(self, hosts: usize) -> Sight {
        let mut remarks = Vec::new();
        for (host, fact, addresses) in &self.facts {
            let others = self.facts.iter().filter(|(of, ..)| of == host).any(|(.., of)| of != addresses);
            let at = if others && !addresses.is_empty() {
                let at: Vec<String> = addresses.iter().take(4).map(ToString::to_string).collect();
                format!(" at {}", at.join(", "))
            } else {
                String::new()
            };
            let mut remark =
                Remark::new(fact.outcome, format!("certificate of {}{at} {}", piece(host), fact.text));
            remark.remedy = fact.remedy.map(str::to_owned);
            remarks.push(remark);
        }
        let good = match remarks.as_slice() {
            [only] if only.outcome == Outcome::Holds => {
                let line = only.line.clone();
                remarks.clear();
                line
            }
            _ => format!("certificates of {hosts} hosts are trusted and good for long enough"),
        };
        let mut sight = sight(|| good, remarks, self.asked);
        // What is broken does not end by itself.
        let ends = matches!(sight.outcome, Outcome::Holds | Outcome::Doubtful);
        sight.valid_until = self.until.filter(|_| ends);
        sight
    }
}
