//! `action/run.sh`, as the runner calls it: a folder of actions, a release server on loopback, a checkout that is not to be
//! trusted (A3, T4, T9, H12).

#![cfg(unix)]

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};

use crate::ci::github;
use crate::sandbox::{Commit, Outcome, Run, Sandbox, inherited};

const VERSION: &str = "1.2.3";
const SECRET: &str = "ghs_secret";

/// Says how it was called, and writes what it was asked to.
const PROGRAM: &str = r#"#!/bin/sh
echo "program in $(pwd -P)"
for argument; do echo "[$argument]"; done
echo "token ${GITHUB_TOKEN-none} ${GUARD_TOKEN-none}"
for argument; do
    case $argument in --format=sarif=*) echo '{}' >"${argument#--format=sarif=}" ;; esac
done
[ -z "${THEN-}" ] || exec $THEN
exit "${EXIT-0}"
"#;

/// A cargo that builds [`PROGRAM`] and says what it was given.
const CARGO: &str = r#"#!/bin/sh
echo "cargo $* in $(pwd -P)"
env | sed 's/^/cargo sees /'
while [ "$1" != --target-dir ]; do shift; done
mkdir -p "$2/release"
cp "$PROGRAM" "$2/release/deploy-guard"
"#;

struct Runner {
    sandbox: Sandbox,
    server: Server,
}

impl Runner {
    /// A runner with the action in it, and no binary recorded.
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        let action = action_folder(&sandbox);
        std::fs::create_dir_all(action.join("action")).unwrap();
        for file in ["action/run.sh", "action/checksums.txt", "action/record-checksums"] {
            std::fs::copy(source.join(file), action.join(file)).unwrap();
        }
        let manifest = format!("[package]\nname = \"deploy-guard\"\nversion = \"{VERSION}\" # of the test\n");
        std::fs::write(action.join("Cargo.toml"), manifest).unwrap();
        for folder in ["runner/temp of it", "runner/tools", "runner/my work/checkout"] {
            std::fs::create_dir_all(sandbox.path(folder)).unwrap();
        }
        // The runner makes it before a step.
        std::fs::write(sandbox.path("output"), "").unwrap();
        sandbox.script(&sandbox.path("program"), PROGRAM);
        sandbox.script(&sandbox.path("bin/cargo"), CARGO);
        Self { sandbox, server: Server::start() }
    }

    /// The same with a release that holds [`PROGRAM`], and its checksum recorded.
    fn with_release() -> Self {
        let runner = Self::new();
        let bytes = runner.archive(PROGRAM);
        runner.record(&bytes);
        runner.server.serve(bytes);
        runner
    }

    /// The archive of a release with this program.
    fn archive(&self, program: &str) -> Vec<u8> {
        let name = format!("deploy-guard-{VERSION}-{}", target());
        self.sandbox.script(&self.sandbox.path(&name).join("deploy-guard"), program);
        let archive = self.sandbox.path("archive.tar.gz");
        self.sandbox.run("tar", &self.sandbox.path("")).arg("-czf").arg(&archive).arg(&name).succeed();
        std::fs::read(archive).unwrap()
    }

    fn record(&self, archive: &[u8]) {
        let line = format!("{VERSION} {} {}\n", target(), sha256(archive));
        std::fs::write(self.action().join("action/checksums.txt"), format!("# comment\n{line}")).unwrap();
    }

    fn action(&self) -> PathBuf {
        action_folder(&self.sandbox)
    }

    fn workspace(&self) -> PathBuf {
        self.sandbox.path("runner/my work/checkout")
    }

    /// The script under `sh`, with what a runner sets and the action's defaults.
    fn call(&self) -> Run {
        self.call_with(&["sh"])
    }

    fn call_with(&self, shell: &[&str]) -> Run {
        let path = format!(
            "{}:{}",
            self.sandbox.path("bin").display(),
            inherited("PATH").unwrap().to_str().unwrap()
        );
        self.sandbox
            .run(shell[0], &self.workspace())
            .args(&shell[1..])
            .args(["-e", "-c", &step()])
            .env("PATH", path)
            .env("PROGRAM", self.sandbox.path("program"))
            .env("GITHUB_ACTION_PATH", self.action())
            .env("GITHUB_WORKSPACE", self.workspace())
            .env("GITHUB_SERVER_URL", &self.server.url)
            .env("GITHUB_OUTPUT", self.sandbox.path("output"))
            .env("RUNNER_TEMP", self.sandbox.path("runner/temp of it"))
            .env("RUNNER_TOOL_CACHE", self.sandbox.path("runner/tools"))
            .env("GUARD_TOKEN", SECRET)
            .env("GITHUB_TOKEN", "of the job")
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", SECRET)
            .env("GUARD_INSTALL", "auto")
            .env("GUARD_FORMATS", "github")
    }

    /// A folder with these programs of the machine and nothing else: the PATH of a poor image.
    fn only(&self, programs: &[&str]) -> PathBuf {
        const BASIC: [&str; 16] = [
            "base64", "sh", "cat", "cksum", "cp", "cut", "env", "gzip", "mkdir", "mktemp", "mv", "rm", "sed",
            "tar", "tr", "uname",
        ];
        let folder = self.sandbox.path(&format!("only {}", programs.join(" ")));
        std::fs::create_dir_all(&folder).unwrap();
        for program in BASIC.iter().chain(programs) {
            let all = inherited("PATH").unwrap();
            let mut places = std::env::split_paths(&all).map(|place| place.join(program));
            if let Some(place) = places.find(|place| place.is_file()) {
                let _ = std::os::unix::fs::symlink(place, folder.join(program));
            }
        }
        folder
    }
}

