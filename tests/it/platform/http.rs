//! P4, H12, U10: bounds of time and size, redirects, and what an error may say.

#![expect(clippy::disallowed_types, reason = "the tests hold a stopwatch of their own")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use deploy_guard::http::{Bounds, Client, HttpError, HttpErrorKind, Request, Response};
use deploy_guard::source::Secret;
use serde_json::json;

use super::server::{Answer, Server};
use super::{TOKEN, quick};

fn ask_with(bounds: Bounds, url: &str) -> Result<Response, HttpError> {
    let secret = Secret::new(TOKEN).unwrap();
    let client = Client::new(bounds);
    let request = Request::get(url).secret_header("authorization", "Bearer ", &secret);
    let outcome = client.send(&request);
    for text in [format!("{outcome:?}"), format!("{client:?}"), format!("{request:?}")] {
        assert!(!text.contains(TOKEN), "{text}");
    }
    outcome
}

fn ask(url: &str) -> Result<Response, HttpError> {
    ask_with(quick(), url)
}

fn kind(url: &str) -> HttpErrorKind {
    ask(url).unwrap_err().kind
}

#[test]
fn an_answer_comes_with_status_headers_and_bytes_and_the_token_goes_out() {
    let server = Server::start(|_| Answer::of(418, "short").header("X-Kept", "1"));
    let response = ask(&server.url("/a?b=c")).unwrap();
    assert_eq!((response.status, response.body.as_slice()), (418, b"short".as_slice()));
    assert_eq!(response.header("x-kept"), Some("1"));
    assert_eq!(response.date(), Some("2026-11-21T12:00:00Z".parse().unwrap()));
    let asked = &server.asked()[0];
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert!(asked.header("user-agent").unwrap().starts_with("deploy-guard/"));
}

#[test]
fn a_server_error_that_passes_is_not_seen() {
    let server = Server::start(|asked| match asked.before {
        0 => Answer::of(500, ""),
        1 => Answer::Reset,
        _ => Answer::of(200, "in the end"),
    });
    let response = ask(&server.url("/")).unwrap();
    assert_eq!((response.status, response.attempts), (200, 3));
}

#[test]
fn a_server_error_that_stays_is_the_answer_after_three_attempts() {
    let server = Server::start(|_| Answer::of(502, ""));
    let response = ask(&server.url("/")).unwrap();
    assert_eq!((response.status, response.attempts, server.asked().len()), (502, 3, 3));
}

#[test]
fn what_was_sent_is_not_sent_again_where_it_may_have_been_done() {
    let server = Server::start(|_| Answer::of(502, ""));
    let client = Client::new(quick());
    let request = Request::new(deploy_guard::http::Method::Post, server.url("/")).json(json!({ "a": 1 }));
    assert_eq!(client.send(&request).unwrap().status, 502);
    assert_eq!(server.asked().len(), 1);
    assert_eq!(server.asked()[0].json(), json!({ "a": 1 }));
}

