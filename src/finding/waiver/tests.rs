use std::sync::Arc;

use jiff::civil::{Date, date};

use super::{Draft, Waivers, draft};
use crate::source::{Origin, Problem, RepoPath, SourceFile};

const TODAY: Date = date(2026, 11, 21);

const GOOD: &str = r#"[[waiver]]
policy = "floating-image-tag"
path = "k8s/prod/web.yaml"
reason = "the vendor publishes no other tag"
owner = "team-web"
created = 2026-11-01
expires = 2026-12-01
"#;

fn source(text: &str) -> Arc<SourceFile> {
    SourceFile::new(Origin::File(".deploy-guard/waivers.toml".into()), text.to_owned())
}

fn read(text: &str) -> (Waivers, Vec<Problem>) {
    Waivers::read(&source(text), TODAY)
}

/// Each problem as the text it points at and its message.
fn problems(text: &str) -> Vec<(String, String)> {
    let found = read(text).1;
    found
        .into_iter()
        .map(|problem| (text[problem.span.start..problem.span.end].to_owned(), problem.message))
        .collect()
}

fn problem(text: &str) -> (String, String) {
    let mut found = problems(text);
    assert_eq!(found.len(), 1, "{found:?}");
    let (waivers, _) = read(text);
    assert!(waivers.active().is_empty(), "a waiver that is not understood has no effect");
    found.remove(0)
}

fn row(at: &str, message: &str) -> (String, String) {
    (at.to_owned(), message.to_owned())
}

fn web() -> RepoPath {
    "k8s/prod/web.yaml".into()
}

fn covers(waivers: &Waivers, path: &str, subject: &str, fingerprint: &str) -> bool {
    waivers.find("floating-image-tag", Some(&path.into()), subject, fingerprint).is_some()
}

#[test]
fn a_waiver_covers_its_finding_and_no_other() {
    let (waivers, found) = read(GOOD);
    assert_eq!(found, []);
    assert!(covers(&waivers, "k8s/prod/web.yaml", "Deployment web", "0011"));
    assert!(!covers(&waivers, "k8s/prod/api.yaml", "Deployment web", "0011"));
    assert!(waivers.find("unpinned-dependency", Some(&web()), "", "0011").is_none());
    assert!(waivers.find("floating-image-tag", None, "", "0011").is_none());
}

#[test]
fn every_condition_that_is_stated_has_to_hold() {
    let (waivers, _) =
        read(&GOOD.replace("path = ", "resource = \"Deployment web\"\nfingerprint = 'ab'\npath = "));
    assert!(covers(&waivers, "k8s/prod/web.yaml", "Deployment web, container web spec.image", "ab"));
    assert!(!covers(&waivers, "k8s/prod/web.yaml", "Deployment web, container web spec.image", "cd"));
    assert!(!covers(&waivers, "k8s/prod/web.yaml", "Deployment web-2, container web", "ab"));
    assert!(!covers(&waivers, "k8s/prod/api.yaml", "Deployment web", "ab"));
}

#[test]
fn the_last_day_is_inside_and_the_next_is_not() {
    let source = source(GOOD);
    let on = |day: Date| Waivers::read(&source, day).0;
    assert!(covers(&on(date(2026, 12, 1)), "k8s/prod/web.yaml", "", ""));
    let after = on(date(2026, 12, 3));
    assert!(!covers(&after, "k8s/prod/web.yaml", "", ""));
    let (waiver, said) = after.expired("floating-image-tag", Some(&web()), "", "").unwrap();
    assert_eq!((waiver.owner.as_str(), said.as_str()), ("team-web", "the waiver expired 2 days ago"));
    assert!(after.expired("floating-image-tag", Some(&"k8s/prod/api.yaml".into()), "", "").is_none());
    assert_eq!(after.notices(&[])[0].message, "the waiver of `floating-image-tag` expired 2 days ago");
}

#[test]
fn a_waiver_lives_ninety_days_from_its_creation_or_from_today() {
    let until = |expires: &str, created: &str| {
        problems(&GOOD.replace("expires = 2026-12-01", expires).replace("created = 2026-11-01\n", created))
    };
    assert_eq!(until("expires = 2027-01-30", "created = 2026-11-01\n"), []);
    assert_eq!(
        until("expires = 2027-01-31", "created = 2026-11-01\n"),
        [row(
            "2027-01-31",
            "2027-01-31 is more than 90 days after 2026-11-01, so the waiver counts as expired"
        )]
    );
    assert_eq!(until("expires = 2027-02-19", ""), []);
    assert_eq!(until("expires = 2027-02-20", "").len(), 1);
    assert_eq!(until("expires = '2026-12-01'", "").len(), 0, "a quoted day is a day");
    assert_eq!(
        until("expires = 2026-10-31", "created = 2026-11-01\n")[0].1,
        "the waiver ends before it begins (2026-11-01)"
    );
    assert_eq!(
        until("expires = 2026-12-31", "created = 2026-11-23\n")[0].1,
        "the waiver begins on 2026-11-23, which is not yet"
    );
    assert_eq!(until("expires = 2026-12-31", "created = 2026-11-22\n"), [], "it is tomorrow somewhere");
}

