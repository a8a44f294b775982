//! P1, P3, P4: where probes may go, what goes with them, and how much may come back.

#![expect(clippy::disallowed_types, reason = "the tests hold a stopwatch of their own")]

use std::net::IpAddr;
use std::time::{Duration, Instant};

use deploy_guard::http::{
    Answer as Came, Bounds, Credential, Door, Follow, HttpError, HttpErrorKind, Method, Request, Route,
};
use deploy_guard::source::Secret;

use super::authority::{ALWAYS, Authority};
use super::tls_server::TlsServer;
use super::{near, quick, targets};
use crate::platform::server::{Answer, Server};

const TOKEN: &str = "planted-token-5f1c";

fn get(door: &Door, url: &str) -> Result<Came, HttpError> {
    door.ask(&Request::get(url), Follow::WithinRules)
}

fn kind(door: &Door, url: &str) -> HttpErrorKind {
    get(door, url).unwrap_err().kind
}

fn port(server: &Server) -> String {
    server.url("").rsplit(':').next().unwrap().to_owned()
}

#[test]
fn an_answer_names_the_address_that_gave_it() {
    let server = Server::start(|_| Answer::of(200, "here"));
    let came = get(&near(), &server.url("/")).unwrap();
    assert_eq!((came.response.body.as_slice(), came.hops.len()), (b"here".as_slice(), 0));
    assert_eq!(came.route, Route::Direct(IpAddr::from([127, 0, 0, 1])));
}

#[test]
fn p1_this_machine_is_not_asked_however_it_is_written() {
    let server = Server::start(|_| Answer::of(200, ""));
    let port = port(&server);
    let nothing = Door::new(quick(), targets(&["kept.internal", "10.0.0.0/8"]), Vec::new(), None);
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "①②⑦.⓪.⓪.①",
    ] {
        let error = get(&nothing, &format!("http://{host}:{port}/")).unwrap_err();
        assert_eq!(error.kind, HttpErrorKind::Refused, "{host}: {error}");
    }
    for url in [format!("http://ok@127.0.0.1:{port}/"), format!("http://ok:{TOKEN}@127.0.0.1:{port}/")] {
        let error = get(&nothing, &url).unwrap_err();
        assert_eq!(error.kind, HttpErrorKind::Address, "{error}");
        assert!(!error.what.contains(TOKEN));
    }
    for url in ["file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "nothing"] {
        assert_eq!(kind(&nothing, url), HttpErrorKind::Address, "{url}");
    }
    assert!(server.asked().is_empty(), "{:?}", server.lines());
}

#[test]
fn p1_what_is_listed_is_asked_at_its_port_alone() {
    let server = Server::start(|_| Answer::of(200, ""));
    let other = Server::start(|_| Answer::of(200, ""));
    let listed = format!("127.0.0.1:{}", port(&server));
    let door = Door::new(quick(), targets(&[&listed, "::1"]), Vec::new(), None);
    for host in ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"] {
        assert!(get(&door, &format!("http://{host}:{}/", port(&server))).is_ok(), "{host}");
    }
    assert_eq!(kind(&door, &other.url("/")), HttpErrorKind::Refused);
    assert!(other.asked().is_empty());
}