#[test]
fn a_limit_is_waited_for_only_within_the_time_there_is() {
    let server = Server::start(|asked| match asked.before {
        0 => Answer::of(429, "").header("Retry-After", "1"),
        _ => Answer::of(200, ""),
    });
    let begun = Instant::now();
    assert_eq!(ask(&server.url("/")).unwrap().status, 200);
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let server = Server::start(|_| Answer::of(429, "").header("Retry-After", "3600"));
    let begun = Instant::now();
    let response = ask(&server.url("/")).unwrap();
    assert_eq!((response.status, response.attempts), (429, 1));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn who_never_answers_is_not_waited_for() {
    let server = Server::start(|_| Answer::Hang);
    let begun = Instant::now();
    let error = ask(&server.url("/")).unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Timeout, "{error}");
    assert!(error.what.contains("no whole answer within 0.7 s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn who_answers_a_byte_at_a_time_is_not_waited_for_either() {
    let server = Server::start(|_| Answer::Drip);
    let begun = Instant::now();
    assert_eq!(kind(&server.url("/")), HttpErrorKind::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn all_questions_of_a_run_share_one_bound() {
    let server = Server::start(|_| Answer::of(503, ""));
    let client = Client::new(Bounds { total: Duration::from_millis(150), retries: 1000, ..quick() });
    let begun = Instant::now();
    let first = client.send(&Request::get(server.url("/")));
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert!(matches!(&first, Ok(response) if response.status == 503), "{first:?}");
    std::thread::sleep(Duration::from_millis(150));
    let error = client.send(&Request::get(server.url("/"))).unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Deadline, "{error}");
}

#[test]
fn nobody_there_is_tried_three_times_and_said_so() {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/x?private_token={TOKEN}", listener.local_addr().unwrap())
    };
    let error = ask(&url).unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Connect, "{error}");
    assert!(error.what.contains("refused") && error.what.ends_with("(tried 3 times)"), "{error}");
}

#[test]
fn a_broken_connection_is_no_answer() {
    let server = Server::start(|_| Answer::Reset);
    assert_eq!(kind(&server.url("/")), HttpErrorKind::Broken);
    assert_eq!(server.asked().len(), 3);
    let server = Server::start(|_| Answer::Truncated);
    assert_eq!(kind(&server.url("/")), HttpErrorKind::Broken);
}

#[test]
fn a_body_without_end_is_left_while_it_comes() {
    let server = Server::start(|_| Answer::Endless(100 * 1024 * 1024));
    let error =
        ask_with(Bounds { attempt: Duration::from_secs(10), ..quick() }, &server.url("/")).unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::TooLarge, "{error}");
    drop(error);
    assert!(server.sent() < 50 * 1024 * 1024, "{} bytes were taken", server.sent());

    let announced = Server::start(|_| Answer::of(200, vec![b' '; 6 * 1024 * 1024]));
    assert_eq!(kind(&announced.url("/")), HttpErrorKind::TooLarge);
}

#[test]
fn a_redirect_within_the_host_is_followed_and_one_elsewhere_never_sees_the_token() {
    let other = Server::start(|_| Answer::of(200, "stolen"));
    let away = other.url("/");
    let server = Server::start(move |asked| match asked.line.as_str() {
        "GET /old" => Answer::of(301, "").header("Location", "/new?page=2"),
        "GET /new?page=2" => Answer::of(200, "here"),
        "GET /away" => Answer::of(302, "").header("Location", &away),
        "GET /away-with-it" => Answer::of(307, "").header("Location", &format!("{away}?token={TOKEN}")),
        "GET /other-scheme" => Answer::of(302, "").header("Location", "file:///etc/passwd"),
        _ => Answer::of(302, "").header("Location", "/loop"),
    });
    let followed = ask(&server.url("/old")).unwrap();
    assert_eq!(followed.body, b"here");
    assert!(followed.url.ends_with("/new?page=2"));
    for path in ["/away", "/away-with-it", "/other-scheme", "/loop"] {
        assert_eq!(kind(&server.url(path)), HttpErrorKind::Redirect, "{path}");
    }
    assert!(other.asked().is_empty(), "{:?}", other.lines());
}

#[test]
fn an_address_with_a_password_or_without_tls_is_not_asked() {
    for url in ["http://192.0.2.1/", "https://user:planted-token-5f1c@127.0.0.1:9/", "planted-token-5f1c@"] {
        assert_eq!(kind(url), HttpErrorKind::Address, "{url}");
    }
}

#[test]
fn who_speaks_no_tls_is_not_trusted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 1024];
        let _ = stream.read(&mut hello).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let error = ask(&url).unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Tls, "{error}");
    answering.join().unwrap();
}

#[test]
fn a_proxy_is_used_where_it_is_asked_for() {
    let proxy = Server::start(|_| Answer::of(407, ""));
    let bounds = Bounds { proxy: Secret::new(&proxy.url("")), ..quick() };
    assert!(ask_with(bounds, "https://api.example.org/x").is_err());
    assert_eq!(proxy.lines()[0], "CONNECT api.example.org:443");
    assert_eq!(proxy.asked()[0].header("authorization"), None);
}
