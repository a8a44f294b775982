//! Files of names and values.

use super::*;
use crate::facts::{Recognised, SettingKind};

#[test]
fn a_line_of_an_env_file_is_a_setting() {
    let facts = facts(
        "deploy/prod.env",
        "# comment\nLOG_GROUP=platform-dev\nexport URL=\"https://a.example\"\nSPACED=x \nHOST\n",
    );
    assert!(facts.recognised.contains(&Recognised::Configuration));
    let group = setting(&facts, "LOG_GROUP");
    assert_eq!((group.kind, group.owner.as_str()), (SettingKind::Line, "prod.env"));
    assert_eq!(group.value.as_deref(), Some("platform-dev"));
    assert_eq!(facts.source.slice(group.span), "platform-dev");
    assert_eq!(setting(&facts, "URL").value.as_deref(), Some("https://a.example"));
    assert_eq!(setting(&facts, "SPACED").value.as_deref(), Some("x "));
    assert!(facts.settings.iter().all(|one| one.key.value != "HOST"));
}

#[test]
fn an_example_declares_names_and_sets_nothing() {
    for path in [".env.example", "env.sample", ".env.dist"] {
        let facts = facts(path, "VendorB_API_Password=changeme\nHOST=\n");
        let names: Vec<_> = facts.declared.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(names, ["VendorB_API_Password", "HOST"], "{path}");
        assert!(facts.settings.is_empty());
        assert!(facts.recognised.contains(&Recognised::EnvironmentDeclaration));
    }
}

#[test]
fn properties_and_ini_count_where_they_are_deployed() {
    let text = "kafka.bootstrap.servers=kafka-dev:9092\n";
    let facts = facts("config/prod/app.properties", text);
    let servers = setting(&facts, "kafka.bootstrap.servers");
    assert_eq!(servers.value.as_deref(), Some("kafka-dev:9092"));
    assert_eq!(servers.key_path, "[\"kafka.bootstrap.servers\"]");
    assert!(extract(&source("src/main/resources/app.properties", text)).unwrap().is_none());
    let facts = super::facts("deploy/prod/app.ini", "[db]\nhost = db.dev.example.com\n");
    assert_eq!(setting(&facts, "host").key_path, "db.host");
    let facts = super::facts("prod/app.toml", "[db]\nhost = \"db.dev.example.com\"\n");
    assert_eq!(setting(&facts, "host").kind, SettingKind::Other);
}

#[test]
fn sops_hides_the_values_of_lines() {
    let facts =
        facts("prod.env", "A=ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops_mac=ENC[AES256_GCM,x]\n");
    assert_eq!(facts.settings.len(), 1);
    assert_eq!(setting(&facts, "A").value, None);
}