/// What action.yml has the runner's shell do.
fn step() -> String {
    let action = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    let steps: Vec<&str> = action.lines().filter_map(|line| line.trim().strip_prefix("run: ")).collect();
    assert!(steps.len() == 2 && steps[0] == steps[1], "{steps:?}");
    steps[0].to_owned()
}

fn action_folder(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("runner/_actions/some-org/deploy-guard/0123456789abcdef0123456789abcdef01234567")
}

fn target() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    format!("{}-{system}", std::env::consts::ARCH)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    })
}

/// A release server: one file, whatever is asked for, and every request as it came.
struct Server {
    url: String,
    file: Arc<Mutex<Option<Vec<u8>>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (file, requests) = (Arc::new(Mutex::new(None::<Vec<u8>>)), Arc::new(Mutex::new(Vec::new())));
        let (own_file, own_requests) = (file.clone(), requests.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                    request.push(byte[0]);
                }
                own_requests.lock().unwrap().push(String::from_utf8(request).unwrap());
                let body = own_file.lock().unwrap().clone();
                let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
                let body = body.unwrap_or_default();
                let head = format!("HTTP/1.0 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(&[head.as_bytes(), &body].concat());
            }
        });
        Self { url, file, requests }
    }

    fn serve(&self, bytes: Vec<u8>) {
        *self.file.lock().unwrap() = Some(bytes);
    }

    fn gone(&self) {
        *self.file.lock().unwrap() = None;
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// The arguments that the program was called with; the report's folder has a random name.
fn arguments(outcome: &Outcome) -> Vec<String> {
    let lines = outcome.stdout.lines().filter(|line| line.starts_with('[') && line.ends_with(']'));
    lines.map(|line| line[1..line.len() - 1].to_owned()).collect()
}

#[test]
fn a_released_binary_runs_in_every_shell_once_its_checksum_is_right() {
    let shells: [&[&str]; 4] = [&["sh"], &["dash"], &["busybox", "sh"], &["bash", "-o", "pipefail"]];
    for shell in shells {
        let runner = Runner::with_release();
        let there =
            runner.sandbox.run("sh", &runner.workspace()).args(["-c", "command -v $0", shell[0]]).finish();
        if there.code != 0 {
            continue;
        }
        let outcome = runner.call_with(shell).env("EXIT", "1").finish();
        assert_eq!(outcome.code, 1, "the program's code is the step's: {shell:?} {outcome}");
        assert!(
            outcome.stdout.contains(&format!("program in {}\n", runner.workspace().display())),
            "{outcome}"
        );
        assert!(outcome.stdout.contains(&format!("token {SECRET} none\n")), "{outcome}");
        assert!(!outcome.stdout.contains("cargo"), "{outcome}");
        let given = arguments(&outcome);
        assert_eq!(
            (given.len(), given[0].as_str(), given[2].as_str()),
            (3, "ci", "--format=github"),
            "{given:?}"
        );
        assert!(given[1].starts_with("--format=json=") && given[1].ends_with("/report.json"), "{given:?}");
        let requests = runner.server.requests();
        let place = format!(
            "/some-org/deploy-guard/releases/download/v{VERSION}/deploy-guard-{VERSION}-{}.tar.gz",
            target()
        );
        assert_eq!(requests.len(), 1);
        assert!(requests[0].starts_with(&format!("GET {place} HTTP")), "{}", requests[0]);
        assert!(!requests[0].contains(SECRET) && !requests[0].contains("of the job"), "{}", requests[0]);
    }
}

#[test]
fn another_file_than_the_one_recorded_is_never_run_nor_replaced_by_a_build() {
    let runner = Runner::with_release();
    runner.record(b"what was released");
    let outcome = runner.call().finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stderr.contains("action/checksums.txt"), "{outcome}");
    assert_eq!(outcome.stdout, "");
    assert_eq!(
        std::fs::read_dir(runner.sandbox.path("runner/tools")).unwrap().count(),
        0,
        "it is not kept either"
    );
}

