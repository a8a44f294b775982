//! U10: a value that nobody may see is planted wherever such values live, and found in nothing that deploy-guard says: in
//! no format, at no verbosity, on no way that ends badly.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

const AT: &str = "2026-11-17T10:00:00Z";

/// Every format that there is.
const FORMATS: [&str; 7] = ["terminal", "json", "github", "gitlab", "junit", "markdown", "sarif"];

/// A value with its own name, so that a leak says where it comes from. It is written otherwise in a URL.
pub(crate) fn canary(place: &str) -> String {
    format!("Zq7/{place}+kX9pLm2w")
}

pub(crate) fn in_url(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

/// A token of three parts, none of which is anybody's business.
pub(crate) fn jwt(place: &str) -> String {
    let part = |text: &str| URL_SAFE.encode(text).trim_end_matches('=').to_owned();
    format!(
        "{}.{}.{}",
        part("{\"alg\":\"HS256\"}"),
        part(&format!("{{\"sub\":\"{place}\"}}")),
        part(&canary(place))
    )
}

pub(crate) fn pem(place: &str) -> String {
    let body = STANDARD.encode(canary(place).repeat(4));
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

/// Everything that a planted value could be recognised by: itself, as a URL has it, and as base64 has it wherever in a
/// group of three bytes it begins.
fn traces(place: &str) -> Vec<String> {
    let value = canary(place);
    let mut traces = vec![in_url(&value), value.clone()];
    for before in 0..3 {
        let encoded = STANDARD.encode(format!("{}{value}", "a".repeat(before)));
        // What is left and right of it in its group is unknown.
        traces.push(encoded[4..encoded.len() - 4].to_owned());
        let encoded = URL_SAFE.encode(format!("{}{value}", "a".repeat(before)));
        traces.push(encoded[4..encoded.len() - 4].to_owned());
    }
    traces
}

const PLACES: [&str; 39] = [
    "WaiverUrl",
    "BreakGlassUrl",
    "SecretData",
    "SecretText",
    "EnvPassword",
    "EnvUrl",
    "EnvJwt",
    "ConfigPem",
    "ConfigUrl",
    "DotenvToken",
    "DotenvUrl",
    "PropertiesPassword",
    "PropertiesUrl",
    "TfvarsPassword",
    "TfvarsUrl",
    "ValuesPassword",
    "ValuesUrl",
    "IndexUrl",
    "GitUrl",
    "TrailerUrl",
    "PlanToken",
    "BrokenFile",
    "Remote",
    "Variable",
    "KubeToken",
    "KubeKey",
    "KubeExec",
    "KubeServer",
    "AwsSecret",
    "AwsConfig",
    "ProbeToken",
    "ProbeUrl",
    "ProbeQuery",
    "SilenceComment",
    "LabelValue",
    "ErrorBody",
    "CommandOutput",
    "AnswerReason",
    "ClusterState",
];

/// Says nothing of any planted value. Line breaks, frames and blanks don't hide one.
pub(crate) fn is_silent(what: &str, text: &str) {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !"|│┃".contains(*c)).collect();
    for place in PLACES {
        for trace in traces(place) {
            let at =
                text.find(&trace).map(|at| (at, text)).or_else(|| bare.find(&trace).map(|at| (at, &*bare)));
            if let Some((at, text)) = at {
                let from = text.floor_char_boundary(at.saturating_sub(200));
                let to = text.ceil_char_boundary((at + 200).min(text.len()));
                panic!("{what} shows the value of {place} as {trace}:\n{}", &text[from..to]);
            }
        }
    }
}

pub(crate) fn says_nothing(what: &str, outcome: &Outcome) {
    is_silent(&format!("{what} on stdout"), &outcome.stdout);
    is_silent(&format!("{what} on stderr"), &outcome.stderr);
}

pub(crate) fn url(place: &str, rest: &str) -> String {
    format!("//app:{}@{rest}", in_url(&canary(place)))
}

/// A release that has a finding beside every planted value.
fn planted() -> Commit {
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: web, namespace: shop }}\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: shop/web:latest\n          env:\n            - name: DB_PASSWORD\n              value: \"{} \"\n            - name: DATABASE_URL\n              value: postgres:{}\n            - name: SESSION\n              value: \"{} https://x.staging.example.org\"\n",
        canary("EnvPassword"),
        url("EnvUrl", "db.staging.example.org/shop"),
        jwt("EnvJwt"),
    );
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: web, namespace: shop }}\ndata:\n  token: {}\nstringData:\n  password: \"{} \"\n",
        STANDARD.encode(format!("{}\n", canary("SecretData"))),
        canary("SecretText"),
    );
    let config = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: web, namespace: shop }}\ndata:\n  QUEUE: amqp:{}\n  bundle: |\n    https://ca.staging.example.org\n    {}\n",
        url("ConfigUrl", "mq.staging.example.org"),
        pem("ConfigPem").replace('\n', "\n    "),
    );
    let dotenv = format!(
        "API_TOKEN=\"{} \"\nSEARCH=https:{}\n",
        canary("DotenvToken"),
        url("DotenvUrl", "search.staging.example.org"),
    );
    let properties = format!(
        "spring.datasource.password={}\nspring.datasource.url=jdbc:postgresql:{}\n",
        canary("PropertiesPassword"),
        url("PropertiesUrl", "db.staging.example.org/shop"),
    );
    let variables = format!(
        "db_password = \"{}\"\nendpoint = \"https:{}\"\n",
        canary("TfvarsPassword"),
        url("TfvarsUrl", "db.staging.example.org"),
    );
    let values = format!(
        "image:\n  repository: shop/web\n  tag: latest\nauth:\n  rootPassword: {}\n  url: amqp:{}\n",
        canary("ValuesPassword"),
        url("ValuesUrl", "mq.staging.example.org"),
    );
    let requirements = format!(
        "--index-url https:{}\nkafka-python\ngit+https:{}\n",
        url("IndexUrl", "packages.example.org/simple"),
        url("GitUrl", "git.example.org/aiokafka.git#egg=aiokafka"),
    );
    let message = format!(
        "web: next\n\nReason: see https:{}\nRollback-Plan: <ask https:{}>\nRollback-Owner: on-call of shop\n\
         Break-Glass: floating-image-tag the registry is down, see https:{}\nApproved-By: Second Person <second@example.org>\n",
        url("TrailerUrl", "ci.example.org/job"),
        url("TrailerUrl", "ci.example.org/job"),
        url("BreakGlassUrl", "status.example.org"),
    );
    let plan = format!("[rollback]\nsteps = \"<curl -H 'Authorization: Bearer {}'>\"\n", jwt("PlanToken"));
    Commit::new(&message)
        .write("k8s/prod/web.yaml", deployment)
        .write("k8s/prod/secret.yaml", secret)
        .write("k8s/prod/config.yaml", config)
        .write("k8s/prod/web.env", dotenv)
        .write("k8s/prod/application.properties", properties)
        .write("terraform/prod/prod.tfvars", variables)
        .write("charts/web/values-prod.yaml", values)
        .write("requirements.txt", requirements)
        .write(".deploy-guard/plan.toml", plan)
}

