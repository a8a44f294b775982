//! U10: values that nobody may see, planted wherever a release's evidence and answers come from.

use serde_json::json;

use super::{answered, asked, record_of, recorded, released, standing};
use crate::platform::server::{Answer, Asked, Server};
use crate::sandbox::{Outcome, Repository, Sandbox};
use crate::secrets::{canary, in_url, is_silent, jwt, pem, says_nothing, url};

/// Everything that a server on loopback says, each with a value in it; also the token that it was sent.
fn hostile(asked: &Asked) -> Answer {
    let token = asked.header("authorization").unwrap_or("none").to_owned();
    let bare = token.trim_start_matches("Bearer ").to_owned();
    let now = deploy_guard::calendar::now();
    let soon = now + jiff::SignedDuration::from_hours(1);
    let path = asked.path().trim_start_matches("GET ").trim_start_matches("POST ");
    match path {
        "/prom/api/v1/query" => answered(
            200,
            &json!({ "status": "success", "data": { "resultType": "vector", "result": [
                { "metric": { "__name__": "lag", "dsn": format!("postgres:{}", url("LabelValue", "db.example.org/x")),
                              "token": jwt("LabelValue") },
                  "value": [now.as_second(), "7"] } ] } })
            .to_string(),
        ),
        "/bad/api/v1/query" => answered(
            400,
            &json!({ "status": "error", "errorType": "bad_data",
                     "error": format!("{token} is not {bare}, see https:{}", url("ErrorBody", "x.example.org")) })
            .to_string(),
        ),
        "/am/api/v2/status" => answered(
            200,
            &json!({ "cluster": { "status": "ready" }, "config": { "original":
                format!("route: {{ receiver: team }}\nreceivers:\n- name: team\n  webhook_configs:\n  - url: https:{}\n", url("ErrorBody", "hook.example.org")) } })
            .to_string(),
        ),
        "/am/api/v2/silences" => answered(
            200,
            &json!([{ "id": "1", "status": { "state": "active" }, "startsAt": now, "endsAt": soon,
                "createdBy": format!("dev {}", jwt("SilenceComment")),
                "comment": format!("see https:{} with Authorization: Bearer {}", url("SilenceComment", "w.example.org"), jwt("SilenceComment")),
                "matchers": [{ "name": "service", "value": "web", "isRegex": false, "isEqual": true }] }])
            .to_string(),
        ),
        "/am/api/v2/alerts" => answered(200, "[]"),
        "/moved" => answered(308, "").header("location", &format!("https:{}?key={}", url("ErrorBody", "x.example.org/y"), in_url(&canary("ErrorBody")))),
        _ => answered(503, &format!("{token} {bare} password={}", canary("ErrorBody"))),
    }
}

fn list(server: &Server) -> String {
    let at = |path: &str| server.url(path);
    let query = in_url(&canary("ProbeQuery"));
    format!(
        "built-in = false\n[probes]\nprivate = [\"127.0.0.1\"]\n[secret.MONITOR_TOKEN]\nhosts = [\"127.0.0.1\"]\n\
         [service.web]\nalerts = {{ service = \"web\" }}\n\
         [[evidence]]\nid = \"lag\"\n[evidence.probe.prometheus]\nurl = \"{}\"\nquery = \"lag\"\nat-most = 1\n\
         [[evidence]]\nid = \"bad\"\n[evidence.probe.prometheus]\nurl = \"{}\"\nquery = \"lag\"\nat-most = 1\n\
         [[evidence]]\nid = \"alerting\"\n[evidence.probe.alertmanager]\nurl = \"{}\"\n\
         [[evidence]]\nid = \"health\"\n[evidence.probe.http]\nurl = \"{}?key={query}\"\n\
         [[evidence]]\nid = \"moved\"\n[evidence.probe.http]\nurl = \"{}?key={query}\"\n\
         [[evidence]]\nid = \"here\"\n[evidence.probe.context]\n\
         [[evidence]]\nid = \"running\"\n[evidence.probe.image]\n\
         [[evidence]]\nid = \"smoke\"\n[evidence.probe.command]\nrun = [\"sh\", \"-c\", \"cat $SMOKE_OUTPUT; cat $SMOKE_OUTPUT >&2; exit 1\"]\n\
         [[confirmation]]\nid = \"release\"\nrole = \"whoever releases\"\nquestion = \"Is it so?\"\n",
        at("/prom"),
        at("/bad"),
        at("/am"),
        at("/health"),
        at("/moved"),
    )
}