#[test]
fn what_is_malformed_is_said_at_its_place_and_has_no_effect() {
    let without =
        |line: &str| GOOD.lines().filter(|own| !own.starts_with(line)).collect::<Vec<_>>().join("\n");
    for key in ["policy", "reason", "owner"] {
        assert_eq!(problem(&without(key)), row("[[waiver]]", &format!("a waiver needs `{key}`")));
    }
    assert_eq!(
        problem(&without("expires")).1,
        "a waiver needs `expires`: without an end it counts as expired"
    );
    assert_eq!(problem(&without("path")).1, "a waiver is for one finding, and this one names none");
    let with = |from: &str, to: &str| problem(&GOOD.replace(from, to));
    assert_eq!(
        with("the vendor publishes no other tag", "  because  ").1,
        "a reason has at least 10 characters"
    );
    assert_eq!(with("\"team-web\"", "\" \""), row("\" \"", "`owner` is empty"));
    assert_eq!(
        problems(&GOOD.replace("owner", "ownr")),
        [row("[[waiver]]", "a waiver needs `owner`"), row("ownr", "unknown key `ownr`")]
    );
}

#[test]
fn an_unknown_field_spoils_its_entry_alone() {
    let text = format!("{}severity = 'off'\n\n{}", GOOD, GOOD.replace("web.yaml", "api.yaml"));
    let (waivers, found) = read(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "unknown key `severity`");
    assert!(!covers(&waivers, "k8s/prod/web.yaml", "", ""));
    assert!(covers(&waivers, "k8s/prod/api.yaml", "", ""));
}

#[test]
fn a_duplicate_field_or_a_broken_line_spoils_its_entry_alone() {
    for fault in ["policy = 'other'\n", "owner = \n", "???\n", "owner = 'x\n", "x = [1,\n"] {
        for broken_first in [true, false] {
            let broken = format!("{GOOD}{fault}");
            let other = GOOD.replace("web.yaml", "api.yaml");
            let text = if broken_first { format!("{broken}\n{other}") } else { format!("{other}\n{broken}") };
            let (waivers, found) = read(&text);
            assert!(!found.is_empty(), "{fault}");
            assert!(!covers(&waivers, "k8s/prod/web.yaml", "", ""), "{fault} {broken_first}");
            assert!(covers(&waivers, "k8s/prod/api.yaml", "", ""), "{fault} {broken_first}");
        }
    }
}

#[test]
fn where_a_text_of_several_lines_hides_the_seams_a_fault_spoils_the_file() {
    let text = format!(
        "{GOOD}\n{}???\n",
        GOOD.replace("\"the vendor", "\"\"\"\nthe vendor").replace("tag\"\n", "tag\"\"\"\n")
    );
    let (waivers, found) = read(&text);
    assert!(waivers.active().is_empty());
    assert_eq!(found[0].message, "no entry of this file counts until its faults are mended");
}

#[test]
fn a_day_is_a_day() {
    for (written, shown) in
        [("2026-12-01T10:00:00Z", "2026-12-01T10:00:00Z"), ("'soon'", "soon"), ("'2026-02-30'", "2026-02-30")]
    {
        let text = GOOD.replace("2026-12-01", written);
        assert_eq!(problem(&text), row(written, &format!("`expires` is no day: `{shown}`")));
    }
    assert_eq!(problem(&GOOD.replace("2026-12-01", "20261201")).1, "`expires` is a date, not an integer");
}

#[test]
fn a_pattern_over_everything_is_refused() {
    for pattern in ["**", "*", "**/*", "**/**", ""] {
        let text = GOOD.replace("k8s/prod/web.yaml", pattern);
        assert_eq!(problem(&text).1, "this covers every file, and a waiver is for one finding");
    }
    assert!(problem(&GOOD.replace("web.yaml", "{a,b}.yaml")).1.contains("braces"));
    let (waivers, _) = read(&GOOD.replace("web.yaml", "*.yaml"));
    assert!(covers(&waivers, "k8s/prod/api.yaml", "", ""));
}

