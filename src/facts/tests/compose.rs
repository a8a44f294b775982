//! Compose files.

use super::*;
use crate::facts::{ImageOrigin, Recognised, SettingKind, System};

const COMPOSE: &str = "services:
  web:
    image: registry.example:5000/web:${TAG:-latest}
    environment:
      - LOG_GROUP=platform-dev
      - FROM_HOST
      - PASSWORD=${PASSWORD:-hunter2}
    env_file: [web.env, {path: more.env, required: false}]
    depends_on: [db]
    labels: [team=shop]
    command: --verbose
  db:
    image: postgres
    environment: {POSTGRES_DB: shop, EMPTY: , PORT: 5432}
    env_file: db.env
  built:
    build: .
    image: shop/built:latest
  other:
    image: \"shop/other:${VERSION}\"
";

#[test]
fn a_service_is_a_resource_with_an_image() {
    let facts = facts("docker-compose.prod.yml", COMPOSE);
    assert!(facts.recognised.contains(&Recognised::Compose));
    let found: Vec<_> = facts
        .resources
        .iter()
        .map(|one| (one.id.system, one.id.display(), facts.source.slice(one.name_span)))
        .collect();
    assert_eq!(found[0], (System::Compose, "service web".to_owned(), "web"));
    assert_eq!(found.len(), 4);
    assert_eq!(facts.resources[0].labels.get("team").map(String::as_str), Some("shop"));
    let found: Vec<_> =
        facts.images.iter().map(|one| (one.reference.as_str(), one.unknown, one.from_default)).collect();
    assert_eq!(
        found,
        [
            ("registry.example:5000/web:latest", false, true),
            ("postgres", false, false),
            ("shop/built:latest", true, false),
            ("shop/other:${VERSION}", true, false),
        ]
    );
    assert_eq!(facts.images[0].origin, ImageOrigin::Compose);
    assert_eq!(image_at(&facts, &facts.images[0]), "registry.example:5000/web:${TAG:-latest}");
    assert_eq!(facts.images[0].key_path, "services.web.image");
}

#[test]
fn an_environment_is_read_from_lists_and_mappings() {
    let facts = facts("compose.yaml", COMPOSE);
    let web = &facts.workloads[0].containers[0];
    let names: Vec<_> = web.env.iter().map(|one| one.name.value.as_str()).collect();
    assert_eq!(names, ["LOG_GROUP", "FROM_HOST", "PASSWORD"]);
    let files: Vec<_> = web.env_files.iter().map(|one| one.value.as_str()).collect();
    assert_eq!(files, ["web.env", "more.env"]);
    assert!(web.open);
    let group = setting(&facts, "LOG_GROUP");
    assert_eq!((group.kind, group.value.as_deref()), (SettingKind::EnvValue, Some("platform-dev")));
    assert_eq!(facts.source.slice(group.span), "platform-dev");
    assert_eq!(facts.source.slice(group.key.span), "LOG_GROUP");
    assert_eq!(group.key_path, "services.web.environment.LOG_GROUP");
    assert_eq!(setting(&facts, "PASSWORD").value.as_deref(), Some("${PASSWORD:-hunter2}"));
    assert_eq!(setting(&facts, "PORT").value.as_deref(), Some("5432"));
    assert!(facts.settings.iter().all(|one| one.key.value != "FROM_HOST" && one.key.value != "EMPTY"));
    assert_eq!(facts.workloads[1].containers[0].env_files[0].value, "db.env");
}

#[test]
fn a_compose_file_is_known_by_its_content_too() {
    assert!(facts("stack.yaml", COMPOSE).recognised.contains(&Recognised::Compose));
    assert!(
        facts("docker-compose.override.yml", "services: {web: {ports: ['80:80']}}\n").resources[0].partial
    );
    let text = "services:\n  - a\nimage: x\n";
    assert!(extract(&source("ci.yaml", text)).unwrap().is_none());
}
