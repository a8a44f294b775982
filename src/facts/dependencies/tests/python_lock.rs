use super::{extracted, gaps, stated};

#[test]
fn a_lock_of_pipenv_is_read_by_its_sections() {
    let text = r#"{
    "_meta": { "hash": { "sha256": "aa" }, "sources": [ { "name": "pypi", "url": "https://index.example" } ] },
    "default": {
        "kafka-python": {
            "hashes": [ "sha256:aa" ],
            "index": "pypi",
            "version": "==2.0.1"
        },
        "tool": { "git": "https://git.example/tool.git", "ref": "deadbeef" },
        "shop": { "editable": true, "path": "." }
    },
    "develop": { "pytest": { "version": "==7.0", "markers": "python_version >= '3.6'" } }
}"#;
    assert_eq!(
        stated("Pipfile.lock", text),
        [
            "7 kafka-python =2.0.1 @==2.0.1 lock",
            "9 tool source(deadbeef) @deadbeef lock",
            "12 pytest =7.0 @==7.0 lock dev",
        ]
    );
    let span = extracted("Pipfile.lock", text).dependencies[2].span;
    assert!(text[span.start..span.end].starts_with("\"pytest\": {"), "{}", &text[span.start..span.end]);
}

#[test]
fn a_lock_of_poetry_is_read() {
    let text = "\
[[package]]
name = \"kafka-python\"
version = \"2.0.1\"
description = \"Pure = Python\"
category = \"main\"
files = [
    {file = \"kafka.whl\", hash = \"sha256:aa\"},
]

[package.extras]
version = [\"3\"]

[[package]]
name = \"pytest\"
version = \"7.0\"
category = \"dev\"

[[package]]
name = \"mypy\"
version = \"1.0\"
groups = [\"dev\", \"lint\"]

[[package]]
name = \"faust\"
version = \"1.10.4\"
groups = [\"main\", \"dev\"]

[package.source]
type = \"git\"
reference = \"main\"
resolved_reference = \"deadbeefdeadbeef\"

[[package]]
name = \"shared\"
version = \"0.1.0\"

[package.source]
type = \"directory\"
url = \"../shared\"

[metadata]
lock-version = \"2.0\"
";
    assert_eq!(
        stated("poetry.lock", text),
        [
            "3 kafka-python =2.0.1 @2.0.1 lock",
            "15 pytest =7.0 @7.0 lock dev",
            "20 mypy =1.0 @1.0 lock dev",
            "31 faust source(deadbeefdeadbeef) @deadbeefdeadbeef lock",
        ]
    );
    let span = extracted("poetry.lock", text).dependencies[0].span;
    assert!(text[span.start..span.end].ends_with("version = [\"3\"]"));
}

#[test]
fn locks_of_uv_pdm_and_the_standard_are_read() {
    let uv = "\
version = 1

[[package]]
name = \"shop\"
version = \"0.1.0\"
source = { editable = \".\" }

[[package]]
name = \"aiokafka\"
version = \"0.7.2\"
source = { registry = \"https://index.example\" }
wheels = [
    { url = \"https://files.example/a.whl\" },
]

[[package]]
name = \"fork\"
version = \"1.0\"
source = { git = \"https://git.example/fork?rev=main#deadbeef\" }
";
    assert_eq!(
        stated("uv.lock", uv),
        ["10 aiokafka =0.7.2 @0.7.2 lock", "19 fork source(deadbeef) @deadbeef lock"]
    );
    let pdm = "\
[[package]]
name = \"kafka-python\"
version = \"2.0.2\"
groups = [\"default\"]

[[package]]
name = \"pytest\"
version = \"7.0\"
groups = [\"test\"]
";
    assert_eq!(stated("pdm.lock", pdm), ["3 kafka-python =2.0.2 @2.0.2 lock", "8 pytest =7.0 @7.0 lock dev"]);
    let standard = "[[packages]]\nname = \"kafka-python\"\nversion = \"2.0.2\"\n";
    assert_eq!(stated("pylock.toml", standard), ["3 kafka-python =2.0.2 @2.0.2 lock"]);
}

#[test]
fn a_conflict_in_a_lock_of_tables_is_a_gap() {
    assert_eq!(
        gaps("poetry.lock", "<<<<<<< HEAD\n[[package]]\n"),
        ["<<<<<<< HEAD: a merge conflict that was not resolved"]
    );
}
