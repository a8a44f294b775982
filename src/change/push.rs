//! What a push asks for: the lines that git writes to a pre-push hook, and where the push goes.
//!
//! In: bytes and texts as they arrived. Out: [`RefUpdate`]s and a [`PushDestination`]. Opens no repository.
//! Each update is judged against its own `remote` and never against another line's: a source expression with a line
//! break in it can forge whole lines, and a forged line may add judgement but take none away.

use super::ObjectId;
use crate::source::{RepoPath, escape_line};

/// One ref that a push asks the other side to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// What the user named as the source: a ref, an id, or any revision expression, spaces included.
    pub local_ref: RepoPath,
    /// The object the ref is to point at, a tag unpeeled; zero for a deletion.
    pub local: ObjectId,
    pub remote_ref: RepoPath,
    /// Where the ref points on the other side now, perhaps an object this repository lacks; zero for a new ref.
    pub remote: ObjectId,
}

impl RefUpdate {
    pub fn is_delete(&self) -> bool {
        self.local.is_zero()
    }

    pub fn is_new(&self) -> bool {
        self.remote.is_zero() && !self.is_delete()
    }
}

/// Why git's lines were not read. Nobody's fault but the wrapper's between git and this program, or a forgery's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("pre-push input not understood, refusing: line {line} {fault}")]
pub struct NotUnderstood {
    pub line: usize,
    pub fault: LineFault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    #[error("does not have the four fields of a ref update")]
    Fields,
    #[error("holds an object id that is not 40 or 64 hexadecimal digits")]
    Object,
    #[error("mixes object ids of different lengths")]
    Length,
    #[error("names a remote ref that git would not accept")]
    RemoteRef,
    #[error("names a remote ref that an earlier line names already")]
    Twice,
    #[error("mixes a deletion with a source")]
    Deletion,
    #[error("names a source with a line break in it; push it by its object id")]
    LineBreak,
}

/// Reads git's pre-push lines: `<local ref> <local id> <remote ref> <remote id>`, of which only the first may hold spaces.
pub fn parse(stdin: &[u8]) -> Result<Vec<RefUpdate>, NotUnderstood> {
    if stdin.is_empty() {
        return Ok(Vec::new());
    }
    // A wrapper that keeps its input in a shell variable loses the last line feed.
    let lines = stdin.strip_suffix(b"\n").unwrap_or(stdin).split(|byte| *byte == b'\n');
    let mut updates: Vec<RefUpdate> = Vec::new();
    let mut named = std::collections::HashSet::new();
    for (index, line) in lines.enumerate() {
        let refuse = |fault| NotUnderstood { line: index + 1, fault };
        let update = update(line).map_err(refuse)?;
        if updates.first().is_some_and(|first| first.local.as_str().len() != update.local.as_str().len()) {
            return Err(refuse(LineFault::Length));
        }
        if !named.insert(update.remote_ref.clone()) {
            return Err(refuse(LineFault::Twice));
        }
        updates.push(update);
    }
    Ok(updates)
}

fn update(line: &[u8]) -> Result<RefUpdate, LineFault> {
    let mut fields = line.rsplitn(4, |byte| *byte == b' ');
    let (Some(remote), Some(remote_ref), Some(local), Some(local_ref)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(LineFault::Fields);
    };
    let local = object(local)?;
    let remote = object(remote)?;
    if local.as_str().len() != remote.as_str().len() {
        return Err(LineFault::Length);
    }
    if !is_full_ref(remote_ref) {
        return Err(LineFault::RemoteRef);
    }
    if local_ref.is_empty() || local_ref.contains(&0) {
        return Err(LineFault::Fields);
    }
    if (local_ref == b"(delete)") != local.is_zero() {
        return Err(LineFault::Deletion);
    }
    if !braces_close(local_ref) {
        return Err(LineFault::LineBreak);
    }
    Ok(RefUpdate {
        local_ref: RepoPath::new(local_ref),
        local,
        remote_ref: RepoPath::new(remote_ref),
        remote,
    })
}

fn object(text: &[u8]) -> Result<ObjectId, LineFault> {
    std::str::from_utf8(text).ok().and_then(ObjectId::parse).ok_or(LineFault::Object)
}

