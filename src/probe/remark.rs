//! Several things seen by one probe, and the one sight that they make.
//!
//! In: remarks, each with what it means alone. Out: a [`Sight`] whose outcome is that of the worst. Must not know what
//! was asked.

use jiff::Timestamp;

use super::piece::piece;
use super::{Asked, Outcome, Sight};
use crate::http::{HttpError, HttpErrorKind};

/// Lines of detail: a server may have thousands of everything.
const MOST_LINES: usize = 40;

/// What to do where an address is closed to probes.
const UNLISTED: &str =
    "if it is meant to be asked, write it into the checklist: `private = [\"ADDRESS:PORT\"]` under [probes]";

/// What to do where nobody here trusts the certificate of whoever answers.
const UNPROVED: &str = "serve a certificate that clients trust; of an authority of your own, write its file into the checklist: `authorities = \"FILE\"` under [probes]";

/// What to do where the way is closed or nobody proves who they are; other errors depend on who was asked.
pub(super) fn remedy_of(error: &HttpError) -> Option<&'static str> {
    match error.kind {
        HttpErrorKind::Refused => Some(UNLISTED),
        HttpErrorKind::Tls if error.what.contains("InvalidContentType") => {
            Some("no TLS is spoken there: mend the port, or write http:// where the way is safe without")
        }
        HttpErrorKind::Tls => Some(UNPROVED),
        _ => None,
    }
}

/// One thing that was seen.
#[derive(Debug, Clone)]
pub(super) struct Remark {
    pub(super) outcome: Outcome,
    /// A sentence without a full stop that stands alone.
    pub(super) line: String,
    /// What belongs to it.
    pub(super) more: Vec<String>,
    pub(super) remedy: Option<String>,
}

impl Remark {
    pub(super) fn new(outcome: Outcome, line: impl Into<String>) -> Self {
        Self { outcome, line: line.into(), more: Vec::new(), remedy: None }
    }

    pub(super) fn cannot_tell(line: impl Into<String>) -> Self {
        Self::new(Outcome::CannotTell, line)
    }

    #[must_use]
    pub(super) fn more(mut self, line: impl Into<String>) -> Self {
        self.more.push(line.into());
        self
    }

    #[must_use]
    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// What is broken is known to be; what can't be told might be.
const fn weight(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Holds => 0,
        Outcome::Doubtful => 1,
        Outcome::CannotTell => 2,
        Outcome::Broken => 3,
    }
}

/// Makes one sight of all remarks; `good` is said where none of them is worse than [`Outcome::Holds`].
pub(super) fn sight(good: impl FnOnce() -> String, mut remarks: Vec<Remark>, asked: Vec<Asked>) -> Sight {
    remarks.sort_by_key(|remark| std::cmp::Reverse(weight(remark.outcome)));
    let outcome = remarks.first().map_or(Outcome::Holds, |worst| worst.outcome);
    let mut sight = Sight::new(outcome, String::new());
    sight.asked = asked;
    let mut remedies: Vec<String> = Vec::new();
    let worst = remarks.iter().filter(|remark| remark.outcome == outcome).count();
    let mut lines = Vec::new();
    for (place, remark) in remarks.into_iter().enumerate() {
        if place == 0 && outcome != Outcome::Holds {
            sight.summary =
                if worst > 1 { format!("{} (and {} more)", remark.line, worst - 1) } else { remark.line };
        } else {
            lines.push(remark.line);
        }
        lines.extend(remark.more);
        remedies.extend(remark.remedy.filter(|remedy| !remedies.contains(remedy)));
    }
    if outcome == Outcome::Holds {
        sight.summary = good();
    }
    let hidden = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    sight.details = lines;
    if hidden > 0 {
        sight.details.push(format!("and {hidden} lines more"));
    }
    remedies.truncate(4);
    sight.remedy = (!remedies.is_empty()).then(|| remedies.join("; "));
    sight
}

/// `2026-11-21 18:00 UTC`
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `a`, `a and b`, `a, b and 3 more`
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 5;
    let names: Vec<String> = names.into_iter().map(piece).collect();
    match names.as_slice() {
        [all @ .., last] if names.len() <= MOST && !all.is_empty() => {
            format!("{} and {last}", all.join(", "))
        }
        [first @ .., _] if names.len() > MOST => {
            let shown: Vec<&str> = first.iter().take(MOST - 1).map(String::as_str).collect();
            format!("{} and {} more", shown.join(", "), names.len() - shown.len())
        }
        _ => names.join(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_gives_the_outcome_and_what_is_broken_is_worse_than_what_cannot_be_told() {
        let remarks = vec![
            Remark::new(Outcome::Holds, "fine"),
            Remark::cannot_tell("unknown").remedy("ask"),
            Remark::new(Outcome::Broken, "dead").more("since noon").remedy("mend"),
            Remark::new(Outcome::Broken, "dead too").remedy("mend"),
        ];
        let sight = sight(String::new, remarks, Vec::new());
        assert_eq!(sight.outcome, Outcome::Broken);
        assert_eq!(sight.summary, "dead (and 1 more)");
        assert_eq!(sight.details, ["since noon", "dead too", "unknown", "fine"]);
        assert_eq!(sight.remedy.as_deref(), Some("mend; ask"));
    }

    #[test]
    fn without_a_fault_the_good_is_said_and_the_rest_are_details() {
        let sight = sight(|| "all well".to_owned(), vec![Remark::new(Outcome::Holds, "a")], Vec::new());
        assert_eq!((sight.outcome, sight.summary.as_str()), (Outcome::Holds, "all well"));
        assert_eq!((sight.details, sight.remedy), (vec!["a".to_owned()], None));
    }

    #[test]
    fn few_names_are_listed_and_many_are_counted() {
        assert_eq!(listed(["a", "b", "c"]), "a, b and c");
        assert_eq!(listed(["a"]), "a");
        assert_eq!(listed([]), "");
        assert_eq!(listed(["1", "2", "3", "4", "5", "6"]), "1, 2, 3, 4 and 2 more");
    }
}