#[test]
fn p1_every_redirect_is_judged_like_the_first_address() {
    let inner = Server::start(|_| Answer::of(200, TOKEN));
    let places = [
        inner.url("/"),
        inner.url("/").replace("127.0.0.1", "2130706433"),
        inner.url("/").replace("127.0.0.1", "localhost"),
        inner.url("/").replace("127.0.0.1", "[::ffff:127.0.0.1]"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[fd00:ec2::254]/".to_owned(),
        "http://10.0.0.1/".to_owned(),
    ];
    let told = places.clone();
    let server = Server::start(move |asked| {
        let which: usize = asked.path()[5..].parse().unwrap();
        Answer::of(302, "").header("Location", &told[which])
    });
    let listed = format!("127.0.0.1:{}", port(&server));
    let door = Door::new(quick(), targets(&[&listed]), Vec::new(), None);
    for (which, place) in places.iter().enumerate() {
        let error = get(&door, &server.url(&format!("/{which}"))).unwrap_err();
        assert_eq!(error.kind, HttpErrorKind::Refused, "{place}: {error}");
    }
    assert!(inner.asked().is_empty(), "{:?}", inner.lines());
    assert_eq!(server.asked().len(), places.len(), "what is refused is not tried again");
}

#[test]
fn p1_a_redirect_with_a_name_in_it_or_another_scheme_is_not_followed() {
    let inner = Server::start(|_| Answer::of(200, ""));
    let named = inner.url("/").replace("http://", "http://ok@");
    let server = Server::start(move |asked| match asked.path() {
        "GET /named" => Answer::of(302, "").header("Location", &named),
        "GET /file" => Answer::of(302, "").header("Location", "file:///etc/passwd"),
        _ => Answer::of(302, "").header("Location", "http://["),
    });
    for path in ["/named", "/file", "/nothing"] {
        assert_eq!(kind(&near(), &server.url(path)), HttpErrorKind::Redirect, "{path}");
    }
    assert!(inner.asked().is_empty());
}

#[test]
fn p4_five_redirects_are_followed_and_no_more_and_none_where_the_redirect_is_the_answer() {
    let server = Server::start(|asked| {
        let left: u32 = asked.path().rsplit('/').next().unwrap().parse().unwrap();
        match left {
            0 => Answer::of(200, "there"),
            left => Answer::of(307, "").header("Location", &format!("/{}", left - 1)),
        }
    });
    let came = get(&near(), &server.url("/5")).unwrap();
    assert_eq!(came.response.body, b"there");
    assert_eq!(came.hops[0], server.url("/5"));
    assert_eq!(came.hops.len(), 5);
    assert_eq!(kind(&near(), &server.url("/6")), HttpErrorKind::Redirect);
    let asked = server.asked().len();
    let came = near().ask(&Request::get(server.url("/3")), Follow::Never).unwrap();
    assert_eq!((came.response.status, came.response.header("location")), (307, Some("/2")));
    assert_eq!(server.asked().len(), asked + 1);
    let post = near().ask(&Request::new(Method::Post, server.url("/3")), Follow::WithinRules);
    assert_eq!(post.unwrap_err().kind, HttpErrorKind::Redirect);
}

#[test]
fn p1_https_does_not_become_http() {
    let root = Authority::root("Test Root");
    let inner = Server::start(|_| Answer::of(200, ""));
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", inner.url("/"));
    let server = TlsServer::answering(&root.issue(&["127.0.0.1"], ALWAYS, &[]), &answer);
    let door = Door::new(quick(), targets(&["127.0.0.1"]), Vec::new(), Some(root.pem.into_bytes()));
    let error = get(&door, &format!("https://{}/", server.address)).unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Redirect, "{error}");
    assert!(error.what.contains("from https to http"), "{error}");
    assert!(inner.asked().is_empty());
}

fn with_credential(hosts: &[String], more: &[&str]) -> Door {
    let hosts = hosts.to_vec();
    let secret = Secret::new(TOKEN).unwrap();
    let credential = Credential { hosts, header: "authorization", before: "Bearer ", secret };
    Door::new(quick(), targets(more), vec![credential], None)
}

#[test]
fn p1_a_secret_goes_to_its_host_and_to_no_other_whatever_redirects_there() {
    let other = Server::start(|_| Answer::of(200, ""));
    let (away, back) = (other.url("/"), port(&other));
    let server = Server::start(move |asked| match asked.path() {
        "GET /away" => Answer::of(302, "").header("Location", &away),
        "GET /on" => Answer::of(302, "").header("Location", "/"),
        _ => Answer::of(200, ""),
    });
    // The other has the same secret of its own: the first does not choose what is done with it.
    let hosts = [format!("127.0.0.1:{}", port(&server)), format!("127.0.0.1:{back}")];
    let door = with_credential(&hosts, &["127.0.0.1"]);
    for path in ["/", "/on", "/away"] {
        assert!(get(&door, &server.url(path)).is_ok());
    }
    let sent: Vec<_> = server.asked().iter().map(|asked| asked.header("authorization").is_some()).collect();
    assert_eq!(sent, [true, true, true, true]);
    assert_eq!(other.asked()[0].header("authorization"), None);
    let stranger = with_credential(&["127.0.0.1:1".to_owned(), "example.org".to_owned()], &["127.0.0.1"]);
    assert!(get(&stranger, &other.url("/")).is_ok());
    assert_eq!(other.asked()[1].header("authorization"), None);
}