fn repository<'a>(sandbox: &'a Sandbox, change: &Commit) -> Repository<'a> {
    let waivers = format!(
        "[[waiver]]\npolicy = \"floating-image-tag\"\npath = \"charts/**\"\nreason = \"agreed at https:{}\"\nowner = \"team-web\"\n\
         created = 2026-11-10\nexpires = 2026-12-10\n",
        url("WaiverUrl", "wiki.example.org"),
    );
    let before = Commit::new("before")
        .write(".deploy-guard/waivers.toml", waivers)
        .write("README.md", "x\n")
        .write("requirements.txt", "kafka-python==1.4.7\n");
    sandbox.repository("r", &[before, change.clone()])
}

/// A run with a planted token in every variable that programs keep tokens in.
fn run(repository: &Repository<'_>, arguments: &[&str]) -> Outcome {
    let mut run = repository.sandbox.guard(&repository.folder).args(arguments);
    for name in [
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "GITLAB_TOKEN",
        "CI_JOB_TOKEN",
        "DEPLOY_GUARD_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
    ] {
        run = run.env(name, canary("Variable"));
    }
    run.finish()
}

#[test]
fn u10_no_format_shows_a_planted_value() {
    let sandbox = Sandbox::new();
    let repository = repository(&sandbox, &planted());
    repository.git(&["remote", "add", "origin", &format!("https:{}", url("Remote", "127.0.0.1:1/x.git"))]);
    let range = ["check", "--base", "HEAD^", "--at", AT, "--allow-simulated"];
    let json = run(&repository, &[&range[..], &["--format", "json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    for list in ["waived", "overridden"] {
        assert_ne!(report[list], serde_json::json!([]), "nothing is {list}: {json}");
    }
    let paths: std::collections::BTreeSet<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["path"].as_str().unwrap())
        .collect();
    for path in [
        "web.yaml",
        "secret.yaml",
        "config.yaml",
        "web.env",
        "application.properties",
        "values-prod.yaml",
        "requirements.txt",
    ] {
        assert!(paths.iter().any(|found| found.ends_with(path)), "nothing to show in {path}: {paths:?}");
    }
    for format in FORMATS {
        for more in [&[][..], &["-v"], &["--all", "-v"]] {
            let outcome = run(&repository, &[&range[..], &["--format", format], more].concat());
            assert_eq!(outcome.code, 1, "{format}: {outcome}");
            says_nothing(&format!("{format} {more:?}"), &outcome);
            let file = format!("out.{format}");
            run(&repository, &[&range[..], &["--format", &format!("{format}={file}")], more].concat());
            let kept = std::fs::read_to_string(repository.folder.join(&file)).unwrap();
            assert!(!kept.is_empty());
            is_silent(&format!("the file of {format} {more:?}"), &kept);
        }
    }
    let fingerprint = report["findings"][0]["fingerprint"].as_str().unwrap();
    for arguments in [
        &["plan", "new", "--base", "HEAD^"][..],
        &["plan", "show", "--base", "HEAD^"],
        &["waiver", "draft", fingerprint, "--base", "HEAD^"],
        &["config", "print"],
        &["policy", "list"],
        &["waiver", "list"],
        &["check", "-v"],
        &["check", "--base", "origin/main"],
        &["check", "--base", "HEAD^", "--staged"],
    ] {
        says_nothing(&format!("{arguments:?}"), &run(&repository, arguments));
    }
}

#[test]
fn u10_the_hook_shows_no_planted_value() {
    let sandbox = Sandbox::new();
    let repository = repository(&sandbox, &planted());
    let remote = format!("https:{}", url("Remote", "127.0.0.1:1/x.git"));
    repository.git(&["remote", "add", "origin", &remote]);
    let (head, base) = (repository.tip("HEAD").unwrap(), repository.tip("HEAD^").unwrap());
    let zero = "0".repeat(40);
    for line in [
        format!("refs/heads/main {head} refs/heads/main {base}\n"),
        format!("refs/heads/main {head} refs/heads/main {zero}\n"),
        format!("refs/heads/main {head} refs/heads/main {}\n", "1".repeat(40)),
    ] {
        for name in ["origin", &remote] {
            let hook = ["hook", "run", "pre-push", name, &remote];
            let outcome = sandbox.guard(&repository.folder).args(hook).stdin(line.clone()).finish();
            assert!(matches!(outcome.code, 1 | 3), "{outcome}");
            says_nothing("the hook", &outcome);
        }
    }
}

#[test]
fn u10_what_ends_badly_shows_no_planted_value() {
    let value = canary("BrokenFile");
    let key =
        format!("kind: Secret\napiVersion: v1\nstringData:\n  password: {value}\n  password: {value}\n: [\n");
    let cases = [
        ("deploy-guard.toml", format!("api_token = \"{value}\"\n")),
        ("deploy-guard.toml", format!("[calendar]\nzone = \"UTC\"\npassword = \"{value}\"\n")),
        ("deploy-guard.toml", format!("token = \"{value}\nzone = 7\n")),
        ("deploy-guard.toml", format!("[calendar]\nzone = \"https:{}\"\n", url("BrokenFile", "example.org"))),
        (".deploy-guard/waivers.toml", format!("[[waiver]]\npolicy = \"x\"\ntoken = \"{value}\"\n")),
        (".deploy-guard/policies/own.toml", format!("id = \"own\"\nsecret = \"{value}\"\n")),
        (".deploy-guard/plan.toml", format!("[rollback]\ntoken = \"{value}\"\nplan = 7\n")),
        ("k8s/prod/secret.yaml", key.clone()),
        (
            "k8s/prod/secret.json",
            format!("{{\"kind\": \"Secret\", \"stringData\": {{\"password\": \"{value}\" \"x\""),
        ),
        ("k8s/prod/web.env", format!("API_TOKEN='{value}\n")),
        ("terraform/prod/prod.tfvars", format!("db_password = \"{value}\n")),
        ("k8s/prod/nul.yaml", format!("kind: Secret\nstringData:\n  password: {value}\n\0")),
        (".gitlab-ci.yml", format!("variables:\n  DEPLOY_TOKEN: {value}\n  DEPLOY_TOKEN: {value}\n")),
    ];
    for (number, (path, content)) in cases.iter().enumerate() {
        let sandbox = Sandbox::new();
        let broken = Commit::new("broken").write(path, content).write("k8s/prod/x.yaml", "kind: [\n");
        let repository = sandbox.repository("r", &[Commit::new("before").write("README.md", "x\n"), broken]);
        let mut codes = Vec::new();
        for (range, formats) in [
            (&["--base", "HEAD^"][..], &FORMATS[..]),
            (&["--worktree"], &["terminal", "json"]),
            (&["--base", "HEAD", "--head", "HEAD^"], &["terminal", "json"]),
        ] {
            for format in formats {
                let arguments = ["check", "-v", "--at", AT, "--allow-simulated", "--format", format];
                let outcome = run(&repository, &[&arguments[..], range].concat());
                says_nothing(&format!("case {number}, {path}, {range:?} as {format}"), &outcome);
                codes.push(outcome.code);
            }
        }
        assert!(codes.iter().any(|code| *code >= 1), "{path} ends well: {codes:?}");
        for arguments in [
            &["config", "print"][..],
            &["plan", "show", "--base", "HEAD^"],
            &["waiver", "list"],
            &["policy", "list"],
            &["calendar", "now"],
        ] {
            says_nothing(&format!("case {number}, {path}: {arguments:?}"), &run(&repository, arguments));
        }
    }
}

#[test]
fn u10_a_ci_run_that_fails_shows_no_token() {
    let sandbox = Sandbox::new();
    let repository = repository(&sandbox, &planted());
    let event = repository.write("event.json", format!("{{\"token\": \"{}\", ", canary("Variable")));
    for variables in [
        &[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_REPOSITORY", "shop/deploy"),
        ][..],
        &[("GITLAB_CI", "true"), ("CI_PIPELINE_SOURCE", "merge_request_event")],
        &[],
    ] {
        let mut run = sandbox.guard(&repository.folder).args(["ci", "-v"]).env("CI", "true");
        for (name, value) in variables {
            run = run.env(name, value);
        }
        for name in ["GITHUB_TOKEN", "GITLAB_TOKEN", "DEPLOY_GUARD_TOKEN", "CI_JOB_TOKEN"] {
            run = run.env(name, canary("Variable"));
        }
        let server = format!("http:{}", url("Variable", "127.0.0.1:1"));
        let outcome = run
            .env("GITHUB_EVENT_PATH", &event)
            .env("GITHUB_API_URL", &server)
            .env("GITHUB_SERVER_URL", &server)
            .env("CI_SERVER_URL", &server)
            .env("CI_API_V4_URL", &server)
            .finish();
        assert_ne!(outcome.code, 0, "{outcome}");
        says_nothing(&format!("ci with {variables:?}"), &outcome);
    }
}