#[test]
fn the_same_said_twice_is_reported_and_a_renewal_is_not() {
    let text = format!("{GOOD}{GOOD}");
    assert_eq!(problems(&text), [row("\"floating-image-tag\"", "the waiver in line 2 says the same")]);
    let old = GOOD.replace("2026-12-01", "2026-11-02");
    let (waivers, found) = read(&format!("{old}{GOOD}"));
    assert_eq!(found, []);
    assert!(covers(&waivers, "k8s/prod/web.yaml", "", ""));
}

#[test]
fn what_nobody_may_waive_is_not_waived() {
    let text = format!("{GOOD}{}", GOOD.replace("floating-image-tag", "weakened-gate"));
    let (mut waivers, _) = read(&text);
    let found = waivers.restrict(&["floating-image-tag", "weakened-gate"], &["weakened-gate"]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "`weakened-gate` cannot be waived");
    assert_eq!(&text[found[0].span.start..found[0].span.end], "\"weakened-gate\"");
    assert!(waivers.find("weakened-gate", Some(&web()), "", "").is_none());
    assert!(covers(&waivers, "k8s/prod/web.yaml", "", ""));
    let unknown = waivers.restrict(&["floating-image-tags"], &[]);
    assert_eq!(unknown[0].hint.as_deref(), Some("did you mean `floating-image-tags`?"));
    assert!(waivers.active().is_empty());
}

#[test]
fn what_ends_soon_or_covers_nothing_is_announced() {
    let notices = |today: Date, used: bool| {
        let (waivers, _) = Waivers::read(&source(GOOD), today);
        let used: Vec<_> = if used { waivers.active().iter().collect() } else { Vec::new() };
        waivers.notices(&used).into_iter().map(|notice| notice.message).collect::<Vec<_>>()
    };
    assert_eq!(notices(date(2026, 11, 23), true), Vec::<String>::new());
    assert_eq!(
        notices(date(2026, 11, 24), true),
        ["the waiver of `floating-image-tag` ends in 7 days, on 2026-12-01"]
    );
    assert_eq!(
        notices(date(2026, 11, 30), true),
        ["the waiver of `floating-image-tag` ends in 1 day, on 2026-12-01"]
    );
    assert_eq!(notices(date(2026, 12, 1), true), ["the waiver of `floating-image-tag` ends today"]);
    assert_eq!(notices(TODAY, false), ["the waiver of `floating-image-tag` covers nothing in this run"]);
}

#[test]
fn a_file_that_is_no_waiver_file_is_said_and_waives_nothing() {
    assert_eq!(problem("waiver = 3\n").1, "`waiver` is a list of tables, not an integer");
    assert_eq!(problem("[[waivers]]\npolicy = 'x'\n"), row("waivers", "unknown key `waivers`"));
    assert_eq!(problems(""), []);
}

#[test]
fn a_draft_names_the_finding_and_waits_for_its_reason() {
    let path = RepoPath::from("k8s/[prod]/web \"x\".yaml");
    let wanted = Draft {
        policy: "floating-image-tag",
        path: Some(&path),
        resource: "Deployment shop/web, container \"web\" image",
        fingerprint: "00ff",
        today: TODAY,
        days: 365,
    };
    let text = draft(&wanted);
    assert!(text.contains("expires = 2027-02-19 "), "{text}");
    assert_eq!(problems(&text), [row("\"\"", "`reason` is empty"), row("\"\"", "`owner` is empty")]);
    let filled = text.replacen("\"\"", "\"the vendor has no other\"", 1).replacen("\"\"", "\"team-web\"", 1);
    let (waivers, found) = read(&filled);
    assert_eq!(found, []);
    let subject = wanted.resource;
    assert!(waivers.find("floating-image-tag", Some(&path), subject, "00ff").is_some());
    assert!(waivers.find("floating-image-tag", Some(&path), "Deployment shop/web", "00ff").is_none());
    assert!(
        waivers.find("floating-image-tag", Some(&"k8s/p/web \"x\".yaml".into()), subject, "00ff").is_none()
    );
    let odd = RepoPath::new(b"k8s/\xff.yaml".to_vec());
    assert!(!draft(&Draft { path: Some(&odd), ..wanted }).contains("path ="));
    assert!(!draft(&Draft { resource: "web\u{202e}", ..wanted }).contains("resource ="));
    assert!(!draft(&Draft { resource: "", ..wanted }).contains("resource ="));
}
