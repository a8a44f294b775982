use super::{extracted, stated};

#[test]
fn a_package_manifest_is_read_by_its_sections() {
    let text = r#"{
  "name": "shop",
  "version": "1.0.0",
  "dependencies": {
    "kafkajs": "^2.2.4",
    "node-rdkafka": "2.18.0",
    "@confluentinc/kafka-javascript": "*",
    "client": "npm:kafka-node@5.0.0",
    "local": "file:../local",
    "empty": ""
  },
  "devDependencies": { "mockgoose": "latest" },
  "optionalDependencies": { "snappy": "~7.0.0" },
  "peerDependencies": { "no-kafka": ">=3" },
  "overrides": { "kafkajs": "2.0.0" }
}"#;
    assert_eq!(
        stated("package.json", text),
        [
            "5 kafkajs ~^2.2.4 @^2.2.4",
            "6 node-rdkafka =2.18.0 @2.18.0",
            "7 @confluentinc/kafka-javascript * @*",
            "8 kafka-node =5.0.0 @npm:kafka-node@5.0.0",
            "9 local elsewhere(a local path) @file:../local",
            "10 empty * @name",
            "12 mockgoose * @latest dev",
            "13 snappy ~~7.0.0 @~7.0.0 optional(optional)",
        ]
    );
    let found = extracted("package.json", text);
    let span = found.dependencies[0].span;
    assert_eq!(&text[span.start..span.end], "\"kafkajs\": \"^2.2.4\"");
}

#[test]
fn the_first_lock_of_npm_is_read_to_its_depths() {
    let text = r#"{
  "name": "shop", "version": "9.9.9", "lockfileVersion": 1,
  "dependencies": {
    "kafkajs": { "version": "1.16.0", "integrity": "aa", "requires": { "long": "^4" } },
    "a": {
      "version": "1.0.0", "dev": true,
      "dependencies": { "b": { "version": "2.0.0", "dependencies": { "kafkajs": { "version": "2.2.4" } } } }
    },
    "client": { "version": "npm:kafka-node@5.0.0" },
    "git": { "version": "git+https://git.example/x.git#deadbeef" },
    "local": { "version": "file:../local" }
  }
}"#;
    assert_eq!(
        stated("package-lock.json", text),
        [
            "4 kafkajs =1.16.0 @1.16.0 lock",
            "6 a =1.0.0 @1.0.0 lock dev",
            "7 b =2.0.0 @2.0.0 lock",
            "7 kafkajs =2.2.4 @2.2.4 lock",
            "9 kafka-node =5.0.0 @npm:kafka-node@5.0.0 lock",
            "10 git source(deadbeef) @git+https://git.example/x.git#deadbeef lock",
        ]
    );
}

#[test]
fn later_locks_of_npm_are_read_once_and_not_twice() {
    let text = r#"{
  "name": "shop", "lockfileVersion": 2,
  "packages": {
    "": { "name": "shop", "version": "1.0.0", "dependencies": { "kafkajs": "^2" } },
    "packages/core": { "version": "0.1.0" },
    "node_modules/core": { "resolved": "packages/core", "link": true },
    "node_modules/kafkajs": { "version": "2.2.4", "license": "MIT" },
    "node_modules/a/node_modules/@scope/b": { "version": "1.0.0", "dev": true },
    "node_modules/client": { "name": "kafka-node", "version": "5.0.0" }
  },
  "dependencies": { "kafkajs": { "version": "2.2.4" } }
}"#;
    assert_eq!(
        stated("npm-shrinkwrap.json", text),
        [
            "7 kafkajs =2.2.4 @2.2.4 lock",
            "8 @scope/b =1.0.0 @1.0.0 lock dev",
            "9 kafka-node =5.0.0 @5.0.0 lock",
        ]
    );
}

#[test]
fn a_lock_of_bun_is_read() {
    let text = r#"{
  "lockfileVersion": 1,
  "workspaces": { "": { "dependencies": { "kafkajs": "^2" } } },
  "packages": {
    "kafkajs": ["kafkajs@2.2.4", "", {}, "sha512-aa"],
    "a/@scope/b": ["@scope/b@1.0.0", "", {}, "sha512-aa"],
    "core": ["core@workspace:packages/core"],
  }
}"#;
    assert_eq!(stated("bun.lock", text), ["5 kafkajs =2.2.4 @2.2.4 lock", "6 @scope/b =1.0.0 @1.0.0 lock"]);
}

#[test]
fn the_catalogs_of_a_pnpm_workspace_are_read() {
    let text =
        "packages: ['a/*']\ncatalog:\n  kafkajs: ^2.2.4\ncatalogs:\n  next:\n    '@scope/kafka': 3.0.0\n";
    assert_eq!(
        stated("pnpm-workspace.yaml", text),
        ["3 kafkajs ~^2.2.4 @^2.2.4", "6 @scope/kafka =3.0.0 @3.0.0"]
    );
}
