//! What names an environment, and what only looks like it.

use super::*;
use crate::source::PathPattern;

fn name_of(path: &str, namespace: Option<&str>) -> Option<String> {
    Environments::default().environment_of(&path.into(), namespace).map(|environment| environment.name)
}

fn rule(name: &str, paths: &[&str], markers: &[&str], protected: bool) -> EnvironmentRule {
    EnvironmentRule {
        name: name.to_owned(),
        paths: paths.iter().map(|path| PathPattern::compile(path).unwrap()).collect(),
        markers: markers.iter().map(|&marker| marker.to_owned()).collect(),
        protected,
    }
}

fn own(name: &str) -> Environment {
    Environment {
        name: name.to_owned(),
        protected: name == "production",
        because: Because::Folder(name.to_owned()),
        beside: Vec::new(),
    }
}

/// Names which part of a value is foreign in an environment, with no config.
fn foreign(own_name: &str, key: &str, value: &str) -> Option<(String, String)> {
    let found = Environments::default().foreign_marker(key, value, &own(own_name))?;
    assert_eq!(value.get(found.range.clone()).unwrap(), found.marker, "{value}");
    Some((found.marker, found.environment))
}

#[test]
fn a_path_names_its_environment() {
    for (path, expected) in [
        ("overlays/production/web.yaml", "production"),
        ("k8s/prod/web.yaml", "production"),
        ("k8s/prd/web.yaml", "production"),
        ("clusters/prod-eu/web.yaml", "production"),
        ("clusters/prod-eu-1/apps/web.yaml", "production"),
        ("clusters/eu-west-1-prod/web.yaml", "production"),
        ("insights-prod/web.yaml", "production"),
        ("prod-shop/web.yaml", "production"),
        ("helm/values-prod.yaml", "production"),
        ("helm/prod-values.yaml", "production"),
        ("helm/values-prod-eu.yaml", "production"),
        ("helm/values.prod.yaml", "production"),
        ("docker-compose.prod.yml", "production"),
        ("config/application-prod.yml", "production"),
        ("env_prod.tfvars", "production"),
        ("terraform/live/prod/main.tf", "production"),
        ("appsettings.Production.json", "production"),
        (".env.production", "production"),
        ("prod/requirements.txt", "production"),
        ("environments/live/web.yaml", "production"),
        ("Prod/web.yaml", "production"),
        ("prod1/web.yaml", "production"),
        ("dev.yaml", "development"),
        ("environments/dev/web.yaml", "development"),
        ("live/dev/web.yaml", "development"),
        ("overlays/stage/web.yaml", "staging"),
        ("overlays/staging/web.yaml", "staging"),
        ("overlays/stg/web.yaml", "staging"),
        ("platform-stage/web.yaml", "staging"),
        ("values-stage.yaml", "staging"),
        ("qa/web.yaml", "qa"),
        ("qa2/web.yaml", "qa"),
        ("uat/web.yaml", "uat"),
        ("test/web.yaml", "test"),
        ("preprod/web.yaml", "preprod"),
        ("pre-prod/web.yaml", "preprod"),
        ("values-pre-prod.yaml", "preprod"),
        ("non-prod/web.yaml", "nonprod"),
        ("nonprod/web.yaml", "nonprod"),
        ("sandbox/web.yaml", "sandbox"),
        // The folder is plain, the file's word is a part of its subject.
        ("overlays/production/stage-gate.yaml", "production"),
        ("overlays/production/test-job.yaml", "production"),
        ("environments/prod/dev-portal.yaml", "production"),
        ("clusters/prod/apps/dev-portal/web.yaml", "production"),
        ("clusters/prod/apps/test-runner/web.yaml", "production"),
        ("prod/test/web.yaml", "production"),
        // A plain file name is deeper than a plain folder.
        ("prod/values-stage.yaml", "staging"),
        // Production's cluster hosts staging's namespaces.
        ("clusters/prod/shop-stage/web.yaml", "staging"),
        ("prod-cluster/shop-stage/web.yaml", "staging"),
        ("prod/shop-stage/web.yaml", "production"),
    ] {
        assert_eq!(name_of(path, None).as_deref(), Some(expected), "{path}");
    }
}