#[test]
fn what_an_earlier_job_kept_is_hashed_anew() {
    let runner = Runner::with_release();
    assert_eq!(runner.call().finish().code, 0);
    runner.server.gone();
    let outcome = runner.call().finish();
    assert_eq!((outcome.code, runner.server.requests().len()), (0, 1), "{outcome}");
    assert!(!outcome.stdout.contains("cargo"), "{outcome}");

    let found =
        runner.sandbox.run("find", &runner.sandbox.path("runner/tools")).args([".", "-type", "f"]).succeed();
    let kept = runner.sandbox.path("runner/tools").join(found.stdout.trim());
    std::fs::write(kept, runner.archive("#!/bin/sh\necho another job wrote this\n")).unwrap();
    let outcome = runner.call().env("GUARD_INSTALL", "download").finish();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{outcome}");
}

#[test]
fn without_a_binary_the_source_of_the_action_is_built_and_the_build_sees_no_token() {
    let runner = Runner::new();
    let outcome = runner.call().env("GITHUB_ENV", "/dev/null").env("CARGO_BUILD_TARGET", "other").finish();
    assert_eq!(outcome.code, 0, "{outcome}");
    let call = outcome.stdout.lines().find(|line| line.starts_with("cargo build")).unwrap();
    assert!(call.contains("--release --locked --bin deploy-guard"), "{call}");
    assert!(call.ends_with(&format!("in {}", runner.action().display())), "{call}");
    let seen: Vec<&str> = outcome.stdout.lines().filter(|line| line.starts_with("cargo sees")).collect();
    assert!(seen.iter().any(|line| line.contains("RUNNER_TEMP=")), "{seen:?}");
    for word in [SECRET, "of the job", "GITHUB_OUTPUT=", "GITHUB_ENV=", "CARGO_BUILD_TARGET="] {
        assert!(!seen.iter().any(|line| line.contains(word)), "{word}: {seen:?}");
    }
    assert!(outcome.stdout.contains(&format!("token {SECRET} none\n")), "{outcome}");
    assert!(runner.server.requests().is_empty());
    let again = runner.call().finish();
    let folder =
        |text: &str| text.split("--target-dir ").nth(1).unwrap().split(" in ").next().unwrap().to_owned();
    assert_eq!(
        folder(&again.stdout),
        folder(&outcome.stdout),
        "a second call finds what the first has built"
    );
}

#[test]
fn a_release_that_can_t_be_had_is_built_or_ends_in_3() {
    let runner = Runner::with_release();
    runner.server.gone();
    let built = runner.call().finish();
    assert!(built.code == 0 && built.stdout.contains("cargo build"), "{built}");
    let refused = runner.call().env("GUARD_INSTALL", "download").finish();
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{refused}");
    std::fs::write(runner.sandbox.path("bin/cargo"), "#!/bin/sh\nexit 101\n").unwrap();
    let broken = runner.call().finish();
    assert_eq!(broken.code, 3, "{broken}");
    assert!(!broken.stdout.contains("program in"), "{broken}");
}

