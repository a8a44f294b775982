//! Which hosts are asked directly although there is a proxy: lists as `NO_PROXY` holds them.
//!
//! Nobody ever wrote down what such a list means. Here it means what most programs agree on: names with all names below
//! them, addresses, networks, each with an optional port, and `*` for everything.

use std::net::IpAddr;

use super::address;
use super::targets::Permitted;

/// `host` as [`address::host`] writes it.
pub(super) fn passes_by(list: &str, host: &str, port: u16) -> bool {
    let ip: Option<IpAddr> = host.parse().ok();
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if entry.contains('/') {
            return ip
                .is_some_and(|ip| Permitted::network(entry).is_ok_and(|network| network.holds(ip, port)));
        }
        let entry = entry.trim_start_matches("*.").trim_start_matches('.');
        let Ok((listed, only)) = address::host_and_port(entry) else { return false };
        let below = || ip.is_none() && host.strip_suffix(&listed).is_some_and(|rest| rest.ends_with('.'));
        only.is_none_or(|only| only == port) && (host == listed || below())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p3_a_list_names_hosts_what_is_below_them_addresses_and_networks() {
        let list = "localhost, .internal,example.org:8443 10.0.0.0/8,[::1],192.0.2.7";
        for (host, port) in [
            ("localhost", 80),
            ("internal", 80),
            ("a.b.internal", 80),
            ("example.org", 8443),
            ("api.example.org", 8443),
            ("10.1.2.3", 80),
            ("::1", 80),
            ("192.0.2.7", 80),
        ] {
            assert!(passes_by(list, host, port), "{host}:{port}");
        }
        for (host, port) in [
            ("notinternal", 80),
            ("internal.example.net", 80),
            ("example.org", 443),
            ("evil-example.org", 8443),
            ("11.1.2.3", 80),
            ("192.0.2.70", 80),
        ] {
            assert!(!passes_by(list, host, port), "{host}:{port}");
        }
        assert!(passes_by("*", "anything", 1) && !passes_by("", "anything", 1));
        assert!(!passes_by("http://x/, ::::, a b", "x", 80));
    }
}
