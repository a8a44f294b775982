//! Changes beyond those that explain a policy: `tests/cases/<policy>.toml`, examples as in a policy file.

use deploy_guard::examples::run_examples;
use deploy_guard::policy::{Catalogue, Policy};
use deploy_guard::source::{Origin, SourceFile};

#[test]
fn every_case_is_judged_as_it_says() {
    let catalogue = Catalogue::built_in().unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut failures = Vec::new();
    let mut judged = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let id = name.trim_end_matches(".toml");
        let policy = catalogue.get(id).unwrap_or_else(|| panic!("{name} is named after no policy"));
        // The policy as it is, with these examples in place of its own.
        let own = policy.source.text();
        let head = own.split("\n[[example]]").next().unwrap();
        let text = format!("{head}\n{}", std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n"));
        let lines_above = head.lines().count() + 1;
        let source = SourceFile::new(Origin::File(format!("tests/cases/{name}").as_str().into()), text);
        let policy = Policy { source, ..policy.clone() };
        for result in run_examples(&policy, &catalogue).unwrap() {
            judged += 1;
            if let Some(failure) = result.failure {
                let line = result.line.saturating_sub(lines_above);
                failures.push(format!("{name} about line {line} ({}): {failure}", result.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(judged > 30, "only {judged} cases were found");
}