#[test]
fn a_poor_image_will_do() {
    let runner = Runner::with_release();
    let poor = |programs: &[&str]| {
        runner
            .sandbox
            .run("env", &runner.workspace())
            .args(["-i", "GUARD_INSTALL=download"])
            .arg(format!("PATH={}", runner.only(programs).display()))
            .arg(format!("GITHUB_ACTION_PATH={}", runner.action().display()))
            .arg(format!("GITHUB_SERVER_URL={}", runner.server.url))
            .args(["sh", "-e", "-c", &step()])
            .finish()
    };
    // No HOME, no RUNNER_TEMP, no token, no formats.
    for programs in [["curl", "sha256sum"], ["wget", "sha256sum"], ["curl", "shasum"]] {
        if programs.iter().any(|program| !runner.only(&programs).join(program).exists()) {
            continue;
        }
        let outcome = poor(&programs);
        assert_eq!(outcome.code, 0, "{programs:?} {outcome}");
        assert!(outcome.stdout.contains("[--format=github]\ntoken none none"), "{outcome}");
    }
    let neither = poor(&["sha256sum"]);
    assert_eq!((neither.code, neither.stdout.as_str()), (3, ""), "{neither}");
    assert!(neither.stderr.contains("neither curl nor wget"), "{neither}");

    let unverified = poor(&["curl"]);
    assert_eq!((unverified.code, unverified.stdout.as_str()), (3, ""), "{unverified}");
    assert!(unverified.stderr.contains("sha256sum"), "{unverified}");
}

#[test]
fn nothing_of_the_checkout_is_executed() {
    let runner = Runner::with_release();
    let trap = format!("#!/bin/sh\ntouch '{}'\n", runner.sandbox.path("sprung").display());
    let names = "deploy-guard cargo curl wget git sed tar uname sha256sum mktemp mkdir tr cut cksum cp mv rm";
    for name in names.split(' ') {
        runner.sandbox.script(&runner.workspace().join(name), &trap);
    }
    std::fs::create_dir(runner.workspace().join(".cargo")).unwrap();
    std::fs::write(runner.workspace().join(".cargo/config.toml"), "[build]\nrustc-wrapper = \"./cargo\"\n")
        .unwrap();
    for install in ["download", "build"] {
        // A PATH that begins where one stands, which on a runner is the checkout.
        let bin = runner.sandbox.path("bin");
        let path = format!(".::{}:{}", bin.display(), inherited("PATH").unwrap().to_str().unwrap());
        let outcome = runner.call().env("GUARD_INSTALL", install).env("PATH", path).finish();
        assert_eq!(outcome.code, 0, "{outcome}");
        assert!(!runner.sandbox.path("sprung").exists(), "{outcome}");
    }
}

#[test]
fn inputs_reach_the_program_as_they_are_and_no_shell_reads_them() {
    let runner = Runner::with_release();
    let trap = "$(touch sprung) `touch sprung`; touch sprung \"'";
    let outcome = runner
        .call()
        .env("GUARD_BASE", trap)
        .env("GUARD_HEAD", "--fetch")
        .env("GUARD_PULL_REQUEST", "17")
        .env("GUARD_ENVIRONMENT", "production eu")
        .env("GUARD_EVENT", "an event.json")
        .env("GUARD_EVENT_NAME", "pull_request")
        .env("GUARD_FORMATS", "  github \r\n\njunit=a file.xml\n* \n")
        .env("GUARD_FETCH", "true")
        .env("GUARD_COMMENT", "true")
        .env("GUARD_STATUS", "true")
        .env("GUARD_ALL_OPEN", "true")
        .env("GUARD_SARIF", "true")
        .finish();
    assert_eq!(outcome.code, 0, "{outcome}");
    let given = arguments(&outcome);
    let sarif = given.iter().find(|argument| argument.starts_with("--format=sarif=")).unwrap();
    let expected = [
        "--format=github",
        "--format=junit=a file.xml",
        "--format=*",
        sarif,
        "--fetch",
        "--comment",
        "--status",
        "--all-open",
        &format!("--base={trap}"),
        "--head=--fetch",
        "--pull-request=17",
        "--environment=production eu",
        "--event=an event.json",
        "--event-name=pull_request",
    ];
    assert_eq!(given[2..], expected);
    assert!(!runner.workspace().join("sprung").exists());
    let output = std::fs::read_to_string(runner.sandbox.path("output")).unwrap();
    assert_eq!(output, format!("sarif={}\n", sarif.trim_start_matches("--format=sarif=")));
}

