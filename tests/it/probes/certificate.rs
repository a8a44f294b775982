//! P2: certificates, with every kind of wrong, at real handshakes on loopback.

use std::sync::Arc;

use deploy_guard::http::{Bounds, Door};
use deploy_guard::probe::{Evidence, Outcome};
use deploy_guard::source::Secret;
use jiff::SignedDuration;

use super::authority::{Authority, Hours, Issued, YEAR, self_signed};
use super::tls_server::{Manner, TlsServer, config_for_known_clients};
use super::{look, now, quick, targets};

/// `127.0.0.1` and the name that resolves to it.
const NAMES: [&str; 2] = ["127.0.0.1", "localhost"];

fn trusting(root: &Authority) -> Door {
    trusting_within(root, quick())
}

fn trusting_within(root: &Authority, bounds: Bounds) -> Door {
    let near = targets(&["127.0.0.0/8", "::1"]);
    Door::new(bounds, near, Vec::new(), Some(root.pem.clone().into_bytes()))
}

fn at(root: &Authority, server: &TlsServer) -> Evidence {
    let probe = format!("[certificate]\nhosts = [\"127.0.0.1:{}\"]", server.port());
    look(&probe, Some(&trusting(root)))
}

/// Everything that is said.
fn told(evidence: &Evidence) -> String {
    format!("{}\n{}", evidence.summary, evidence.details.join("\n"))
}

fn shown(root: &Authority, issued: &Issued) -> Evidence {
    at(root, &TlsServer::showing(issued))
}

#[test]
fn p2_a_certificate_that_is_trusted_and_good_for_long_holds_and_says_until_when() {
    let root = Authority::root("Test Root");
    let middle = root.intermediate("Test Middle", Hours(-24, 24 * 300));
    let evidence = shown(&root, &middle.issue(&NAMES, YEAR, &[&middle]));
    assert_eq!(evidence.outcome, Outcome::Holds, "{evidence:?}");
    assert!(evidence.summary.contains("ends in 300 days"), "{}", evidence.summary);
    assert!(evidence.summary.contains("the intermediate `CN=Test Middle`"), "{}", evidence.summary);
    assert_eq!(evidence.valid_until, Some(now() + SignedDuration::from_hours((300 - 14) * 24)));
    assert_eq!(evidence.remedy, None);
    assert_eq!(evidence.asked[0].way.as_deref(), Some("127.0.0.1"));
    assert_eq!(evidence.asked[0].digest.as_ref().map(String::len), Some(64));
}

#[test]
fn p2_an_expired_one_is_seen_and_said_although_no_client_would_talk_to_it() {
    let root = Authority::root("Test Root");
    let evidence = shown(&root, &root.issue(&NAMES, Hours(-500, -30), &[]));
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(evidence.summary.contains("ended 1 day ago, at 2026-11-20 06:00 UTC"), "{}", evidence.summary);
    assert!(evidence.details.is_empty(), "{:?}", evidence.details);
    assert!(evidence.remedy.is_some_and(|remedy| remedy.contains("renew it")));
    assert_eq!(evidence.valid_until, None);
}

#[test]
fn p2_both_facts_are_reported_where_both_are_so() {
    let root = Authority::root("Test Root");
    let stranger = Authority::root("Stranger");
    let evidence = shown(&root, &root.issue(&["other.example.org"], Hours(-500, -1), &[]));
    let said = told(&evidence);
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(said.contains("ended less than a day ago"), "{said}");
    assert!(said.contains("is for other names (other.example.org), not for 127.0.0.1"), "{said}");
    assert!(!said.contains("trusted"), "{said}");

    let said = told(&shown(&root, &stranger.issue(&["other.example.org"], Hours(-500, -1), &[])));
    for fact in ["ended less than a day ago", "is for other names", "issued by `CN=Stranger`"] {
        assert!(said.contains(fact), "{said}");
    }
}

#[test]
fn p2_one_that_is_not_valid_yet_is_broken() {
    let root = Authority::root("Test Root");
    let evidence = shown(&root, &root.issue(&NAMES, Hours(1, 24 * 90), &[]));
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(evidence.summary.contains("is not valid before 2026-11-21 13:00 UTC"), "{}", evidence.summary);
}

#[test]
fn p2_one_that_somebody_made_for_himself_and_one_of_a_stranger_are_broken() {
    let root = Authority::root("Test Root");
    let own = shown(&root, &self_signed(&NAMES, YEAR));
    assert_eq!(own.outcome, Outcome::Broken);
    assert!(own.summary.contains("is self-signed"), "{}", own.summary);
    let stranger = Authority::root("Stranger");
    let other = shown(&root, &stranger.issue(&NAMES, YEAR, &[&stranger]));
    assert_eq!(other.outcome, Outcome::Broken);
    assert!(other.summary.contains("is issued by `CN=Stranger`"), "{}", other.summary);
}

