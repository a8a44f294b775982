//! The flow goes one way, and each outside world has one door.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The order of the flow: a module imports only from those before it. `lib.rs` lists them in this order.
const FLOW: [&str; 23] = [
    "source",
    "env",
    "http",
    "calendar",
    "config",
    "change",
    "pipeline",
    "document",
    "facts",
    "finding",
    "check",
    "policy",
    "engine",
    "verdict",
    "gate",
    "examples",
    "report",
    "record",
    "probe",
    "checklist",
    "board",
    "scenario",
    "cli",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The module of the flow that a file belongs to; `None` for `lib.rs` and `main.rs`.
fn module_of(file: &Path) -> Option<String> {
    let below = file.strip_prefix(root().join("src")).unwrap();
    let first = below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
    (first != "lib" && first != "main").then_some(first)
}

/// Every `crate::<module>` of a file's code, tests and comments left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let mut found = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for part in line.split("crate::").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if !name.is_empty() {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn a_module_imports_only_from_those_before_it() {
    let place = |name: &str| FLOW.iter().position(|known| *known == name);
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        let Some(own) = module_of(&file) else { continue };
        let own_place = place(&own).unwrap_or_else(|| panic!("{own} is not in the table of the flow"));
        for imported in imports(&fs::read_to_string(&file).unwrap()) {
            let Some(other) = place(&imported) else { continue };
            if other > own_place {
                wrong.push(format!("{} imports {imported}, which comes after {own}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lib_rs_lists_the_modules_in_the_order_of_the_flow() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let listed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|line| line.trim_end_matches(';'))
        .collect();
    assert_eq!(listed, FLOW);
}

/// Words that only one file may hold.
const DOORS: [(&str, &str); 6] = [
    ("git2::", "change/read.rs"),
    ("std::env::", "env.rs"),
    ("reqwest::", "http/client.rs"),
    ("rustls::", "http/tls.rs"),
    ("Timestamp::now", "calendar/mod.rs"),
    ("TimeZone::try_system", "calendar/zone.rs"),
];

#[test]
fn each_outside_world_has_one_door() {
    for (word, door) in DOORS {
        for file in rust_files(&root().join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            // Tests may do as they like; so may words in a pattern.
            let code = text.split("#[cfg(test)]").next().unwrap();
            let used = code.lines().any(|line| {
                line.contains(word)
                    && !line.trim_start().starts_with("//")
                    && !line.trim_start().starts_with("r#")
            });
            let own = file.ends_with(Path::new("src").join(door));
            assert!(!used || own, "{} uses {word}, which belongs to {door}", file.display());
        }
    }
}

/// Who starts other programs: the second git reader, three that ask git about something else than a change, and the
/// probe that runs what a reviewed checklist names.
const PARENTS: [&str; 5] = [
    "change/command/program.rs",
    "cli/hook/install.rs",
    "cli/hook/site.rs",
    "probe/command/child.rs",
    "scenario.rs",
];

#[test]
fn other_programs_are_started_in_few_places() {
    let mut found = Vec::new();
    for file in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        if text.lines().any(|line| line.contains("process::Command") && !line.starts_with("//")) {
            found.push(file.strip_prefix(root().join("src")).unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    assert_eq!(found, PARENTS);
}

#[test]
fn every_module_says_what_it_is() {
    for file in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        let tests = file.iter().any(|part| part == "tests" || part == "tests.rs");
        assert!(tests || text.starts_with("//! "), "{} does not open with what it is", file.display());
    }
}

#[test]
fn main_is_no_place_for_logic() {
    let lines = fs::read_to_string(root().join("src/main.rs")).unwrap().lines().count();
    assert!(lines <= 40, "main.rs has {lines} lines");
}

#[test]
fn every_test_file_is_registered() {
    let text = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for file in rust_files(&root().join("tests/it")) {
        let below = file.strip_prefix(root().join("tests/it")).unwrap();
        let name = below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        assert!(
            name == "main" || text.contains(&format!("mod {name};")),
            "{name} is not in tests/it/main.rs"
        );
    }
}

/// Back-ticked paths of the repository in a document.
fn named_paths(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('/') && !word.contains([' ', '<', '*', '$', '{', ':', '…']))
        .filter(|word| {
            [
                "src/",
                "policies/",
                "hooks/",
                "tests/",
                "benches/",
                "schema/",
                "action/",
                "docs/",
                "templates/",
                ".ci/",
                ".github/",
            ]
            .iter()
            .any(|start| word.starts_with(start))
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn paths_named_in_the_contributor_guide_exist() {
    for document in ["CONTRIBUTING.md", "README.md", "hooks/README.md", "docs/ci.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for path in named_paths(&text) {
            assert!(root().join(&path).exists(), "{document} names {path}, which does not exist");
        }
    }
}