#[test]
fn the_job_that_deploys_verifies_a_verdict_and_judges_nothing() {
    let runner = Runner::with_release();
    let call = runner.call().env("GUARD_VERIFY_VERDICT", "verdicts/a b.json").env("GUARD_MAX_AGE", "30m");
    let outcome = call.env("GUARD_HEAD", "v1.5").env("EXIT", "3").finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert_eq!(
        arguments(&outcome),
        ["check", "--verify-verdict=verdicts/a b.json", "--max-age=30m", "--head=v1.5"]
    );
}

#[test]
fn a_wrong_input_ends_in_2_and_is_not_repeated_in_the_log() {
    let runner = Runner::with_release();
    for (name, value) in [
        ("GUARD_FETCH", "yes\n::error::forged"),
        ("GUARD_SARIF", "TRUE ::error::forged"),
        ("GUARD_INSTALL", "::error::forged"),
        ("GUARD_WORKING_DIRECTORY", "not there"),
    ] {
        let outcome = runner.call().env(name, value).finish();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{name} {outcome}");
        assert!(!outcome.stderr.contains("::error"), "{outcome}");
    }
}

#[test]
fn a_checkout_that_belongs_to_another_user_is_judged_and_nothing_else_becomes_safe() {
    let runner = Runner::with_release();
    if runner.sandbox.run("id", &runner.workspace()).arg("-u").succeed().stdout.trim() != "0" {
        return;
    }
    let history = [Commit::new("one").write("a", ""), Commit::new("two").write("b", "")];
    for name in ["runner/my work/checkout", "runner/my work/other"] {
        let repository = runner.sandbox.repository(name, &history);
        repository.run("chown").args(["-R", "4321:4321", "."]).succeed();
    }
    let guard = runner.sandbox.copy_of_guard("guard");
    let settings = runner.sandbox.home().join(".gitconfig");
    std::fs::write(&settings, "[user]\n\tname = Somebody\n").unwrap();
    for then in [format!("{} check --base HEAD~1", guard.display()), "git log -1 --format=%s".to_owned()] {
        let unset = ["env", "-u", "GIT_CONFIG_GLOBAL", "sh"];
        for call in [runner.call(), runner.call_with(&unset)] {
            let outcome = call.env("THEN", &then).finish();
            assert_eq!(outcome.code, 0, "{then} {outcome}");
        }
        let elsewhere = format!("{} -C ../other check --base HEAD~1", guard.display());
        let outcome = runner.call().env("THEN", elsewhere).finish();
        assert_eq!(outcome.code, 3, "only the folder that is judged: {outcome}");
    }
    for call in [
        runner.call_with(&["env", "-u", "GIT_CONFIG_GLOBAL", "sh"]),
        runner.call().env("GIT_CONFIG_GLOBAL", &settings),
    ] {
        let outcome = call.env("THEN", "git config user.name").finish();
        assert!(outcome.stdout.ends_with("Somebody\n"), "the user's settings still hold: {outcome}");
    }
    assert_eq!(std::fs::read_to_string(settings).unwrap(), "[user]\n\tname = Somebody\n");
}

