//! Who else wrote a commit, as its message says. Anybody can write it, so it only ever takes a right away.

/// The addresses in a message's `Co-authored-by` lines, wherever they stand.
pub(crate) fn addresses(message: &str) -> Vec<String> {
    const KEY: &str = "co-authored-by:";
    let value = |line: &str| {
        let line = line.trim();
        let key = line.get(..KEY.len())?;
        let rest = line.get(KEY.len()..)?;
        key.eq_ignore_ascii_case(KEY).then(|| rest.to_owned())
    };
    let address = |value: String| {
        let (_, rest) = value.rsplit_once('<')?;
        let (address, _) = rest.split_once('>')?;
        Some(address.trim().to_ascii_lowercase())
    };
    message.lines().filter_map(value).filter_map(address).collect()
}

/// The login in an address that a platform hands out so that people need not show theirs:
/// `12345+login@users.noreply.example.org`, `login@users.noreply.…`, and GitLab's `12345-login@users.noreply.…`.
pub(crate) fn login_of(address: &str) -> Option<&str> {
    let (local, host) = address.split_once('@')?;
    if !host.to_ascii_lowercase().starts_with("users.noreply.") {
        return None;
    }
    let digits = local.bytes().take_while(u8::is_ascii_digit).count();
    match local.get(digits..)?.strip_prefix(['+', '-']) {
        Some(login) if digits > 0 && !login.is_empty() => Some(login),
        _ => Some(local),
    }
}

/// Each login once; case is no difference.
pub(super) fn unique(logins: Vec<String>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::new();
    for login in logins {
        if !unique.iter().any(|known| known.eq_ignore_ascii_case(&login)) {
            unique.push(login);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn co_authors_are_read_wherever_they_stand() {
        let message = "Subject\n\nCO-AUTHORED-BY: One <One@example.org>\ntext\n\nCo-authored-by: Two <7+two@users.noreply.github.com>\n\
                       Co-authored-by: nobody\nCo-authored-by:\nö";
        assert_eq!(addresses(message), ["one@example.org", "7+two@users.noreply.github.com"]);
    }

    #[test]
    fn a_login_stands_in_a_platforms_own_address() {
        for (address, login) in [
            ("7+two@users.noreply.github.com", Some("two")),
            ("two@users.noreply.github.com", Some("two")),
            ("7-two-b@users.noreply.gitlab.example.org", Some("two-b")),
            ("two@example.org", None),
            ("two@evil.example.org", None),
            ("two", None),
        ] {
            assert_eq!(login_of(address), login, "{address}");
        }
    }
}