/// The rules of `git check-ref-format` that concern single bytes: enough to tell a ref from a piece of something else.
pub(super) fn is_full_ref(name: &[u8]) -> bool {
    let forbidden = |byte: &u8| *byte <= b' ' || *byte == 0x7f || b"~^:?*[\\".contains(byte);
    name.strip_prefix(b"refs/").is_some_and(|rest| !rest.is_empty() && !rest.ends_with(b"/"))
        && !name.iter().any(forbidden)
        && !name.windows(2).any(|pair| matches!(pair, b".." | b"//" | b"@{"))
}

/// Line breaks can stand in `HEAD^{/two<LF>lines}`; the pieces then open or close a brace too many.
fn braces_close(expression: &[u8]) -> bool {
    let mut open = 0_usize;
    for byte in expression {
        match byte {
            b'{' => open += 1,
            b'}' if open == 0 => return false,
            b'}' => open -= 1,
            _ => {}
        }
    }
    open == 0
}

/// Where a push goes: pre-push's two arguments.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PushDestination {
    /// The remote's name, or the URL once more where the user pushed to a URL.
    pub name: String,
    /// The URL, after rewriting, with whatever user and password it was configured with. Never print it.
    pub url: String,
}

impl PushDestination {
    /// Says the destination in one line, safe to print: no user, no password, no query.
    pub fn display(&self) -> String {
        escape_line(&without_credentials(if self.name.is_empty() { &self.url } else { &self.name }))
            .into_owned()
    }
}

/// By hand, so that no `{:?}` of whatever holds a destination prints a password.
impl std::fmt::Debug for PushDestination {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PushDestination")
            .field("name", &without_credentials(&self.name))
            .field("url", &without_credentials(&self.url))
            .finish()
    }
}

/// The URL without the places that hold credentials. `git@host:path` has none: its form has no password.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority = rest.split_once(['/', '?', '#']).map_or(rest, |(authority, _)| authority);
    // A password may hold any of these characters unescaped; then what looks like the host is a piece of it, and the
    // last `@` is the one that ends it. A path's `@` is lost with it only where there are credentials.
    let credentials = authority.contains('@') || !has_plain_port(authority);
    let place = rest.rsplit_once('@').filter(|_| credentials).map_or(rest, |(_, place)| place);
    let place = place.split_once(['?', '#']).map_or(place, |(before, _)| before);
    format!("{scheme}://{place}")
}