#[test]
fn a_path_that_only_holds_the_letters_names_none() {
    for path in [
        "producer/web.yaml",
        "products/web.yaml",
        "k8s/product-api/web.yaml",
        "device/web.yaml",
        "devices.yaml",
        "stagecoach/web.yaml",
        "delivery/web.yaml",
        "latest/web.yaml",
        "contest.yaml",
        "liveness.yaml",
        "reproduction/web.yaml",
        "base/web.yaml",
        "dev-portal/web.yaml",
        "stage-gate.yaml",
        "tests/web.yaml",
        "dev-to-prod/web.yaml",
        "webpack.prod.js",
        "src/environments/environment.prod.ts",
        "tsconfig.prod.json",
        "docs/production.md",
        "docs/production/web.yaml",
        "tests/fixtures/prod/web.yaml",
        "examples/production/web.yaml",
        "src/test/resources/application-prod.yml",
        "helm/templates/tests/test-connection.yaml",
        ".deploy-guard/policies/production-is-never-touched.toml",
    ] {
        assert_eq!(name_of(path, None), None, "{path}");
    }
}

#[test]
fn a_namespace_names_the_environment_where_the_path_does_not() {
    assert_eq!(name_of("k8s/web.yaml", Some("shop-prod")).as_deref(), Some("production"));
    assert_eq!(name_of("k8s/web.yaml", Some("prod-shop")).as_deref(), Some("production"));
    assert_eq!(name_of("k8s/web.yaml", Some("shop-stage")).as_deref(), Some("staging"));
    assert_eq!(name_of("k8s/web.yaml", Some("dev")).as_deref(), Some("development"));
    assert_eq!(name_of("k8s/web.yaml", Some("dev-portal")), None);
    assert_eq!(name_of("k8s/web.yaml", Some("test")), None);
    assert_eq!(name_of("k8s/web.yaml", Some("producer")), None);
    assert_eq!(name_of("k8s/web.yaml", Some("shop")), None);
    assert_eq!(name_of("prod/web.yaml", Some("shop-stage")).as_deref(), Some("production"));
    assert_eq!(name_of("clusters/prod/web.yaml", Some("shop-stage")).as_deref(), Some("staging"));
    assert_eq!(name_of("clusters/prod/web.yaml", Some("shop")).as_deref(), Some("production"));
}

#[test]
fn an_environment_says_how_it_was_found() {
    let environments = Environments::default();
    let because = |path: &str, namespace: Option<&str>| {
        environments.environment_of(&path.into(), namespace).unwrap().because.to_string()
    };
    assert_eq!(because("clusters/prod-eu/web.yaml", None), "the folder is called `prod-eu`");
    assert_eq!(because("values-prod.yaml", None), "the file is called `values-prod.yaml`");
    assert_eq!(because("web.yaml", Some("shop-prod")), "the namespace is `shop-prod`");
    let ruled = Environments::compile(&[rule("live", &["eu/**"], &[], true)]);
    let found = ruled.environment_of(&"eu/web.yaml".into(), None).unwrap();
    assert_eq!((found.name.as_str(), found.protected), ("live", true));
    assert_eq!(found.because.to_string(), "the path matches `eu/**`");
}

#[test]
fn a_config_decides_alone_and_the_protected_one_wins() {
    let environments = Environments::compile(&[
        rule("dev", &["**/dev/**"], &[], false),
        rule("prod", &["**/prod/**"], &["prod", "platform"], true),
    ]);
    let of = |path: &str, namespace| {
        environments.environment_of(&path.into(), namespace).map(|environment| environment.name)
    };
    assert_eq!(of("a/dev/x.yaml", None).as_deref(), Some("dev"));
    assert_eq!(of("a/dev/prod/x.yaml", None).as_deref(), Some("prod"));
    assert_eq!(of("a/staging/x.yaml", None), None, "the config does not name it");
    assert_eq!(of("values-prod.yaml", None), None, "no pattern says so");
    assert_eq!(of("x.yaml", Some("shop-prod")).as_deref(), Some("prod"));
    assert_eq!(of("x.yaml", Some("platform-mq")), None, "a word for values is none for namespaces");
    assert!(environments.is_protected("prod"));
    assert!(!environments.is_protected("dev"));
}

