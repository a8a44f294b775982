//! The policies as rules: what code scanning shows beside an alert, and filters by.
//!
//! In: the catalogue, and the report for policies that a finding names and the catalogue lacks. Out: one descriptor a
//! policy, sorted by id, and its index.

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use crate::finding::Severity;
use crate::policy::{Catalogue, Policy, incident};
use crate::report::{Report, clipped};

/// Code scanning takes so many.
const MOST_TAGS: usize = 20;

/// Code scanning shows so many characters of a description.
const LONGEST_DESCRIPTION: usize = 1_000;

pub(super) struct Rules {
    descriptors: Vec<ReportingDescriptor>,
}

impl Rules {
    pub(super) fn of(report: &Report, catalogue: &Catalogue) -> Self {
        let mut descriptors: Vec<ReportingDescriptor> =
            catalogue.iter().filter(|policy| policy.is_in_force()).map(describe).collect();
        // A push of several branches may have been judged by several catalogues.
        for change in &report.changes {
            let evaluation = &change.evaluation;
            let waived = evaluation.waived.iter().map(|waived| &waived.judged);
            let overridden = evaluation.overridden.iter().map(|overridden| &overridden.judged);
            for judged in evaluation.findings.iter().chain(waived).chain(overridden) {
                if !descriptors.iter().any(|rule| rule.id == judged.policy) {
                    let mut rule = ReportingDescriptor::builder().id(judged.policy.clone()).build();
                    rule.short_description = Some(plain(&judged.title));
                    rule.full_description = Some(plain(&judged.title));
                    descriptors.push(rule);
                }
            }
        }
        descriptors.sort_by(|one, other| one.id.cmp(&other.id));
        Self { descriptors }
    }

    pub(super) fn index(&self, policy: &str) -> Option<i64> {
        let index = self.descriptors.iter().position(|rule| rule.id == policy)?;
        i64::try_from(index).ok()
    }

    pub(super) fn into_descriptors(self) -> Vec<ReportingDescriptor> {
        self.descriptors
    }
}

fn plain(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

/// `floating-image-tag` as `FloatingImageTag`: the standard wants a name that is no id.
fn name_of(id: &str) -> String {
    id.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect::<String>())
        })
        .collect()
}

const fn level(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Block => ("error", "error"),
        Severity::Warn => ("warning", "warning"),
        Severity::Off => ("note", "recommendation"),
    }
}

fn describe(policy: &Policy) -> ReportingDescriptor {
    let stance = policy.stance();
    let (level, problem) = level(stance.severity.max(stance.elsewhere));
    let mut tags = vec!["deployment".to_owned(), policy.subject.clone(), policy.stage.as_str().to_owned()];
    tags.extend(policy.incidents.iter().cloned());
    tags.truncate(MOST_TAGS);
    let properties = [
        ("problem.severity", json!(problem)),
        ("precision", json!("high")),
        ("since", json!(policy.since)),
        ("environments", json!(policy.select.environments.display())),
    ];
    let properties = properties.map(|(name, value)| (name.to_owned(), value));
    let explanation = one_line_a_paragraph(&policy.explanation);
    let (text, markdown) = help(policy, &explanation);
    ReportingDescriptor::builder()
        .id(policy.id.clone())
        .name(name_of(&policy.id))
        .short_description(plain(&policy.title))
        .full_description(plain(&clipped(&explanation, LONGEST_DESCRIPTION)))
        .help(MultiformatMessageString::builder().text(text).markdown(markdown).build())
        .default_configuration(ReportingConfiguration::builder().level(level).build())
        .properties(
            PropertyBag::builder()
                .tags(tags)
                .additional_properties(std::collections::BTreeMap::from(properties))
                .build(),
        )
        .build()
}

/// Lines that were broken at a column flow again; what is indented is code and stays.
fn one_line_a_paragraph(text: &str) -> String {
    let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
    let mut out = String::new();
    let mut before = "";
    for line in text.lines() {
        if !out.is_empty() {
            out.push(if is_prose(before) && is_prose(line) { ' ' } else { '\n' });
        }
        out.push_str(line);
        before = line;
    }
    out
}

/// Why, what to write instead, and where to read on: as text and as Markdown.
fn help(policy: &Policy, explanation: &str) -> (String, String) {
    let mut text = format!("{explanation}\n");
    let mut markdown = format!("{explanation}\n");
    if let Some((line, id)) = policy.why() {
        let title = incident(id).map_or(id, |incident| incident.title.as_str());
        text.push_str(&format!("\nWhy: {line} ({id})\n"));
        markdown.push_str(&format!("\n**Why:** {line} (*{title}*, `{id}`)\n"));
    }
    let remedy = one_line_a_paragraph(&policy.remedy);
    text.push_str(&format!("\nInstead: {remedy}\n"));
    markdown.push_str(&format!("\n**Instead:** {remedy}\n"));
    text.push_str(&format!("\nMore: deploy-guard explain {}", policy.id));
    markdown.push_str(&format!("\n**More:** `deploy-guard explain {}`", policy.id));
    (text, markdown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_the_ids_words() {
        assert_eq!(name_of("floating-image-tag"), "FloatingImageTag");
    }

    #[test]
    fn broken_lines_flow_again_and_code_stays() {
        let text = "a\nb\n\nc\n  code\n  more\nd";
        assert_eq!(one_line_a_paragraph(text), "a b\n\nc\n  code\n  more\nd");
    }

    #[test]
    fn every_built_in_policy_keeps_the_limits_of_code_scanning() {
        for policy in Catalogue::built_in().unwrap().iter() {
            let rule = describe(policy);
            let tags = rule.properties.and_then(|bag| bag.tags).unwrap();
            assert!(tags.len() <= MOST_TAGS, "{}", policy.id);
            let full = rule.full_description.unwrap().text;
            assert!(!full.is_empty() && full.chars().count() <= LONGEST_DESCRIPTION + 1, "{}", policy.id);
            let help = rule.help.unwrap();
            assert!(help.markdown.unwrap().contains("**Instead:**"), "{}", policy.id);
        }
    }
}