/// Whether what follows the host is a port or nothing.
fn has_plain_port(authority: &str) -> bool {
    let port = authority.rsplit_once(']').map_or(authority, |(_, port)| port);
    port.rsplit_once(':')
        .is_none_or(|(_, port)| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZERO: &str = "0000000000000000000000000000000000000000";
    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    fn one(line: &str) -> RefUpdate {
        let mut updates = parse(format!("{line}\n").as_bytes()).unwrap();
        assert_eq!(updates.len(), 1);
        updates.remove(0)
    }

    fn fault(stdin: &[u8]) -> (usize, LineFault) {
        let refused = parse(stdin).unwrap_err();
        (refused.line, refused.fault)
    }

    #[test]
    fn h1_a_new_branch() {
        let update = one(&format!("refs/heads/main {ONE} refs/heads/main {ZERO}"));
        assert_eq!(update.local_ref, "refs/heads/main".into());
        assert_eq!(update.local.as_str(), ONE);
        assert_eq!(update.remote_ref, "refs/heads/main".into());
        assert!(update.remote.is_zero() && update.is_new() && !update.is_delete());
    }

    #[test]
    fn h1_an_update_is_neither_new_nor_a_deletion() {
        let update = one(&format!("refs/heads/main {ONE} refs/heads/main {TWO}"));
        assert!(!update.is_new() && !update.is_delete());
        assert_eq!(update.remote.as_str(), TWO);
    }

    #[test]
    fn h1_a_deletion() {
        let update = one(&format!("(delete) {ZERO} refs/heads/old {TWO}"));
        assert!(update.is_delete() && !update.is_new());
        assert!(!one(&format!("(delete) {ZERO} refs/heads/old {ZERO}")).is_new());
    }

    #[test]
    fn h1_zero_is_recognised_at_both_lengths() {
        let (zero, one_long) = ("0".repeat(64), "1".repeat(64));
        assert!(one(&format!("refs/heads/a {one_long} refs/heads/a {zero}")).is_new());
        assert!(one(&format!("(delete) {zero} refs/heads/a {one_long}")).is_delete());
    }

    #[test]
    fn h1_whatever_the_user_typed_as_source_is_kept() {
        for source in [
            "HEAD~1",
            "HEAD",
            ONE,
            "main@{1 second ago}",
            "HEAD^{/two words}",
            ":/a b  c",
            "refs/tags/v1",
            "HEAD:my file",
            " ",
            "refs/heads/$(id)",
            "refs/heads/`id`",
            "refs/heads/%0A",
            "refs/heads/\u{202e}",
        ] {
            let update = one(&format!("{source} {ONE} refs/heads/x {TWO}"));
            assert_eq!(update.local_ref, source.into());
            assert_eq!(update.remote_ref, "refs/heads/x".into());
        }
    }

    #[test]
    fn h1_names_that_are_no_utf_8_are_kept_byte_for_byte() {
        let line = [
            b"refs/heads/\xff\xfe ".as_slice(),
            ONE.as_bytes(),
            b" refs/heads/\xff ",
            ZERO.as_bytes(),
            b"\n",
        ];
        let updates = parse(&line.concat()).unwrap();
        assert_eq!(updates[0].local_ref.bytes(), b"refs/heads/\xff\xfe");
        assert_eq!(updates[0].remote_ref.bytes(), b"refs/heads/\xff");
    }

    #[test]
    fn h1_every_line_of_many_is_read_and_in_order() {
        use std::fmt::Write as _;
        let mut stdin = String::new();
        for number in 0..5000 {
            writeln!(stdin, "refs/heads/b{number} {ONE} refs/heads/b{number} {ZERO}").unwrap();
        }
        let updates = parse(stdin.as_bytes()).unwrap();
        assert_eq!(updates.len(), 5000);
        assert_eq!(updates[4999].remote_ref, "refs/heads/b4999".into());
    }

    #[test]
    fn h1_the_last_line_feed_may_be_missing_and_nothing_is_no_update() {
        assert_eq!(parse(format!("a {ONE} refs/heads/a {TWO}").as_bytes()).unwrap().len(), 1);
        assert_eq!(parse(b"").unwrap(), []);
    }

    #[test]
    fn h1_what_does_not_fit_is_refused_with_its_line() {
        let good = format!("refs/heads/good {ONE} refs/heads/good {TWO}\n");
        for (bad, expected) in [
            (String::new(), LineFault::Fields),
            (format!("{ONE} refs/heads/x {TWO}"), LineFault::Fields),
            (format!(" {ONE} refs/heads/x {TWO}"), LineFault::Fields),
            (format!("a\0b {ONE} refs/heads/x {TWO}"), LineFault::Fields),
            ("a b refs/heads/x c".to_owned(), LineFault::Object),
            (format!("a {} refs/heads/x {TWO}", &ONE[1..]), LineFault::Object),
            (format!("a {ONE} refs/heads/x {TWO}\r"), LineFault::Object),
            (format!("a {ONE} refs/heads/x {TWO} "), LineFault::Object),
            (format!("a {ONE}  {TWO}"), LineFault::RemoteRef),
            (format!("a {ONE} heads/x {TWO}"), LineFault::RemoteRef),
            (format!("a {ONE} refs/ {TWO}"), LineFault::RemoteRef),
            (format!("a {ONE} refs/heads/a..b {TWO}"), LineFault::RemoteRef),
            (format!("a {ONE} refs/heads/\u{1b}[2J {TWO}"), LineFault::RemoteRef),
            (format!("a {ONE} refs/heads/x {}", "2".repeat(64)), LineFault::Length),
            (format!("a {} refs/heads/x {}", "1".repeat(64), "2".repeat(64)), LineFault::Length),
            (format!("b {ONE} refs/heads/good {TWO}"), LineFault::Twice),
            (format!("refs/heads/a {ZERO} refs/heads/x {TWO}"), LineFault::Deletion),
            (format!("(delete) {ONE} refs/heads/x {TWO}"), LineFault::Deletion),
        ] {
            assert_eq!(fault(format!("{good}{bad}\n").as_bytes()), (2, expected), "{bad:?}");
        }
    }

    #[test]
    fn h1_a_source_with_a_line_break_is_refused_even_where_its_pieces_are_whole_lines() {
        let plain = format!("HEAD^{{/two\nlines}} {ONE} refs/heads/x {ZERO}\n");
        assert_eq!(fault(plain.as_bytes()), (1, LineFault::Fields));
        let forged = format!("HEAD^{{/a {TWO} refs/heads/q {TWO}\nb}} {ONE} refs/heads/x {ZERO}\n");
        assert_eq!(fault(forged.as_bytes()), (1, LineFault::LineBreak));
        let tail = format!("refs/heads/a {TWO} refs/heads/q {TWO}\nb}} {ONE} refs/heads/x {ZERO}\n");
        assert_eq!(fault(tail.as_bytes()), (2, LineFault::LineBreak));
    }

    #[test]
    fn the_message_says_the_line_and_the_fault_and_repeats_nothing() {
        let refused = parse(b"\x1b[2J\n").unwrap_err().to_string();
        assert_eq!(
            refused,
            "pre-push input not understood, refusing: line 1 does not have the four fields of a ref update"
        );
    }

    #[test]
    fn h12_credentials_are_stripped_from_every_form_of_url() {
        for (url, shown) in [
            ("https://me:s3cret@host/x.git", "https://host/x.git"),
            ("https://s3cret@host:8443/x.git", "https://host:8443/x.git"),
            ("https://me:s3c/ret@host/x.git", "https://host/x.git"),
            ("https://me:s3c@ret@host/x.git", "https://host/x.git"),
            ("http://me:s3cret@[::1]:80/x.git", "http://[::1]:80/x.git"),
            ("https://host/x.git?private_token=s3cret", "https://host/x.git"),
            ("https://me:s3?r/e#t@host/x.git", "https://host/x.git"),
            ("https://me:s3c@r/et@host/x.git", "https://host/x.git"),
            ("ext::https://me:s3cret@host/x", "ext::https://host/x"),
            ("https://host/@scope/x.git", "https://host/@scope/x.git"),
            ("https://host:8443/@scope/x.git", "https://host:8443/@scope/x.git"),
            ("git@host:group/x.git", "git@host:group/x.git"),
            ("../remote.git", "../remote.git"),
            ("https://", "https://"),
        ] {
            assert_eq!(without_credentials(url), shown);
            let destination = PushDestination { name: url.to_owned(), url: url.to_owned() };
            assert!(!format!("{destination:?}{}", destination.display()).contains("s3cret"), "{url}");
        }
    }

    fn plausible_line() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(ONE.as_bytes().to_vec()),
            Just(ZERO.as_bytes().to_vec()),
            Just(b"refs/heads/x".to_vec()),
            Just(b"(delete)".to_vec()),
            Just(b" ".to_vec()),
            Just(b"\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..6),
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn h1_any_bytes_are_read_or_refused_and_never_dropped(
            stdin in prop_oneof![plausible_line(), proptest::collection::vec(any::<u8>(), 0..300)]
        ) {
            if let Ok(updates) = parse(&stdin) {
                let mut again = Vec::new();
                for update in &updates {
                    for field in [update.local_ref.bytes(), b" ", update.local.as_str().as_bytes(), b" "] {
                        again.extend_from_slice(field);
                    }
                    for field in [update.remote_ref.bytes(), b" ", update.remote.as_str().as_bytes(), b"\n"] {
                        again.extend_from_slice(field);
                    }
                }
                let mut given = stdin.to_ascii_lowercase();
                if !given.is_empty() && !given.ends_with(b"\n") {
                    given.push(b'\n');
                }
                prop_assert_eq!(again.to_ascii_lowercase(), given);
            }
        }

        #[test]
        fn h1_one_true_line_survives_any_source_without_line_break(source in "[^\\n\\x00{}]{1,40}") {
            let line = format!("{source} {ONE} refs/heads/x {TWO}\n");
            if source == "(delete)" {
                return Ok(());
            }
            let updates = parse(line.as_bytes()).unwrap();
            prop_assert_eq!(updates[0].local_ref.bytes(), source.as_bytes());
        }

        #[test]
        fn h12_no_url_shows_its_password(
            user in "[a-z@]{0,6}", password in "[a-z@/:?#]{0,6}s3cret[a-z@/:?#]{0,6}", rest in "[a-z:/@.]{0,20}"
        ) {
            let shown = without_credentials(&format!("https://{user}:{password}@{rest}"));
            prop_assert!(!shown.contains("s3cret"), "{}", shown);
        }
    }
}