#[test]
fn a_whole_word_of_another_environment_is_foreign_in_production() {
    for (value, marker, environment) in [
        ("platform-dev", "dev", "development"),
        ("platform_dev", "dev", "development"),
        ("platform/dev", "dev", "development"),
        ("/aws/lambda/shop-dev", "dev", "development"),
        ("/dev/shop/database/password", "dev", "development"),
        ("db.staging.example", "staging", "staging"),
        ("db-stg.example.com", "stg", "staging"),
        ("https://api.stage.example.com/v1", "stage", "staging"),
        ("https://dev.example.com", "dev", "development"),
        ("dev.example.com:8443", "dev", "development"),
        ("https://api.example.com/dev/orders", "dev", "development"),
        ("postgres://shop@db.dev.svc.cluster.local:5432/shop", "dev", "development"),
        ("redis.shop-stage.svc", "stage", "staging"),
        ("kafka-qa1:9092", "qa1", "qa"),
        ("kafka-dev01.example:9092", "dev01", "development"),
        ("arn:aws:s3:::shop-uat-uploads", "uat", "uat"),
        ("https://api.sandbox.example.com", "sandbox", "sandbox"),
        ("shop-preprod", "preprod", "preprod"),
        ("shop-pre-prod", "pre-prod", "preprod"),
        ("shop-non-prod", "non-prod", "nonprod"),
        ("dev", "dev", "development"),
        ("Staging", "Staging", "staging"),
        ("SHOP_DEV", "DEV", "development"),
        ("--environment=dev", "dev", "development"),
        ("a.example,b.dev.example.com", "dev", "development"),
        ("https://app.example.com,https://dev.example.com", "dev", "development"),
        ("app-dev@project.iam.example.com", "dev", "development"),
        ("env: dev\nlevel: info\n", "dev", "development"),
        ("level: info\ngroup: platform-dev\n", "dev", "development"),
        ("export SHOP_ENV=dev", "dev", "development"),
        ("letsencrypt-staging", "staging", "staging"),
        ("s3://staging/uploads", "staging", "staging"),
    ] {
        assert_eq!(
            foreign("production", "KEY", value),
            Some((marker.to_owned(), environment.to_owned())),
            "{value}"
        );
    }
}

#[test]
fn a_lower_environment_that_points_at_production_is_foreign_too() {
    for (value, marker) in [
        ("https://api.prod.example.com", "prod"),
        ("shop-production", "production"),
        ("db-prd-1.example.com", "prd"),
        ("arn:aws:rds:eu-west-1:1:db:shop-prod", "prod"),
        ("prod", "prod"),
    ] {
        let expected = Some((marker.to_owned(), "production".to_owned()));
        assert_eq!(foreign("staging", "KEY", value), expected, "{value}");
    }
    assert_eq!(foreign("staging", "KEY", "shop-dev").unwrap().1, "development");
}