#[test]
fn a_fetch_signs_in_with_the_token_once_and_at_no_other_server() {
    let runner = Runner::with_release();
    let repository = runner.sandbox.repository("runner/my work/checkout", &[Commit::new("one")]);
    let url = &runner.server.url;
    // As a checkout leaves them that persists its credentials; two of them are an error to the server.
    repository.git(&["config", &format!("http.{url}/.extraheader"), "AUTHORIZATION: basic persisted"]);
    let other = Server::start();
    let headers = |server: &Server, fetch: &str| {
        let before = server.requests().len();
        let call = runner.call().env("GUARD_FETCH", fetch).env("GIT_CONFIG_COUNT", "1");
        let call = call.env("GIT_CONFIG_KEY_0", "user.name").env("GIT_CONFIG_VALUE_0", "Somebody");
        call.env("THEN", format!("git ls-remote {}/shop/deploy", server.url)).finish();
        let asked = server
            .requests()
            .into_iter()
            .skip(before)
            .find(|request| request.contains("/info/refs"))
            .unwrap();
        let lines = asked.lines().filter(|line| line.to_lowercase().starts_with("authorization:"));
        lines.map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // x-access-token:ghs_secret
    assert_eq!(headers(&runner.server, "true"), ["eC1hY2Nlc3MtdG9rZW46Z2hzX3NlY3JldA=="]);
    assert_eq!(headers(&runner.server, "false"), ["persisted"]);
    assert!(headers(&other, "true").is_empty());
}

const MACHINES: [(&str, &str, &str); 5] = [
    ("Linux", "x86_64", "x86_64-unknown-linux-musl"),
    ("Linux", "aarch64", "aarch64-unknown-linux-musl"),
    ("Darwin", "x86_64", "x86_64-apple-darwin"),
    ("Darwin", "arm64", "aarch64-apple-darwin"),
    ("MINGW64_NT-10.0-26100", "x86_64", "x86_64-pc-windows-msvc"),
];

#[test]
fn each_machine_gets_its_own_binary_and_each_is_released() {
    let runner = Runner::new();
    let release =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows/release.yml"))
            .unwrap();
    for (system, machine, target) in MACHINES {
        let uname = format!("#!/bin/sh\ncase $1 in -s) echo {system} ;; -m) echo {machine} ;; esac\n");
        runner.sandbox.script(&runner.sandbox.path("bin/uname"), &uname);
        let outcome = runner.call().env("GUARD_INSTALL", "download").finish();
        assert_eq!(outcome.code, 3, "{outcome}");
        assert!(outcome.stderr.contains(&format!("({target})")), "{outcome}");
        assert!(release.contains(&format!("target: {target}\n")), "{target} is not released");
    }
}

#[test]
fn the_checksums_of_a_release_become_those_of_the_action() {
    let runner = Runner::with_release();
    let record = |sums: &str| {
        let file = runner.sandbox.path("SHA256SUMS");
        std::fs::write(&file, sums).unwrap();
        runner
            .sandbox
            .run(runner.action().join("action/record-checksums"), &runner.workspace())
            .arg(file)
            .finish()
    };
    let line = |target: &str| {
        let own = runner.server.file.lock().unwrap().clone().unwrap();
        format!("{}  deploy-guard-{VERSION}-{target}.tar.gz\n", sha256(&own))
    };
    let all: String = MACHINES.iter().map(|(_, _, target)| line(target)).collect();
    std::fs::write(runner.action().join("action/checksums.txt"), "# comment\n0.9.0 old 00\n").unwrap();
    let short = record(&all.replacen(VERSION, "1.2.2", 1));
    assert_eq!(short.code, 1, "{short}");
    assert_eq!(record(&all).code, 0);
    let written = std::fs::read_to_string(runner.action().join("action/checksums.txt")).unwrap();
    assert!(written.starts_with("# comment\n1.2.3 ") && written.lines().count() == 6, "{written}");
    let outcome = runner.call().env("GUARD_INSTALL", "download").finish();
    assert_eq!(outcome.code, 0, "{outcome}");
}

#[test]
fn every_input_goes_through_the_environment_and_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let action = std::fs::read_to_string(root.join("action.yml")).unwrap();
    let script = std::fs::read_to_string(root.join("action/run.sh")).unwrap();
    let inputs = action.split("\ninputs:\n").nth(1).unwrap().split("\noutputs:\n").next().unwrap();
    let names: Vec<&str> = inputs
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':'))
        .map(|line| line.trim().trim_end_matches(':'))
        .collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let variable = format!("GUARD_{}", name.to_uppercase().replace('-', "_"));
        let passed = format!("        {variable}: ${{{{ inputs.{name} }}}}\n");
        assert_eq!(action.matches(&passed).count(), 2, "{name} is not handed to both steps");
        assert!(
            script.contains(&format!("{variable}-}}")) || script.contains(&format!("{variable}:-")),
            "{variable} is not read"
        );
    }
    for line in action.lines().filter(|line| line.trim_start().starts_with("run:")) {
        assert!(!line.contains("${{"), "{line}");
    }
}

