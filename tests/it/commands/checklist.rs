//! `init --checklist`: the template is a list as it stands, and every example in it is one that counts.

use deploy_guard::checklist::{Checklist, Task};
use deploy_guard::http::Targets;
use deploy_guard::probe::Kind;
use deploy_guard::source::{Origin, SourceFile};

use super::refused_as_usage;
use crate::sandbox::{Commit, Sandbox};

const PLACE: &str = ".deploy-guard/checklist.toml";
const TEMPLATE: &str = include_str!("../../../templates/checklist.toml");

/// The template with every example taken in: lines that begin with `#` and no blank.
fn taken_in() -> String {
    let lines = TEMPLATE.lines().map(|line| match line.strip_prefix('#') {
        Some(example) if !example.starts_with(' ') => example,
        Some(_) => "",
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn read(text: &str) -> Result<Checklist, String> {
    let source = SourceFile::new(Origin::File(PLACE.into()), text.to_owned());
    Checklist::read(&source).map_err(|problems| {
        let told: Vec<String> = problems.list.into_iter().map(|problem| problem.message).collect();
        told.join("\n")
    })
}

#[test]
fn the_template_asks_what_is_asked_without_it() {
    let list = read(TEMPLATE).unwrap();
    let ids = |list: &Checklist| list.items.iter().map(|item| item.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&list), ids(&Checklist::built_in().unwrap()));
    assert!(list.services.is_empty() && list.probes.private.is_empty() && list.probes.secrets.is_empty());
    for line in TEMPLATE.lines() {
        assert!(line.is_empty() || line.starts_with('#'), "{line}");
        assert!(line.chars().count() <= 120, "{line}");
    }
}

#[test]
fn every_example_of_the_template_counts_once_it_is_taken_in() {
    let list = read(&taken_in()).unwrap();
    for kind in Kind::NAMES {
        let shows = |task: &Task| matches!(task, Task::Probe(probe) if probe.name() == *kind);
        assert!(list.items.iter().any(|item| shows(&item.task)), "no example of {kind}");
    }
    let own = |id: &str| list.items.iter().any(|item| item.id == id && !item.built_in);
    for id in ["consumer-lag", "context", "vendor-told"] {
        assert!(own(id), "{id}");
    }
    assert_eq!((list.services.len(), list.probes.secrets.len()), (1, 1));
    for (entry, _) in &list.probes.private {
        assert!(Targets::parse(entry).is_ok(), "{entry}");
    }
    assert!(list.probes.authorities.is_some());
    assert!(!list.items.iter().any(|item| item.id == "alerts-heard"), "it is off");
}

/// The names that would have done in the place of `zzz`.
fn instead(error: &str) -> Vec<String> {
    assert!(error.contains("zzz"), "{error}");
    let quoted = error.split('`').skip(1).step_by(2).filter(|word| !word.contains("zzz"));
    quoted.map(str::to_owned).collect()
}

#[test]
fn every_key_that_a_list_can_have_stands_in_the_template() {
    let mut places = vec![
        ("zzz = 1\n".to_owned(), 7),
        ("[probes]\nzzz = 1\n".to_owned(), 3),
        ("[secret.A]\nhosts = []\nzzz = 1\n".to_owned(), 2),
        ("[service.a]\nzzz = 1\n".to_owned(), 3),
        ("[[evidence]]\nid = \"a\"\nzzz = 1\n".to_owned(), 11),
        ("[[confirmation]]\nid = \"a\"\nzzz = 1\n".to_owned(), 11),
    ];
    for kind in Kind::NAMES {
        places.push((format!("[[evidence]]\nid = \"a\"\n[evidence.probe.{kind}]\nzzz = 1\n"), 3));
    }
    let examples = taken_in();
    for (text, least) in places {
        let keys = instead(&read(&text).unwrap_err());
        assert!(keys.len() >= least, "{text}: {keys:?}");
        for key in keys {
            let lines = examples.lines();
            let tables = [format!("[{key}"), format!("[[{key}"), format!("[evidence.{key}")];
            let shown = |line: &str| {
                line.starts_with(&format!("{key} = ")) || tables.iter().any(|table| line.starts_with(table))
            };
            assert!(lines.into_iter().any(shown), "`{key}` of {text} is not in the template");
        }
    }
    let signs = instead(&read("[[evidence]]\nid = \"a\"\nwhen = [\"zzz\"]\n").unwrap_err());
    assert!(signs.len() >= 8, "{signs:?}");
    let told = TEMPLATE.lines().find(|line| line.starts_with("#   when")).unwrap();
    for sign in signs {
        assert!(told.contains(&sign), "{sign}");
    }
}

#[test]
fn it_is_written_once_and_overwritten_by_force_only() {
    let sandbox = Sandbox::new();
    let work = sandbox.repository("work", &[Commit::new("first").write("README.md", "")]);
    let printed = work.guard(&["init", "--checklist", "--print"]);
    assert_eq!((printed.code, printed.stdout), (0, format!("==> {PLACE} <==\n{TEMPLATE}")));
    assert!(!work.folder.join(PLACE).exists());
    let outcome = work.guard(&["init", "--checklist"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    let there = || std::fs::read_to_string(work.folder.join(PLACE)).unwrap();
    assert_eq!(there(), TEMPLATE);
    assert!(!work.folder.join("deploy-guard.toml").exists());
    work.write(PLACE, "built-in = false\n");
    refused_as_usage(&work.guard(&["init", "--checklist"]), PLACE);
    assert_eq!(there(), "built-in = false\n");
    assert_eq!(work.guard(&["init", "--checklist", "--force"]).code, 0);
    assert_eq!(there(), TEMPLATE);
}
