//! P2, P4: what an address answers, and what its redirects do to machines.

use deploy_guard::http::Door;
use deploy_guard::probe::{Evidence, Outcome};
use jiff::SignedDuration;

use super::authority::{ALWAYS, Authority};
use super::tls_server::TlsServer;
use super::{look, look_at, near, now, quick, targets};
use crate::platform::server::{Answer, Server};

fn ask(server: &Server, path: &str, more: &str) -> Evidence {
    look(&format!("[http]\nurl = \"{}\"\n{more}", server.url(path)), Some(&near()))
}

#[test]
fn an_answer_that_is_expected_holds_and_names_whom_it_came_from() {
    let server = Server::start(|_| Answer::of(204, ""));
    let evidence = ask(&server, "/health?token=planted-5f1c", "");
    assert_eq!(evidence.outcome, Outcome::Holds, "{evidence:?}");
    assert_eq!(evidence.summary, format!("{} answers 204", server.url("/health")));
    assert_eq!(evidence.asked[0].target, server.url("/health"));
    assert_eq!(evidence.asked[0].way.as_deref(), Some("127.0.0.1"));
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(evidence.asked[0].digest.as_deref(), Some(empty));
    assert!(!format!("{evidence:?}").contains("planted"));
}

#[test]
fn another_status_is_broken_and_named_with_what_was_expected() {
    let server = Server::start(|asked| Answer::of(asked.path()[5..].parse().unwrap(), ""));
    for (status, more, wanted) in
        [(404, "", "not 2xx"), (503, "", "not 2xx"), (200, "expect = [204, 401]", "not 204 or 401")]
    {
        let evidence = ask(&server, &format!("/{status}"), more);
        assert_eq!(evidence.outcome, Outcome::Broken);
        assert!(evidence.summary.ends_with(&format!("answers {status}, {wanted}")), "{}", evidence.summary);
        assert!(evidence.remedy.is_some());
    }
    assert_eq!(ask(&server, "/401", "expect = [204, 401]").outcome, Outcome::Holds);
}