#[test]
fn p1_a_secret_goes_over_no_line_that_others_read() {
    let proxy = Server::start(|_| Answer::of(200, ""));
    let secret = Secret::new(TOKEN).unwrap();
    let hosts = vec!["probe.invalid:80".to_owned()];
    let credential = Credential { hosts, header: "authorization", before: "Bearer ", secret };
    let bounds = Bounds { proxy: Secret::new(&proxy.url("")), ..quick() };
    let door = Door::new(bounds, targets(&[]), vec![credential], None);
    assert!(get(&door, "http://probe.invalid/").is_ok());
    assert_eq!(proxy.asked()[0].header("authorization"), None);
}

#[test]
fn u10_who_repeats_a_secret_is_not_repeated() {
    let server = Server::start(|asked| match asked.path() {
        "GET /away" => Answer::of(302, "").header("Location", &format!("/{TOKEN}/x")),
        "GET /loop" => Answer::of(302, "").header("Location", &format!("http://10.0.0.1/{TOKEN}")),
        _ => Answer::of(200, format!("you sent {TOKEN}")).header("X-Echo", TOKEN),
    });
    let door = with_credential(&[format!("127.0.0.1:{}", port(&server))], &["127.0.0.1"]);
    let came = get(&door, &server.url("/away")).unwrap();
    assert_eq!(came.response.body, b"you sent <redacted>");
    let refused = get(&door, &server.url("/loop"));
    for text in [format!("{came:?}{:?}", came.response.headers), format!("{refused:?}"), format!("{door:?}")]
    {
        assert!(!text.contains(TOKEN), "{text}");
    }
}

#[test]
fn p2_an_authority_of_ones_own_is_trusted_where_it_is_named_and_nowhere_else() {
    let root = Authority::root("Test Root");
    let server = TlsServer::showing(&root.issue(&["127.0.0.1"], ALWAYS, &[]));
    let url = format!("https://{}/", server.address);
    let trusted = Door::new(quick(), targets(&["127.0.0.1"]), Vec::new(), Some(root.pem.into_bytes()));
    assert_eq!(get(&trusted, &url).unwrap().response.body, b"ok");
    assert_eq!(kind(&near(), &url), HttpErrorKind::Tls);
    let broken = Door::new(quick(), targets(&["127.0.0.1"]), Vec::new(), Some(b"no certificate".to_vec()));
    assert_eq!(kind(&broken, &url), HttpErrorKind::Setup);
}

#[test]
fn p3_a_proxy_is_used_where_it_is_asked_for_and_told_and_judging_goes_on() {
    let proxy = Server::start(|asked| match asked.line.as_str() {
        "GET http://probe.invalid/far" => {
            Answer::of(302, "").header("Location", "http://other.invalid:2222/")
        }
        _ => Answer::of(200, "through"),
    });
    let server = Server::start(|_| Answer::of(200, "direct"));
    let address = proxy.url("").replace("http://", &format!("http://user:{TOKEN}@"));
    let door = Door::new(
        Bounds { proxy: Secret::new(&address), ..quick() },
        targets(&["127.0.0.1"]),
        Vec::new(),
        None,
    );
    let came = get(&door, "http://probe.invalid/x").unwrap();
    assert_eq!(came.route, Route::Proxy(format!("127.0.0.1:{}", port(&proxy))));
    assert_eq!(proxy.lines(), ["GET http://probe.invalid/x"]);
    // Literal addresses are judged all the same, and this machine is not the proxy's.
    assert_eq!(kind(&door, "http://10.0.0.1/"), HttpErrorKind::Refused);
    assert_eq!(kind(&door, "http://169.254.169.254/"), HttpErrorKind::Refused);
    assert_eq!(get(&door, &server.url("/")).unwrap().response.body, b"direct");
    // What the list of exceptions names goes its own way.
    let bounds = Bounds { proxy: Secret::new(&address), no_proxy: Some(".invalid".to_owned()), ..quick() };
    let passed = Door::new(bounds, targets(&[]), Vec::new(), None);
    assert_eq!(kind(&passed, "http://probe.invalid/x"), HttpErrorKind::Connect);
    // A redirect chooses no port that nobody wrote down.
    let error = get(&door, "http://probe.invalid/far").unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Refused, "{error}");
    assert!(error.what.contains("port 2222"), "{error}");
    assert!(!format!("{door:?}{came:?}{error:?}").contains(TOKEN));
}