#[test]
fn words_that_only_look_like_an_environment_are_innocent_in_production() {
    let mut alarms = Vec::new();
    for value in [
        // Other words.
        "device",
        "devices",
        "devops",
        "developer",
        "developers",
        "stagecoach",
        "backstage",
        "upstage",
        "staged",
        "stages",
        "qatar",
        "sandboxed",
        "predeveloped",
        "devicemanager.example.com",
        // Devices.
        "/dev/null",
        "/dev/shm",
        "/dev/stdout",
        "/dev/",
        "/dev",
        "/dev/sda1",
        "/dev/nvme0n1",
        "/dev/net/tun",
        "/dev/termination-log",
        "/dev/kvm:/dev/kvm",
        "--device=/dev/fuse",
        "cat x > /dev/null 2>&1",
        "2>/dev/null",
        "file:///dev/urandom",
        "file:/dev/./urandom",
        "-Djava.security.egd=file:/dev/./urandom",
        "echo ok >>/dev/stderr",
        "exec 3<>/dev/tcp",
        // Public domains and packages named after them.
        "knative.dev",
        "https://shop.dev",
        "https://shop.dev/path",
        "eventing.knative.dev/v1",
        "pkg.go.dev",
        "host: app.dev:443",
        "dev.knative.sources.ping",
        "dev.tekton.event.taskrun.successful.v1",
        "https://dev.azure.com/org/project",
        "openshift-release-dev",
        "quay.io/openshift-release-dev/ocp-release",
        "ocp-v4.0-art-dev",
        "mail@shop.dev",
        // Documentation.
        "development.md",
        "docs/development.md",
        "https://example.com/staging/setup.html#top",
        // Versions and packages.
        "1.4.0-dev",
        "2.0.dev3",
        "v0.1.0-dev.4",
        "libssl-dev",
        "python3-dev",
        "apk add gcc musl-dev",
        "apt-get install -y build-essential shop-dev",
        "npm ci --only=dev",
        // Flags and nouns.
        "--dev",
        "--no-dev",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--only=dev",
        "dev-tools",
        "dev-ops",
        "dev-dependencies",
        "web-dev",
        "staging-area",
        "multi-stage",
        "build-stage",
        "stage-1",
        "stage2",
        "stage_10",
        "gs://shop/staging-bucket",
        // Folders.
        "/var/lib/shop/staging",
        "/var/lib/shop/staging/in",
        "./stage",
        // People and channels.
        "dev@example.com",
        "mailto:dev@example.com",
        "#platform-dev",
        "@example/dev",
        // Tickets.
        "QA-17",
        // Prose.
        "Only used in development, never here",
        "Talk to QA before you change this",
        "the next stage of the rollout",
        // Keys of a file that is kept as one value.
        "{\"level\": \"info\", \"development\": false}",
        "{\\\"development\\\": false}",
        "dev:\n  host: db\n",
        "../resources/pipelineruns.tekton.dev_customresourcedefinition.yaml",
        "https://quayio-production-s3.s3.amazonaws.com",
        "# the dev database is elsewhere\nhost: db\n",
        "// dev only\nhost=db",
    ] {
        if let Some(found) = foreign("production", "KEY", value) {
            alarms.push((value, found));
        }
    }
    assert!(alarms.is_empty(), "{alarms:#?}");
}

#[test]
fn words_that_only_look_like_production_are_innocent_below_it() {
    for value in [
        "producer",
        "kafka-producer",
        "product",
        "products-api",
        "productions",
        "reproduction",
        "letsencrypt-prod",
        "letsencrypt-production",
        "le-prod",
        "NODE_ENV=production",
        "--production",
        "npm ci --only=production",
        "npm install --omit=dev --production",
        "production-ready",
        "production-line",
        "env NODE_ENV=production node server.js",
        "--mode=production",
        "PRD-17",
        "live",
        "/health/live",
        "https://example.com/live/stream",
    ] {
        assert_eq!(foreign("development", "KEY", value), None, "{value}");
    }
}

#[test]
fn a_mode_is_no_place() {
    for key in ["NODE_ENV", "RAILS_ENV", "FLASK_ENV", "ASPNETCORE_ENVIRONMENT", "GIN_MODE", "mode", "APP_ENV"]
    {
        assert_eq!(foreign("development", key, "production"), None, "{key}");
    }
    assert!(foreign("development", "SENTRY_ENVIRONMENT", "production").is_some());
    assert!(
        foreign("production", "NODE_ENV", "development").is_some(),
        "a production that is built for developers"
    );
}

#[test]
fn a_key_that_names_the_environment_announces_its_value() {
    assert_eq!(foreign("production", "staging_api", "https://api.staging.example.com"), None);
    assert_eq!(foreign("production", "stagingApi", "https://api.staging.example.com"), None);
    assert_eq!(foreign("production", "x_dev_mock", "dev"), None);
    assert_eq!(foreign("production", "x_dev_mock", "false"), None);
    assert!(foreign("production", "api", "https://api.staging.example.com").is_some());
}