#[test]
fn the_step_before_a_deployment_passes_for_the_commit_that_was_judged_and_for_no_other() {
    let runner = Runner::new();
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    let archive = runner.archive(&format!("#!/bin/sh\nexec '{guard}' \"$@\"\n"));
    runner.record(&archive);
    runner.server.serve(archive);
    let history = [Commit::new("one").write("a", ""), Commit::new("two").write("b", "")];
    let repository = runner.sandbox.repository("runner/my work/checkout", &history);
    let judged = repository.guard(&["check", "--base", "HEAD~1", "--format", "json=verdict.json"]);
    assert_eq!(judged.code, 0, "{judged}");
    let verify = || runner.call().env("GUARD_VERIFY_VERDICT", "verdict.json").finish();
    let outcome = verify();
    assert_eq!(outcome.code, 0, "{outcome}");
    repository.commit(Commit::new("three").write("c", ""));
    let outcome = verify();
    assert_eq!(outcome.code, 1, "{outcome}");
}

#[test]
fn the_gate_judges_a_pull_request_that_is_only_fetched_and_hands_its_outputs_on() {
    let runner = Runner::new();
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    let at = github::AT;
    let archive = runner.archive(&format!("#!/bin/sh\nexec '{guard}' \"$@\" --at {at} --allow-simulated\n"));
    runner.record(&archive);
    runner.server.serve(archive);
    let remote = runner.sandbox.bare("remote");
    remote.commit_on("main", &[Commit::new("first").write("requirements.txt", "kafka-python==1.4.7\n")]);
    remote.git(&["update-ref", "refs/heads/next", "refs/heads/main"]);
    remote.commit_on("next", &[Commit::new("tidy up").write("requirements.txt", "kafka-python\n")]);
    let opened = github::open(&remote, 1, &remote.tip("refs/heads/next").unwrap());
    let clone =
        github::check_out(&runner.sandbox, &remote, &opened.base, "refs/remotes/origin/main", Some(1));
    let event = runner.sandbox.path("event.json");
    std::fs::write(&event, github::payload(&opened, 1, "").to_string()).unwrap();
    let outcome = runner
        .call()
        .env("GUARD_TOKEN", "")
        .env("GUARD_FETCH", "true")
        .env("GUARD_SARIF", "true")
        .env("CI", "true")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKSPACE", &clone.folder)
        .env("GITHUB_EVENT_NAME", "pull_request_target")
        .env("GITHUB_EVENT_PATH", event)
        .env("GITHUB_SHA", &opened.base)
        .env("GITHUB_REPOSITORY", "shop/deploy")
        .env("GITHUB_WORKFLOW_REF", "shop/deploy/.github/workflows/gate.yml@refs/heads/main")
        .finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(outcome.stdout.contains("::error file=requirements.txt"), "{outcome}");
    let written = std::fs::read_to_string(runner.sandbox.path("output")).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    for (name, value) in [("decision", "no-go"), ("complete", "true")] {
        let place = lines.iter().position(|line| line.starts_with(&format!("{name}<<"))).unwrap();
        assert_eq!(lines[place + 1], value);
    }
    let report = lines.iter().position(|line| line.starts_with("report<<")).unwrap();
    let report = std::fs::read_to_string(lines[report + 1]).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["pipeline"]["trust"], "default-branch");
    let sarif = lines.iter().find_map(|line| line.strip_prefix("sarif=")).unwrap();
    assert!(std::fs::read_to_string(sarif).unwrap().contains("unpinned-kafka-client"));
    assert_eq!(clone.tip("HEAD").as_deref(), Some(opened.base.as_str()), "nothing was checked out");
}

#[test]
fn every_option_that_the_script_gives_is_one_of_the_program() {
    let sandbox = Sandbox::new();
    let script =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action/run.sh")).unwrap();
    let (verify, judge) = script.split_once("set -- check ").unwrap().1.split_once("set -- ci ").unwrap();
    for (command, given) in [("check", verify), ("ci", judge.split("\nfi\n").next().unwrap())] {
        let help = sandbox.guard(&sandbox.path("")).args([command, "--help"]).succeed().stdout;
        let options: Vec<&str> = given
            .split(['"', ' ', ';', '\n'])
            .filter_map(|word| word.strip_prefix("--"))
            .map(|word| word.split('=').next().unwrap())
            .filter(|word| !word.is_empty())
            .collect();
        assert!(options.len() >= 3, "{options:?}");
        for option in options {
            assert!(
                help.contains(&format!("--{option} ")) || help.contains(&format!("--{option}\n")),
                "{command} --{option}"
            );
        }
    }
}
