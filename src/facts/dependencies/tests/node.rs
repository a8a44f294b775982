use super::{gaps, stated};

#[test]
fn a_lock_of_yarn_1_is_read() {
    let text = "\
# yarn lockfile v1


\"@babel/code-frame@^7.0.0\", \"@babel/code-frame@^7.1\":
  version \"7.12.13\"
  resolved \"https://files.example/code-frame-7.12.13.tgz#aa\"
  dependencies:
    version \"^1.0.0\"

kafkajs@^1.14.0:
  version \"1.16.0\"

client@npm:kafkajs@^2.0.0:
  version \"2.2.4\"
";
    assert_eq!(
        stated("yarn.lock", text),
        [
            "5 @babel/code-frame =7.12.13 @7.12.13 lock",
            "11 kafkajs =1.16.0 @1.16.0 lock",
            "14 kafkajs =2.2.4 @2.2.4 lock",
        ]
    );
}

#[test]
fn a_lock_of_a_later_yarn_is_read_by_its_resolutions() {
    let text = "\
__metadata:
  version: 6

\"client@npm:kafkajs@^2.0.0\":
  version: 2.2.4
  resolution: \"kafkajs@npm:2.2.4\"
  checksum: aa
  languageName: node

\"@scope/a@npm:^1.0.0, @scope/a@npm:^1.1.0\":
  version: 1.2.0
  resolution: \"@scope/a@npm:1.2.0\"

\"shop@workspace:.\":
  version: 0.0.0-use.local
  resolution: \"shop@workspace:.\"
";
    assert_eq!(stated("yarn.lock", text), ["5 kafkajs =2.2.4 @2.2.4 lock", "11 @scope/a =1.2.0 @1.2.0 lock"]);
}

#[test]
fn a_conflict_in_a_lock_is_a_gap() {
    assert_eq!(
        gaps("yarn.lock", "<<<<<<< HEAD\na@1:\n  version \"1.0.0\"\n"),
        ["<<<<<<< HEAD: a merge conflict that was not resolved"]
    );
}

#[test]
fn a_lock_of_every_pnpm_is_read() {
    let old = "\
lockfileVersion: 5.4
specifiers:
  kafkajs: ^1.0.0
dependencies:
  kafkajs: 1.16.0
packages:

  /kafkajs/1.16.0:
    resolution: {integrity: sha512-aa}
    engines: {node: '>=10'}
    dev: false

  /@scope/a/1.2.0_react@16.0.0:
    resolution: {integrity: sha512-aa}
    dev: true

  registry.example/b/2.0.0:
    resolution: {integrity: sha512-aa}
";
    assert_eq!(
        stated("pnpm-lock.yaml", old),
        ["8 kafkajs =1.16.0 @1.16.0 lock", "13 @scope/a =1.2.0 @1.2.0 lock dev", "17 b =2.0.0 @2.0.0 lock"]
    );
    let middle = "\
lockfileVersion: '6.0'
packages:

  /kafkajs@2.2.4:
    resolution: {integrity: sha512-aa}

  /@scope/a@1.2.0(react@16.0.0)(b@1.0.0):
    resolution: {integrity: sha512-aa}
    dev: true
";
    assert_eq!(
        stated("pnpm-lock.yaml", middle),
        ["4 kafkajs =2.2.4 @2.2.4 lock", "7 @scope/a =1.2.0 @1.2.0 lock dev"]
    );
    let new = "\
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      kafkajs:
        specifier: ^2.0.0
        version: 2.2.4

packages:

  '@scope/a@1.2.0':
    resolution: {integrity: sha512-aa}

  kafkajs@2.2.4:
    resolution: {integrity: sha512-aa}

snapshots:

  kafkajs@2.2.4: {}
";
    assert_eq!(
        stated("pnpm-lock.yaml", new),
        ["13 @scope/a =1.2.0 @1.2.0 lock", "16 kafkajs =2.2.4 @2.2.4 lock"]
    );
}