#[test]
fn the_name_of_a_build_says_nothing_of_a_place() {
    assert_eq!(foreign("staging", "version", "2026-03-10-production"), None);
    assert_eq!(foreign("production", "imageTag", "1.2-dev"), None);
    assert_eq!(foreign("production", "$schema", "https://example.com/dev-proxy/schema.json"), None);
}

#[test]
fn the_own_word_beside_a_foreign_one_leaves_it_unknown() {
    assert_eq!(foreign("production", "JOB", "copy-prod-to-dev"), None);
    assert!(foreign("production", "JOB", "prod,dev").is_some());
}

#[test]
fn the_markers_of_a_config_are_matched_longest_first() {
    let environments = Environments::compile(&[
        rule("production", &["prod/**"], &["prod", "production", "platform"], true),
        rule("staging", &["stage/**"], &["stage", "staging", "platform-stage"], false),
    ]);
    let foreign = |own_name: &str, value: &str| {
        environments
            .foreign_marker("log_group_name", value, &own(own_name))
            .map(|found| (found.marker, found.environment))
    };
    let some = |marker: &str, environment: &str| Some((marker.to_owned(), environment.to_owned()));
    assert_eq!(foreign("production", "platform"), None);
    assert_eq!(foreign("production", "platform-dev"), some("dev", "development"));
    assert_eq!(foreign("production", "platform-stage"), some("platform-stage", "staging"));
    assert_eq!(foreign("production", "platform_stage"), some("platform_stage", "staging"));
    assert_eq!(foreign("staging", "platform-stage"), None);
    assert_eq!(foreign("staging", "platform"), some("platform", "production"));
    assert_eq!(foreign("staging", "platforms"), None);
}

#[test]
fn a_sentence_mentions_the_environments_it_names() {
    let names = |text: &str| -> Vec<String> {
        Environments::default().mentions(text).into_iter().map(|mention| mention.environment).collect()
    };
    assert_eq!(names("Remove deployer-api from staging"), ["staging"]);
    assert_eq!(names("fix/dev-deployer"), ["development"]);
    assert_eq!(names("Promote 1.4 from stage to prod"), ["staging", "production"]);
    assert!(names("Bump the producer, add dev-dependencies, see development.md").is_empty());
}

#[test]
fn thousands_of_markers_cost_linear_time() {
    let value = "dev-prod ".repeat(60_000);
    assert_eq!(foreign("production", "KEY", &value), None);
    let long = format!("{}-dev", "a-".repeat(200_000));
    assert!(foreign("production", &"k_".repeat(100_000), &long).is_some());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(key in ".{0,20}", value in "([a-zA-Z0-9/._:@#= -]|dev|prod|stage|ü|\n){0,40}") {
        let environments = Environments::default();
        for name in ["production", "development"] {
            if let Some(found) = environments.foreign_marker(&key, &value, &own(name)) {
                proptest::prop_assert_eq!(value.get(found.range).unwrap(), found.marker);
            }
        }
        let _ = environments.environment_of(&value.as_str().into(), Some(&key));
        let _ = environments.mentions(&value);
    }
}

#[test]
fn what_the_path_itself_names_is_no_news_in_its_values() {
    let environments = Environments::default();
    let own = |path: &str| environments.environment_of(&path.into(), None).unwrap();
    let foreign = |path: &str, value: &str| environments.foreign_marker("KEY", value, &own(path)).is_some();
    assert!(!foreign("staging/shop-dev/values.yaml", "shop-dev"));
    assert!(!foreign("clusters/prod/shop-stage/web.yaml", "https://registry.prod.example.com"));
    assert!(foreign("staging/shop/values.yaml", "shop-dev"));
}

#[test]
fn the_test_issuer_of_certificates_is_wrong_in_production_only() {
    let url = "https://acme-staging-v02.api.letsencrypt.org/directory";
    assert!(foreign("production", "server", url).is_some());
    assert_eq!(foreign("development", "server", url), None);
}
