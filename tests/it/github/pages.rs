//! What people meet on the pages of a platform.

use deploy_guard::policy::Catalogue;
use deploy_guard::report::{Report, github, markdown};

use super::rich;

fn catalogue() -> Catalogue {
    Catalogue::built_in().unwrap()
}

/// The page without the version, which changes with every release.
fn steady(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn the_annotations_of_a_rich_report() {
    insta::assert_snapshot!(github::annotations(&rich::report(), &catalogue()));
}

#[test]
fn the_summary_of_a_rich_report() {
    insta::assert_snapshot!(steady(&markdown::summary(&rich::report(), &catalogue())));
}

#[test]
fn the_comment_of_a_rich_report() {
    insta::assert_snapshot!(steady(&markdown::comment(&rich::report(), &catalogue(), "gate")));
}

/// The rich report with every finding many times over.
fn long() -> Report {
    let mut report = rich::report();
    let evaluation = &mut report.changes[0].evaluation;
    evaluation.findings = evaluation.findings.iter().cycle().take(4000).cloned().collect();
    evaluation.notes = vec!["@#".repeat(3000); 100];
    evaluation.coverage.in_scope = evaluation.coverage.in_scope.iter().cycle().take(9000).cloned().collect();
    for _ in 0..100 {
        report.changes.extend(rich::report().changes);
    }
    report
}

#[test]
fn a5_a_page_that_is_too_long_is_cut_between_its_parts_and_says_what_is_missing() {
    let (catalogue, report) = (catalogue(), long());
    let summary = markdown::summary(&report, &catalogue);
    let comment = markdown::comment(&report, &catalogue, "gate");
    assert!((800 * 1024..=900 * 1024).contains(&summary.len()), "{}", summary.len());
    assert!((50_000..=60_000).contains(&comment.chars().count()), "{}", comment.chars().count());
    for page in [summary, comment] {
        let starting = |start: &str| page.lines().filter(|line| line.starts_with(start)).count();
        let shown = starting("#### 🛑");
        let blocking = (4000 + 100 * 4) * 3 / 4;
        assert!(
            page.contains(&format!("*{} more findings are in the report.*", blocking - shown)),
            "{shown}"
        );
        assert_eq!(starting("```") % 2, 0, "a fence is left open");
        assert!(page.lines().filter(|line| line.starts_with("| ")).all(|line| line.ends_with(" |")));
        assert_eq!(starting("</details>"), 1);
        assert!(page.contains("more files are in the report"), "every section has its part of the room");
        assert!(page.lines().last().unwrap().starts_with("- deploy-guard "), "the end is there");
    }
}

#[test]
fn a5_of_many_findings_ten_of_a_kind_are_annotations_and_the_others_are_counted() {
    let said = github::annotations(&long(), &catalogue());
    let count = |command: &str| said.lines().filter(|line| line.starts_with(command)).count();
    assert_eq!((count("::error "), count("::warning ")), (10, 10));
    let shown = 10 + 10 + count("::notice ");
    assert!(
        said.ends_with(&format!("4703 findings, {shown} shown as annotations, full list in the summary\n"))
    );
    let policies =
        ["floating-image-tag", "missing-rollback-plan", "foreign-environment-value", "could not be judged"];
    for (line, policy) in said.lines().zip(policies) {
        assert!(line.contains(&format!("title={policy}")), "each kind once before any twice: {line}");
    }
}

#[test]
fn of_several_changes_each_finding_names_its_own() {
    let mut report = rich::report();
    let page = markdown::summary(&report, &catalogue());
    assert!(!page.contains(" of `pull request 12`"), "{page}");
    report.changes.extend(rich::report().changes);
    let page = markdown::summary(&report, &catalogue());
    assert!(page.contains(" of `pull request 12` in **production**"), "{page}");
}