#[test]
fn p2_a_missing_intermediate_is_a_chain_that_leads_nowhere() {
    let root = Authority::root("Test Root");
    let middle = root.intermediate("Test Middle", YEAR);
    let evidence = shown(&root, &middle.issue(&NAMES, YEAR, &[]));
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(evidence.summary.contains("is issued by `CN=Test Middle`"), "{}", evidence.summary);
    assert!(evidence.remedy.is_some_and(|remedy| remedy.contains("send its intermediates")));
}

#[test]
fn p2_the_whole_chain_counts() {
    let root = Authority::root("Test Root");
    let middle = root.intermediate("Test Middle", Hours(-100, -24));
    let evidence = shown(&root, &middle.issue(&NAMES, YEAR, &[&middle]));
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(evidence.summary.contains("(the intermediate `CN=Test Middle`)"), "{}", evidence.summary);
    assert!(evidence.details.is_empty(), "{:?}", evidence.details);
}

#[test]
fn a_server_that_wants_the_clients_certificate_has_shown_its_own() {
    let root = Authority::root("Test Root");
    let config = config_for_known_clients(&root.issue(&NAMES, YEAR, &[]), &root.der);
    let server = TlsServer::start("127.0.0.1:0", Manner::Tls(Arc::new(config), Vec::new()));
    let evidence = at(&root, &server);
    assert_eq!(evidence.outcome, Outcome::Holds, "{evidence:?}");
    let inspected = trusting(&root).certificates("127.0.0.1", server.port(), now()).unwrap();
    assert_eq!(inspected[0].outcome.as_ref().unwrap().protocol, "TLS 1.2");
}

#[test]
fn p2_days_are_whole_days_and_each_bound_is_crossed_by_a_second() {
    let root = Authority::root("Test Root");
    for (hours, outcome, text) in [
        (31 * 24, Outcome::Holds, "ends in 31 days"),
        (30 * 24, Outcome::Holds, "ends in 30 days"),
        (30 * 24 - 1, Outcome::Doubtful, "ends in 29 days"),
        (14 * 24, Outcome::Doubtful, "ends in 14 days"),
        (14 * 24 - 1, Outcome::Broken, "ends in 13 days"),
        (25, Outcome::Broken, "ends in 1 day,"),
        (1, Outcome::Broken, "ends in less than a day"),
        (0, Outcome::Broken, "ends in less than a day"),
        (-1, Outcome::Broken, "ended less than a day ago"),
        (-24, Outcome::Broken, "ended less than a day ago"),
        (-25, Outcome::Broken, "ended 1 day ago"),
    ] {
        let evidence = shown(&root, &root.issue(&NAMES, Hours(-1000, hours), &[]));
        assert_eq!(evidence.outcome, outcome, "{hours}: {}", evidence.summary);
        assert!(evidence.summary.contains(text), "{hours}: {}", evidence.summary);
        if outcome == Outcome::Doubtful {
            let crossed = now() + SignedDuration::from_hours(hours - 14 * 24);
            assert_eq!(evidence.valid_until, Some(crossed));
        }
    }
}

#[test]
fn p2_every_host_is_asked_and_the_worst_is_said_first() {
    let root = Authority::root("Test Root");
    let good = TlsServer::showing(&root.issue(&NAMES, YEAR, &[]));
    let bad = TlsServer::showing(&root.issue(&NAMES, Hours(-100, 48), &[]));
    let gone = TlsServer::start("127.0.0.1:0", Manner::Hang);
    let hosts = [good.port(), bad.port(), gone.port()].map(|port| format!("\"127.0.0.1:{port}\""));
    let probe = format!("[certificate]\nhosts = [{}]", hosts.join(", "));
    let evidence = look(&probe, Some(&trusting(&root)));
    assert_eq!(evidence.outcome, Outcome::Broken);
    assert!(
        evidence.summary.contains(&format!("127.0.0.1:{} ends in 2 days", bad.port())),
        "{}",
        evidence.summary
    );
    assert_eq!(evidence.details.len(), 2, "{:?}", evidence.details);
    assert!(evidence.details[0].contains("no TLS handshake ends within 0.5 s"), "{:?}", evidence.details);
}

