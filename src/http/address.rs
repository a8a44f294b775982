//! Addresses: who may be asked, and how an address is shown.

use super::client::Url;
use super::{HttpError, HttpErrorKind};

/// An address that may be asked: https, or http on this very machine, without a name and password in it.
pub(super) fn parse(text: &str) -> Result<Url, HttpError> {
    let url = parse_either(text)?;
    match (url.scheme(), url.host_str()) {
        ("http", Some(host)) if !is_loopback(host) => Err(not_asked(text, "it is not https")),
        _ => Ok(url),
    }
}

/// The same where http will do; its host is written in the one way in which hosts are compared.
pub(super) fn parse_either(text: &str) -> Result<Url, HttpError> {
    let refused = |why: &str| not_asked(text, why);
    let mut url = Url::parse(text).map_err(|_| refused("that is no address"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("an address must not hold a name or password"));
    }
    if !matches!(url.scheme(), "https" | "http") {
        return Err(refused("only https and http are spoken here"));
    }
    if let Some(name) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        url.set_host(Some(&name)).map_err(|_| refused("that is no host"))?;
    }
    Ok(url)
}

/// Whether a probe can ask under such an address, as far as the address itself tells.
pub fn may_be_asked(text: &str) -> Result<(), HttpError> {
    parse_either(text).map(drop)
}

fn not_asked(text: &str, why: &str) -> HttpError {
    HttpError { what: format!("`{}` is not asked: {why}", shown(text)), kind: HttpErrorKind::Address }
}

/// A host as addresses hold it: in lower case and ASCII, without a dot at its end, and an address as its numbers.
pub(super) fn host(text: &str) -> Option<String> {
    let odd =
        |c: char| matches!(c, '/' | '\\' | '?' | '#' | '@' | '*') || c.is_whitespace() || c.is_control();
    let bare = text.strip_prefix('[').map_or(text, |text| text.trim_end_matches(']'));
    if text.is_empty()
        || text.contains(odd)
        || (bare.contains(':') && bare.parse::<std::net::Ipv6Addr>().is_err())
    {
        return None;
    }
    let bracketed = if bare.contains(':') { format!("[{bare}]") } else { bare.to_owned() };
    let url = parse_either(&format!("https://{bracketed}/")).ok()?;
    Some(bare_host(&url).to_owned())
}

/// Takes `host`, `host:port`, `10.2.3.4:443`, `::1` or `[::1]:443` apart.
pub fn host_and_port(text: &str) -> Result<(String, Option<u16>), String> {
    let text = text.trim();
    if text.contains("://") || text.contains(['@', '/']) {
        return Err("is more than a host: write `ingest.example.org` or `ingest.example.org:8443`".to_owned());
    }
    if let Some(host) = host(text) {
        return Ok((host, None));
    }
    let no_host = "is no host: write `ingest.example.org` or `ingest.example.org:8443`";
    let (name, port) = text.rsplit_once(':').ok_or(no_host)?;
    let host = host(name).ok_or(no_host)?;
    Ok((host, Some(self::port(port)?)))
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("has no port from 1 to 65535 after its colon".to_owned()),
        Ok(port) => Ok(port),
    }
}

/// The host without brackets.
pub(super) fn bare_host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An address without what may be secret in it: name, password, query and fragment.
pub fn shown(text: &str) -> String {
    let Some(url) = Url::parse(text).ok().filter(Url::has_host) else {
        // Whatever this is, a password in front of an `@` and a query are cut away by hand.
        let text = text.split(['?', '#']).next().unwrap_or_default();
        let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
        return crate::source::escape_line(text).chars().take(200).collect();
    };
    of(&url)
}

pub(super) fn of(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

/// An address as another one names it.
pub(super) fn joined(base: &str, place: &str) -> Option<String> {
    Some(Url::parse(base).ok()?.join(place).ok()?.into())
}

/// Whether two addresses have scheme, host and port in common: what was meant for one may go to the other.
pub fn same_origin(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.origin() == other.origin(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_asked_and_http_on_this_machine() {
        for asked in
            ["https://api.example.org/v3", "http://127.0.0.1:9/x", "http://[::1]:9/", "http://localhost/"]
        {
            assert!(parse(asked).is_ok(), "{asked}");
        }
        for refused in [
            "http://api.example.org/",
            "http://127.0.0.1.example.org/",
            "http://10.0.0.1/",
            "ftp://api.example.org/",
            "file:///etc/passwd",
            "api.example.org",
            "https://",
        ] {
            assert_eq!(parse(refused).unwrap_err().kind, HttpErrorKind::Address, "{refused}");
        }
    }

    #[test]
    fn credentials_and_queries_are_never_shown() {
        for text in [
            "https://user:s3cret@api.example.org/a?private_token=s3cret#s3cret",
            "http://user:s3cret@/?s3cret",
            "user:s3cret@nowhere?x=s3cret",
        ] {
            assert!(!shown(text).contains("s3cret"), "{}", shown(text));
            assert!(!parse(text).unwrap_err().what.contains("s3cret"));
        }
        assert_eq!(shown("https://api.example.org:8443/a/b?c=d"), "https://api.example.org:8443/a/b");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let base = "https://api.example.org/v3";
        assert!(same_origin(base, "https://api.example.org:443/other?page=2"));
        for other in [
            "http://api.example.org/v3",
            "https://api.example.org:444/v3",
            "https://evil.example.org/v3",
            "/v3",
        ] {
            assert!(!same_origin(base, other), "{other}");
        }
    }
}
