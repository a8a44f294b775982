//! `check` of a one-commit change in a repository of 10,000 files and 5,000 commits, as a ratio to what git itself takes
//! for the same commit. Both are whole processes, run in turns; medians are compared.
//!
//! `cargo bench --bench check`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a benchmark measures and prints"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[expect(clippy::disallowed_types, reason = "measures git itself")]
type Command = std::process::Command;

const FILES: usize = 10_000;
const COMMITS: usize = 5_000;
const ROUNDS: usize = 41;
/// What the gate may take: three times git's own time, and twenty milliseconds.
const FACTOR: f64 = 3.0;
const ALLOWANCE: Duration = Duration::from_millis(20);
const MEMORY_LIMIT: u64 = 100 * 1024 * 1024;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    println!(
        "a change of one commit in {FILES} files and {COMMITS} commits, medians of {ROUNDS} runs in turns\n"
    );
    let mut over = false;
    for (name, head) in [("an image tag", "image"), ("a Secret's keys", "secret"), ("a lock file", "lock")] {
        let base = format!("{head}^");
        let git = ["git", "diff-tree", "-r", "-p", &base, head].map(str::to_owned);
        let at = "2026-03-10T10:00:00Z";
        let check = [guard, "check", "--base", &base, "--head", head, "--at", at, "--format", "json"]
            .map(str::to_owned);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            theirs.push(time(folder.path(), &git));
            ours.push(time(folder.path(), &check));
        }
        let (ours, theirs) = (median(ours), median(theirs));
        let bound = theirs.mul_f64(FACTOR) + ALLOWANCE;
        let memory = peak_memory(folder.path(), &check);
        let fits = ours <= bound && memory.is_none_or(|memory| memory <= MEMORY_LIMIT);
        over |= !fits;
        println!(
            "{name:16} git {:6.1} ms   check {:6.1} ms   ratio {:4.1}   bound {:6.1} ms   peak {}   {}",
            milliseconds(theirs),
            milliseconds(ours),
            ours.as_secs_f64() / theirs.as_secs_f64(),
            milliseconds(bound),
            memory.map_or("?".to_owned(), |memory| format!("{:.0} MB", memory as f64 / 1e6)),
            if fits { "ok" } else { "OVER" }
        );
    }
    assert!(!over, "over a bound");
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn command(folder: &Path, words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn time(folder: &Path, words: &[String]) -> Duration {
    let start = Instant::now();
    let status = command(folder, words).status().unwrap();
    let time = start.elapsed();
    assert!(matches!(status.code(), Some(0 | 1)), "{words:?}: {status}");
    time
}

/// The most memory that the process held, as the kernel counts it; `None` where it can't be asked.
fn peak_memory(folder: &Path, words: &[String]) -> Option<u64> {
    let mut child = command(folder, words).spawn().ok()?;
    let place = format!("/proc/{}/status", child.id());
    let mut peak = None;
    while child.try_wait().ok()?.is_none() {
        let status = std::fs::read_to_string(&place).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        if let Some(kilobytes) = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()) {
            peak = Some(kilobytes * 1024);
        }
    }
    peak
}

fn deployment(service: usize, version: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: service-{service}\n  namespace: shop\nspec:\n  replicas: 3\n  \
         selector:\n    matchLabels:\n      app: service-{service}\n  template:\n    metadata:\n      labels:\n        app: service-{service}\n    \
         spec:\n      containers:\n        - name: main\n          image: registry.example/shop/service-{service}:1.{version}.0\n          \
         env:\n            - name: DATABASE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  \
         name: service-{service}\n                  key: password\n            - name: LOG_LEVEL\n              value: info\n          \
         readinessProbe:\n            httpGet:\n              path: /ready\n              port: 8080\n"
    )
}

fn secret(service: usize, key: &str) -> String {
    format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: service-{service}\n  namespace: shop\nspec:\n  \
         encryptedData:\n    {key}: AgBy3i4OJSWK1PiTySYZZA9rO43cGDEq{service}\n    username: AgCk9QzpO7mVq2pXk1tVbq{service}\n"
    )
}

fn lock(version: &str) -> String {
    let mut text = String::from("{\n  \"default\": {\n");
    for package in 0..400 {
        writeln!(text, "    \"package-{package}\": {{ \"version\": \"==1.{package}.0\" }},").unwrap();
    }
    writeln!(
        text,
        "    \"kafka-python\": {{ \"version\": \"=={version}\" }}\n  }},\n  \"develop\": {{}}\n}}"
    )
    .unwrap();
    text
}

/// A deploy repository of the usual shape, written by fast-import: bases and overlays, a few thousand small commits.
fn build(folder: &Path) {
    git(folder, &["init", "-q", "-b", "main"], None);
    let mut stream = Vec::new();
    let mut mark = 0;
    let mut commit = |stream: &mut Vec<u8>,
                      branch: &str,
                      from: Option<usize>,
                      files: &[(String, String)]|
     -> usize {
        mark += 1;
        write!(stream, "commit refs/heads/{branch}\nmark :{mark}\ncommitter B <b@example.org> {} +0000\ndata 6\nchange\n", 1_700_000_000 + mark * 60).unwrap();
        if let Some(from) = from {
            writeln!(stream, "from :{from}").unwrap();
        }
        for (path, text) in files {
            write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
        }
        mark
    };
    let environments = ["dev", "stage", "prod", "prod-eu"];
    let services = FILES / (environments.len() * 4);
    let mut files = vec![("app/Pipfile.lock".to_owned(), lock("1.4.7"))];
    for environment in environments {
        for service in 0..services {
            let at = format!("clusters/{environment}/service-{service}");
            files.push((format!("{at}/deployment.yaml"), deployment(service, 0)));
            files.push((format!("{at}/secret.yaml"), secret(service, "password")));
            files.push((
                format!("{at}/kustomization.yaml"),
                "resources:\n  - deployment.yaml\n  - secret.yaml\n".to_owned(),
            ));
            files.push((format!("{at}/README.md"), format!("Service {service} in {environment}\n")));
        }
    }
    let mut tip = commit(&mut stream, "main", None, &files);
    for number in 1..COMMITS {
        let service = number % services;
        let path = format!("clusters/dev/service-{service}/deployment.yaml");
        tip = commit(&mut stream, "main", Some(tip), &[(path, deployment(service, number))]);
    }
    let prod = |file: &str| format!("clusters/prod/service-7/{file}");
    commit(&mut stream, "image", Some(tip), &[(prod("deployment.yaml"), deployment(7, 9_999))]);
    commit(&mut stream, "secret", Some(tip), &[(prod("secret.yaml"), secret(7, "passwrd"))]);
    commit(&mut stream, "lock", Some(tip), &[("app/Pipfile.lock".to_owned(), lock("2.0.1"))]);
    git(folder, &["fast-import", "--quiet"], Some(&stream));
    git(folder, &["repack", "-q", "-a", "-d"], None);
    git(folder, &["checkout", "-q", "main"], None);
}

fn git(folder: &Path, arguments: &[&str], input: Option<&[u8]>) {
    let mut child =
        Command::new("git").args(arguments).current_dir(folder).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.unwrap_or_default()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success(), "git {arguments:?}");
}