/// What a person's own folder holds.
fn machine(work: &Repository<'_>) {
    let home = work.sandbox.home();
    let write = |path: &str, text: String| {
        let place = home.join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    };
    write(
        ".kube/config",
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: prod\ncontexts:\n- name: prod\n  context: {{ cluster: prod, user: me, namespace: shop }}\nclusters:\n- name: prod\n  cluster:\n    server: https:{}\nusers:\n- name: me\n  user:\n    token: {}\n    client-key-data: {}\n    exec:\n      command: aws\n      args: [\"--token\", \"{}\"]\n",
            url("KubeServer", "api.example.org:6443"),
            canary("KubeToken"),
            pem("KubeKey").replace('\n', ""),
            canary("KubeExec"),
        ),
    );
    write(
        ".aws/credentials",
        format!(
            "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {}\n",
            canary("AwsSecret")
        ),
    );
    write(
        ".aws/config",
        format!("[default]\nregion = eu-central-1\nsso_session_token = {}\n", canary("AwsConfig")),
    );
    write(
        "smoke.txt",
        format!(
            "password={}\nAuthorization: Bearer {}\nhttps:{}\n{}",
            canary("CommandOutput"),
            jwt("CommandOutput"),
            url("CommandOutput", "x.example.org"),
            pem("CommandOutput")
        ),
    );
    write(
        "state.json",
        format!("{{ \"items\": [ {{ \"kind\": \"Secret\", \"data\": \"{}\" ", canary("ClusterState")),
    );
}

fn run(work: &Repository<'_>, arguments: &[&str]) -> Outcome {
    let home = work.sandbox.home();
    work.sandbox
        .guard(&work.folder)
        .args(arguments)
        .env("MONITOR_TOKEN", canary("ProbeToken"))
        .env("SMOKE_OUTPUT", home.join("smoke.txt"))
        .env("GITHUB_TOKEN", canary("Variable"))
        .finish()
}

#[test]
fn u10_no_board_no_record_and_no_watch_shows_a_planted_value() {
    let sandbox = Sandbox::new();
    let server = Server::start(hostile);
    let work = released(&sandbox, Some(&list(&server)));
    machine(&work);
    let state = sandbox.home().join("state.json");
    let reason = format!(
        "release=no-go: Authorization: Bearer {} and https:{} say so",
        jwt("AnswerReason"),
        url("AnswerReason", "wiki.example.org")
    );
    let release = ["--base", "base", "--cluster-state", state.to_str().unwrap()];
    for format in ["terminal", "json", "markdown", "html"] {
        for more in [&[][..], &["-v"], &["--confirm", &reason], &["--offline"]] {
            let outcome = run(&work, &[&["go-nogo"][..], &release, &["--format", format], more].concat());
            assert_eq!(outcome.code, 1, "{format} {more:?}: {outcome}");
            says_nothing(&format!("{format} {more:?}"), &outcome);
        }
    }
    let sent = server.asked();
    assert!(
        sent.iter()
            .any(|asked| asked.header("authorization").is_some_and(|it| it.contains(&canary("ProbeToken"))))
    );
    let (_, board) = asked(&work, &[]);
    for item in ["lag", "alerting", "health", "moved", "smoke"] {
        assert!(matches!(standing(&board, item), "no-go" | "unjudged" | "warn"), "{item} {board:#}");
    }
    is_silent("the record", &std::fs::read_to_string(record_of(&work)).unwrap());
    let last = recorded(&work).len().to_string();
    for arguments in [
        &["record", "list"][..],
        &["record", "list", "-v"],
        &["record", "show", &last],
        &["record", "verify"],
        &["go-nogo", "watch", "--base", "base", "--every", "50ms", "--soak", "100ms"],
    ] {
        let outcome = run(&work, arguments);
        assert!(outcome.code < 2, "{arguments:?}: {outcome}");
        says_nothing(&format!("{arguments:?}"), &outcome);
    }
}

#[test]
fn u10_a_list_that_is_refused_does_not_show_what_stands_in_it() {
    for list in [
        format!(
            "[[evidence]]\nid = \"a\"\n[evidence.probe.http]\nurl = \"https:{}\"\n",
            url("ProbeUrl", "x.example.org")
        ),
        format!(
            "[[evidence]]\nid = \"a\"\n[evidence.probe.prometheus]\nurl = \"https:{}\"\nquery = \"up\"\nat-most = 1\n",
            url("ProbeUrl", "x.example.org")
        ),
        format!(
            "[[evidence]]\nid = \"a\"\n[evidence.probe.alertmanager]\nurl = \"https:{}\"\ntoken = 1\n",
            url("ProbeUrl", "x.example.org")
        ),
        format!(
            "[secret.MONITOR_TOKEN]\nhosts = [\"x.example.org\"]\ntoken = \"{}\"\n",
            canary("ProbeToken")
        ),
        format!("[probes]\nprivate = [\"https:{}\"]\n", url("ProbeUrl", "10.0.0.1")),
    ] {
        let sandbox = Sandbox::new();
        let work = released(&sandbox, Some(&list));
        for more in [&[][..], &["-v"]] {
            let outcome = run(&work, &[&["go-nogo", "--base", "base", "--offline"][..], more].concat());
            says_nothing(&list, &outcome);
        }
        let outcome = run(&work, &["go-nogo", "--base", "base"]);
        assert_ne!(outcome.code, 0, "{outcome}");
        says_nothing(&list, &outcome);
    }
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let answers = work.write(
        ".git/a.toml",
        format!("[[answer]]\nitem = \"release\"\ntoken = \"{}\"\n", canary("AnswerReason")),
    );
    let outcome = run(&work, &["go-nogo", "--base", "base", "--answers", answers.to_str().unwrap()]);
    assert_eq!(outcome.code, 2, "{outcome}");
    says_nothing("an answers file", &outcome);
}