#[test]
fn p4_a_body_without_end_is_left_and_one_that_is_packed_stays_so() {
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xed; 500]].concat();
    let packed = bomb.clone();
    let server = Server::start(move |asked| match asked.path() {
        "GET /endless" => Answer::Endless(100 * 1024 * 1024),
        "GET /packed" => Answer::of(200, packed.clone()).header("Content-Encoding", "gzip"),
        _ => Answer::of(200, vec![b' '; 1024 * 1024 + 1]),
    });
    let slow = Bounds { attempt: Duration::from_secs(10), ..quick() };
    let door = Door::new(slow, targets(&["127.0.0.1"]), Vec::new(), None);
    assert_eq!(kind(&door, &server.url("/endless")), HttpErrorKind::TooLarge);
    assert!(server.sent() < 50 * 1024 * 1024, "{} bytes were taken", server.sent());
    assert_eq!(kind(&door, &server.url("/large")), HttpErrorKind::TooLarge);
    let larger = Request::get(server.url("/large")).at_most(5 * 1024 * 1024);
    assert_eq!(door.ask(&larger, Follow::Never).unwrap().response.body.len(), 1024 * 1024 + 1);
    let first = Request::get(server.url("/large")).first(10);
    assert_eq!(door.ask(&first, Follow::Never).unwrap().response.body, b"          ");
    assert_eq!(get(&door, &server.url("/packed")).unwrap().response.body, bomb);
    assert!(server.asked().iter().all(|asked| asked.header("accept-encoding").is_none()));
}

#[test]
fn p4_headers_without_end_are_no_answer() {
    let server = Server::start(|asked| match asked.path() {
        "GET /many" => (0..200).fold(Answer::of(200, ""), |answer, _| answer.header("X-Many", "1")),
        _ => Answer::of(200, "").header("X-Long", &"x".repeat(1024 * 1024)),
    });
    for path in ["/many", "/long"] {
        assert_eq!(kind(&near(), &server.url(path)), HttpErrorKind::Broken, "{path}");
    }
}

#[test]
fn p4_time_is_bounded_for_one_attempt_and_for_all_questions_of_a_door() {
    let server = Server::start(|asked| match asked.path() {
        "GET /drip" => Answer::Drip,
        _ => Answer::Hang,
    });
    let begun = Instant::now();
    for path in ["/hang", "/drip"] {
        assert_eq!(kind(&near(), &server.url(path)), HttpErrorKind::Timeout, "{path}");
    }
    assert!(begun.elapsed() < Duration::from_secs(4));
    let short = Bounds { total: Duration::from_millis(300), ..quick() };
    let door = Door::new(short, targets(&["127.0.0.1"]), Vec::new(), None);
    let begun = Instant::now();
    let outcomes: Vec<HttpErrorKind> = std::thread::scope(|threads| {
        let asking: Vec<_> = (0..4).map(|_| threads.spawn(|| kind(&door, &server.url("/hang")))).collect();
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(outcomes, [HttpErrorKind::Timeout; 4]);
    assert_eq!(kind(&door, &server.url("/hang")), HttpErrorKind::Deadline);
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn p4_what_may_pass_is_tried_again() {
    let server = Server::start(|asked| match asked.before {
        0 => Answer::of(500, ""),
        1 => Answer::Reset,
        _ => Answer::of(200, ""),
    });
    let came = get(&near(), &server.url("/")).unwrap();
    assert_eq!((came.response.status, came.response.attempts), (200, 3));
}
