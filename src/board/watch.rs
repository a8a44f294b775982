//! What a watch says: a line a look, and the way back in full when it is time for it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Plan;
use crate::report::terminal::Look;
use crate::source::{escape_line, veiled};

/// One look, a line.
pub fn look(
    at: Timestamp,
    zone: &TimeZone,
    failing: &[Failing<'_>],
    unseen: &[(&str, &str)],
    all: usize,
) -> String {
    let time = at.to_zoned(zone.clone()).strftime("%H:%M:%S");
    if failing.is_empty() && unseen.is_empty() {
        return format!("{time}  all {all} hold\n");
    }
    let mut out = String::new();
    for found in failing {
        let patience = found.until.map_or_else(String::new, |until| {
            format!(", ROLL BACK at {}", until.to_zoned(zone.clone()).strftime("%H:%M:%S"))
        });
        out.push_str(&format!("{time}  FAILS  {}: {}{patience}\n", found.item, shown(found.summary)));
    }
    for (item, why) in unseen {
        out.push_str(&format!("{time}  UNSEEN {item}: {}\n", shown(why)));
    }
    out
}

/// An item that fails.
#[derive(Debug, Clone, Copy)]
pub struct Failing<'a> {
    pub item: &'a str,
    pub summary: &'a str,
    /// It may fail until then before it calls for the way back; `None`: it calls now.
    pub until: Option<Timestamp>,
    /// Words that name it in a plan's trigger, its id among them.
    pub words: &'a [String],
}

/// The call for the way back.
pub fn roll_back(
    place: &str,
    at: Timestamp,
    zone: &TimeZone,
    failing: &[Failing<'_>],
    plan: &Plan,
    look: Look,
) -> String {
    let time = at.to_zoned(zone.clone()).strftime("%H:%M %Z");
    let red = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    let word = if look.color { format!("{red}ROLL BACK{red:#}") } else { "ROLL BACK".to_owned() };
    let mut out = format!("\n{word}  {} · {time}\n\n", escape_line(place));
    for found in failing {
        out.push_str(&format!("  {}: {}\n", found.item, shown(found.summary)));
    }
    let met: Vec<&String> =
        plan.triggers.iter().filter(|trigger| failing.iter().any(|found| found.meets(trigger))).collect();
    if met.is_empty() {
        out.push_str(match plan.triggers.as_slice() {
            [] => "\n  The plan names no trigger; a failing item is one.\n",
            _ => "\n  No trigger of the plan names it. Its triggers are:\n",
        });
        for trigger in &plan.triggers {
            out.push_str(&format!("    {}\n", shown(trigger)));
        }
    } else {
        out.push_str("\n  The plan's trigger is met:\n");
        for trigger in met {
            out.push_str(&format!("    {}\n", shown(trigger)));
        }
    }
    out.push_str("\n  The way back:\n");
    if plan.steps.is_empty() {
        out.push_str("    the plan has no steps: put the last release back\n");
    }
    for (number, step) in plan.steps.iter().enumerate() {
        out.push_str(&format!("    {}. {}\n", number + 1, shown(step)));
    }
    if let Some(owner) = &plan.owner {
        out.push_str(&format!("  Owner: {}\n", shown(owner)));
    }
    out
}

impl Failing<'_> {
    /// Whether a trigger, as a person wrote it, speaks of this item.
    fn meets(&self, trigger: &str) -> bool {
        let trigger = trigger.to_lowercase();
        self.words.iter().any(|word| !word.trim().is_empty() && trigger.contains(&word.trim().to_lowercase()))
    }
}

fn shown(text: &str) -> String {
    escape_line(&veiled(text)).chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            steps: vec!["point the CNAME back".to_owned()],
            triggers: vec![
                "no data of a vendor for 10 minutes".to_owned(),
                "any 401 from a vendor".to_owned(),
            ],
            owner: Some("who merges".to_owned()),
            soak: None,
        }
    }

    fn called(words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let failing = Failing {
            item: "freshness",
            summary: "the newest record is 900 s old",
            until: None,
            words: &words,
        };
        let at = "2026-03-10T15:04:00Z".parse().unwrap();
        roll_back("production · iot-etl", at, &TimeZone::UTC, &[failing], &plan(), Look::plain())
    }

    #[test]
    fn the_trigger_that_was_met_is_named_with_the_steps_and_who_takes_them() {
        let text = called(&["freshness", "No data"]);
        assert!(text.contains("ROLL BACK  production · iot-etl · 15:04 UTC"), "{text}");
        assert!(text.contains("trigger is met:\n    no data of a vendor for 10 minutes\n"), "{text}");
        assert!(!text.contains("any 401"), "{text}");
        assert!(text.contains("1. point the CNAME back\n  Owner: who merges"), "{text}");
    }

    #[test]
    fn where_no_trigger_names_it_all_are_told() {
        let text = called(&["freshness"]);
        assert!(text.contains("No trigger of the plan names it") && text.contains("any 401"), "{text}");
    }

    #[test]
    fn what_a_server_says_stays_on_its_line() {
        let failing = [Failing { item: "a", summary: "x\u{1b}[2J\n::error::y", until: None, words: &[] }];
        let at = "2026-03-10T15:04:00Z".parse().unwrap();
        let text = look(at, &TimeZone::UTC, &failing, &[], 1);
        assert!(!text.contains('\u{1b}') && text.lines().count() == 1, "{text}");
    }
}