#[test]
fn p4_a_500_that_passes_is_not_seen_and_one_that_stays_is() {
    let server = Server::start(|asked| Answer::of(if asked.before == 0 { 500 } else { 200 }, ""));
    assert_eq!(ask(&server, "/", "").outcome, Outcome::Holds);
    let server = Server::start(|_| Answer::of(500, ""));
    assert_eq!(ask(&server, "/", "").outcome, Outcome::Broken);
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_redirect_is_broken_and_says_what_it_does_to_machines() {
    let server = Server::start(|asked| {
        Answer::of(asked.path()[5..].parse().unwrap(), "")
            .header("Location", "https://user:planted-5f1c@elsewhere.example.org/new?token=planted-5f1c")
    });
    for (status, told) in [
        (301, "the body of a POST is dropped"),
        (302, "the body of a POST is dropped"),
        (303, "the body of a POST is dropped"),
        (307, "a device stops sending"),
        (308, "a device stops sending"),
    ] {
        let evidence = ask(&server, &format!("/{status}"), "");
        assert_eq!(evidence.outcome, Outcome::Broken);
        let leads = format!("redirects with {status} to https://elsewhere.example.org/new");
        assert!(evidence.summary.ends_with(&leads), "{}", evidence.summary);
        assert!(evidence.details[0].contains(told), "{:?}", evidence.details);
        assert!(!format!("{evidence:?}").contains("planted"), "{evidence:?}");
        assert!(evidence.remedy.is_some_and(|remedy| remedy.contains("under the old address")));
    }
    assert_eq!(ask(&server, "/308", "expect = [308]").outcome, Outcome::Holds);
}

#[test]
fn a_redirect_from_http_to_https_says_that_clients_are_moved_first() {
    let server = Server::start(|_| Answer::of(308, "").header("Location", "https://127.0.0.1/"));
    let evidence = ask(&server, "/ingest", "method = \"POST\"");
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(
        evidence.details.iter().any(|line| line.contains("from http to https")),
        "{:?}",
        evidence.details
    );
    assert!(evidence.remedy.is_some_and(|remedy| remedy.contains("until every client asks by https")));
    assert_eq!(server.lines(), ["POST /ingest"]);
}

#[test]
fn redirects_are_followed_where_that_is_asked_for_and_told() {
    let server = Server::start(|asked| match asked.path() {
        "GET /old" => Answer::of(302, "").header("Location", "/new"),
        "GET /new" => Answer::of(200, "all is well"),
        _ => Answer::of(302, "").header("Location", "/loop"),
    });
    let evidence = ask(&server, "/old", "redirects = \"follow\"\ncontains = \"is well\"");
    assert_eq!(evidence.outcome, Outcome::Holds, "{evidence:?}");
    assert_eq!(evidence.details, [format!("redirected by {}", server.url("/old"))]);
    assert_eq!(evidence.asked[0].target, server.url("/new"));
    let evidence = ask(&server, "/loop", "redirects = \"follow\"");
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(evidence.summary.contains("redirects more than 5 times"), "{}", evidence.summary);
}

#[test]
fn a_text_is_looked_for_in_the_first_mib() {
    let server = Server::start(|asked| match asked.path() {
        "GET /short" => Answer::of(200, "ready: yes"),
        "GET /long" => Answer::of(200, [vec![b' '; 1024 * 1024], b"ready: yes".to_vec()].concat()),
        _ => Answer::Endless(100 * 1024 * 1024),
    });
    assert_eq!(ask(&server, "/short", "contains = \"ready: yes\"").outcome, Outcome::Holds);
    let evidence = ask(&server, "/long", "contains = \"ready: yes\"");
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(
        evidence.summary.ends_with("without the text `ready: yes` in its first MiB"),
        "{}",
        evidence.summary
    );
    // A status is an answer, however much comes after it.
    assert_eq!(ask(&server, "/endless", "").outcome, Outcome::Holds);
    assert!(server.sent() < 50 * 1024 * 1024, "{} bytes were taken", server.sent());
}

#[test]
fn head_is_asked_without_waiting_for_a_body() {
    let server = Server::start(|_| Answer::of(200, ""));
    assert_eq!(ask(&server, "/", "method = \"HEAD\"").outcome, Outcome::Holds);
    assert_eq!(server.lines(), ["HEAD /"]);
}

#[test]
fn p2_a_clock_that_is_off_is_doubtful_and_one_that_is_far_off_is_no_answer() {
    let server = Server::start(|asked| match asked.path() {
        "GET /cached" => {
            Answer::of(200, "").header("date", "Sat, 21 Nov 2026 11:00:00 GMT").header("age", "3600")
        }
        "GET /broken" => Answer::of(404, ""),
        _ => Answer::of(200, ""),
    });
    let at = |path: &str, seconds: i64| {
        let probe = format!("[http]\nurl = \"{}\"", server.url(path));
        look_at(&probe, Some(&near()), now() + SignedDuration::from_secs(seconds))
    };
    for (seconds, outcome) in [
        (0, Outcome::Holds),
        (60, Outcome::Holds),
        (61, Outcome::Doubtful),
        (-61, Outcome::Doubtful),
        (300, Outcome::Doubtful),
        (301, Outcome::CannotTell),
        (-301, Outcome::CannotTell),
    ] {
        assert_eq!(at("/", seconds).outcome, outcome, "{seconds}");
    }
    assert!(at("/", 400).summary.contains("is 6m 40s behind this machine's"), "{}", at("/", 400).summary);
    assert!(at("/", -400).summary.contains("ahead of this machine's"));
    assert_eq!(at("/cached", 0).outcome, Outcome::Holds);
    assert_eq!(at("/broken", 400).outcome, Outcome::Broken);
}

#[test]
fn who_is_not_who_it_has_to_be_is_broken_and_who_is_not_there_cannot_be_told() {
    let root = Authority::root("Test Root");
    let server = TlsServer::showing(&root.issue(&["127.0.0.1"], ALWAYS, &[]));
    let probe = format!("[http]\nurl = \"https://{}/\"", server.address);
    let trusted = Door::new(quick(), targets(&["127.0.0.1"]), Vec::new(), Some(root.pem.into_bytes()));
    // It says nothing of its clock.
    assert_eq!(look(&probe, Some(&trusted)).outcome, Outcome::Holds, "{:?}", look(&probe, Some(&trusted)));
    let evidence = look(&probe, Some(&near()));
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(evidence.summary.contains("it is not proved who answers"), "{}", evidence.summary);

    let server = Server::start(|_| Answer::Hang);
    assert_eq!(ask(&server, "/", "").outcome, Outcome::CannotTell);
    assert_eq!(look("[http]\nurl = \"https://ingest.example.org/\"", None).outcome, Outcome::CannotTell);
}

#[test]
fn p1_a_target_that_nobody_listed_is_not_asked() {
    let server = Server::start(|_| Answer::of(200, ""));
    let door = Door::new(quick(), targets(&[]), Vec::new(), None);
    let evidence = look(&format!("[http]\nurl = \"{}\"", server.url("/")), Some(&door));
    assert_eq!(evidence.outcome, Outcome::CannotTell);
    assert!(evidence.remedy.is_some_and(|remedy| remedy.contains("private = [")));
    assert!(server.asked().is_empty());
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let url = "url = \"https://ingest.example.org/\"";
    for (text, why) in [
        ("url = \"ftp://ingest.example.org/\"".to_owned(), "only https and http"),
        ("url = \"https://ok:planted@ingest.example.org/\"".to_owned(), "must not hold a name"),
        (format!("{url}\nexpect = []"), "`expect` is empty"),
        (format!("{url}\nexpect = [99]"), "no status"),
        (format!("{url}\ncontains = \"\""), "`contains` is empty"),
        (format!("{url}\ncontains = \"x\"\nmethod = \"HEAD\""), "HEAD brings none"),
    ] {
        let kind: deploy_guard::probe::Kind = toml::from_str(&format!("[http]\n{text}")).unwrap();
        let error = kind.probe().validate().unwrap_err();
        assert!(error.contains(why) && !error.contains("planted"), "{error}");
    }
}