#[test]
fn p2_each_address_of_a_name_is_asked_for_itself() {
    let root = Authority::root("Test Root");
    let issued = root.issue(&NAMES, YEAR, &[]);
    let first = TlsServer::showing(&issued);
    let door = trusting(&root);
    let inspected = door.certificates("localhost", first.port(), now()).unwrap();
    let near = inspected.iter().find(|one| one.address.is_ipv4()).unwrap();
    let presented = near.outcome.as_ref().unwrap();
    assert_eq!(presented.server_name.as_deref(), Some("localhost"));
    assert_eq!(presented.protocol, "TLS 1.3");
    assert!(presented.flaws.is_empty(), "{:?}", presented.flaws);
    assert_eq!(presented.chain[0].der, issued.chain[0]);
    // Where the name has a second address, nobody listens there, and that is said of it.
    for other in inspected.iter().filter(|one| !one.address.is_ipv4()) {
        assert!(other.outcome.is_err());
    }
}

#[test]
fn p4_who_hangs_drips_resets_or_speaks_no_tls_cannot_be_told_and_takes_no_time() {
    let root = Authority::root("Test Root");
    let alert = |code| Manner::Says(vec![0x15, 3, 1, 0, 2, 2, code]);
    for (manner, why) in [
        (Manner::Hang, "no TLS handshake ends within 0.5 s"),
        (Manner::Drip, "no TLS handshake ends within 0.5 s"),
        (Manner::Reset, "the connection broke in the handshake"),
        (Manner::Says(Vec::new()), "it closed the connection in the handshake"),
        (Manner::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), "what it speaks is no TLS"),
        // A server that knows TLS 1.0 alone answers with the alert protocol_version.
        (alert(70), "it speaks no TLS 1.2 and no TLS 1.3"),
        (alert(40), "no TLS handshake"),
    ] {
        let server = TlsServer::start("127.0.0.1:0", manner);
        let evidence = at(&root, &server);
        assert_eq!(evidence.outcome, Outcome::CannotTell, "{evidence:?}");
        assert!(evidence.summary.contains(why), "{}", evidence.summary);
        let taken = evidence.summary.contains("tried 3 times");
        assert_eq!(taken, server.accepted() == 3, "{}", evidence.summary);
    }
}

#[test]
fn p1_a_private_host_that_is_not_listed_is_not_asked() {
    let root = Authority::root("Test Root");
    let server = TlsServer::showing(&root.issue(&NAMES, YEAR, &[]));
    let door = Door::new(quick(), targets(&[]), Vec::new(), None);
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"] {
        let evidence = look(&format!("[certificate]\nhosts = [\"{host}:{}\"]", server.port()), Some(&door));
        assert_eq!(evidence.outcome, Outcome::CannotTell);
        assert!(evidence.summary.contains("not asked: "), "{}", evidence.summary);
    }
    assert_eq!(server.accepted(), 0);
}

#[test]
fn p3_a_certificate_is_never_asked_for_through_a_proxy_and_that_is_said() {
    let root = Authority::root("Test Root");
    let server = TlsServer::showing(&root.issue(&NAMES, YEAR, &[]));
    let proxy = TlsServer::start("127.0.0.1:0", Manner::Hang);
    let address = format!("http://user:planted-5f1c@{}", proxy.address);
    let door = trusting_within(&root, Bounds { proxy: Secret::new(&address), ..quick() });
    let probe = format!("[certificate]\nhosts = [\"127.0.0.1:{}\"]", server.port());
    let evidence = look(&probe, Some(&door));
    assert_eq!(evidence.outcome, Outcome::Holds, "{evidence:?}");
    let told = format!("asked directly, not through the proxy {}", proxy.address);
    assert_eq!(evidence.details.last(), Some(&told));
    assert_eq!(proxy.accepted(), 0);
    assert!(!format!("{evidence:?}{door:?}").contains("planted-5f1c"));
}

#[test]
fn p6_offline_is_never_a_pass() {
    let evidence = look("[certificate]\nhosts = [\"ingest.example.org\"]", None);
    assert_eq!(evidence.outcome, Outcome::CannotTell);
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    for (text, why) in [
        ("hosts = []", "`hosts` is empty"),
        ("hosts = [\"https://ingest.example.org/\"]", "more than a host"),
        ("hosts = [\"ingest.example.org:0\"]", "no port"),
        ("hosts = [\"a.example.org\"]\ndays = 30\nwarn-days = 14", "fewer than `days`"),
    ] {
        let kind: deploy_guard::probe::Kind = toml::from_str(&format!("[certificate]\n{text}")).unwrap();
        let error = kind.probe().validate().unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn u9_u10_what_a_certificate_says_is_short_and_holds_no_secret() {
    let root = Authority::root("Test Root");
    let stranger = Authority::root(&format!("\u{1b}[2K\u{202e}AKIAIOSFODNN7EXAMPLE {}", "x".repeat(2000)));
    let evidence = shown(&root, &stranger.issue(&NAMES, YEAR, &[]));
    assert!(evidence.summary.chars().count() < 400, "{}", evidence.summary);
    assert!(!evidence.summary.contains("AKIAIOSFODNN7EXAMPLE"), "{}", evidence.summary);
}
