//! Looking ahead: when time alone would change a verdict, and what the change's own rules would say once they hold.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{GateError, Rules, Settings, deciding_tree, evaluated, in_world};
use crate::calendar::Ruling;
use crate::change::{Change, Reader};
use crate::check::World;
use crate::config::RuleFile;
use crate::engine::{Evaluation, Judged};
use crate::finding::Fingerprint;
use crate::verdict::Verdict;

/// So many instants are tried.
const MOST_INSTANTS: usize = 8;

/// What will be otherwise.
#[derive(Debug, Clone, Default)]
pub struct Ahead {
    /// The first instant at which the same change would get another verdict, although nothing but time has passed.
    pub valid_until: Option<Timestamp>,
    pub preview: Option<Preview>,
}

/// What the rules of the head side would say of the change, where it edits them: nothing of it counts yet.
#[derive(Debug, Clone)]
pub struct Preview {
    pub verdict: Verdict,
    /// What only they find.
    pub found: Vec<Judged>,
    /// What they no longer find.
    pub lost: Vec<Judged>,
}

impl Ahead {
    pub(super) fn of(
        reader: &dyn Reader,
        world: &World<'_>,
        rules: &Rules,
        settings: &Settings,
        (evaluation, verdict): (&Evaluation, Verdict),
    ) -> Result<Self, GateError> {
        Ok(Self {
            valid_until: valid_until(reader, world, rules, settings, (evaluation, verdict))?,
            preview: preview(reader, world.change, settings, evaluation)?,
        })
    }
}

/// Judges again at each instant at which something dated begins or ends, until the verdict is another one.
fn valid_until(
    reader: &dyn Reader,
    world: &World<'_>,
    rules: &Rules,
    settings: &Settings,
    (evaluation, verdict): (&Evaluation, Verdict),
) -> Result<Option<Timestamp>, GateError> {
    for instant in boundaries(world, rules, settings.now, evaluation).into_iter().take(MOST_INSTANTS) {
        let then = Settings { now: instant, ..*settings };
        let rules = Rules::read(reader, deciding_tree(world.change), &then)?;
        let world = World { now: instant, calendar: &rules.calendar, ..*world };
        let (_, later) = evaluated(&world, &rules, &then)?;
        if later != verdict {
            return Ok(Some(instant));
        }
    }
    Ok(None)
}

/// The instants after `now` at which a window begins or ends, a waiver that was used ends, or break-glass does.
fn boundaries(
    world: &World<'_>,
    rules: &Rules,
    now: Timestamp,
    evaluation: &Evaluation,
) -> BTreeSet<Timestamp> {
    let mut found = BTreeSet::new();
    if !world.reached.is_empty() {
        // Where it is closed by two windows the first to end opens nothing: what opens it counts.
        found.extend(match rules.calendar.judge(now) {
            Ruling::Open { closes_at } => closes_at,
            Ruling::Closed { next_open, .. } => next_open,
        });
    }
    found.extend(evaluation.waived.iter().filter_map(|waived| end_of(waived.waiver.expires)));
    for overridden in &evaluation.overridden {
        found.insert(overridden.until);
    }
    found.retain(|instant| *instant > now);
    found
}

/// The first instant at which a waiver with this last day holds no more; days are UTC's, as the waivers are read.
fn end_of(day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?;
    Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Judges by the head side's own rules. Where they are not valid there is none: that is a finding of its own.
fn preview(
    reader: &dyn Reader,
    change: &Change,
    settings: &Settings,
    present: &Evaluation,
) -> Result<Option<Preview>, GateError> {
    if !change.asker.trusts_only_base() || change.files.iter().all(|file| RuleFile::at(&file.path).is_none())
    {
        return Ok(None);
    }
    let rules = match Rules::read(reader, &change.head.tree, settings) {
        Ok(rules) => rules,
        Err(GateError::Problems(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let (after, verdict) =
        in_world(reader, change, &rules, settings, |world| evaluated(world, &rules, settings))?;
    let known = |judged: &[Judged]| -> BTreeSet<Fingerprint> {
        judged.iter().map(|found| found.fingerprint.clone()).collect()
    };
    let (before_ids, after_ids) = (known(&present.findings), known(&after.findings));
    let found = after.findings.into_iter().filter(|found| !before_ids.contains(&found.fingerprint)).collect();
    let lost =
        present.findings.iter().filter(|found| !after_ids.contains(&found.fingerprint)).cloned().collect();
    Ok(Some(Preview { verdict, found, lost }))
}
