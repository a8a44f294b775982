//! Where probes may go: every address that a name leads to is judged here, before anything is sent to it.
//!
//! The public network is open. Everything else is closed until it is listed: what answers there trusts whoever is near
//! enough to ask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address;

/// Where probes may go beside the public network.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    pub private: Vec<Permitted>,
}

/// One listed place, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permitted {
    place: Place,
    /// `None`: any.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// Opens private addresses behind it, and nothing nearer: who answers for a name is up to others.
    Name(String),
    Address(IpAddr),
    Network(IpAddr, u8),
}

/// What has to be listed for an address, from the least to the most exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Its name, its network or itself.
    Name,
    /// Its network or itself.
    Network,
    /// Itself.
    Itself,
}

const PRIVATE: &str = "a private address";
const LOOPBACK: &str = "an address of this very machine";
const LINK_LOCAL: &str = "a link-local address";
const METADATA: &str = "where a cloud hands out its credentials";
const SHARED: &str = "an address shared by a provider's customers";
const RESERVED: &str = "a reserved address";
const DOCUMENTATION: &str = "an address for documents";
const MULTICAST: &str = "a multicast address";

/// Metadata services of the clouds; some stand among addresses that are public by their number.
const CREDENTIALS: [IpAddr; 7] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// The special-purpose networks of IPv4.
const V4: [([u8; 4], u8, Needs, &str); 16] = [
    ([0, 0, 0, 0], 8, Needs::Network, LOOPBACK),
    ([127, 0, 0, 0], 8, Needs::Network, LOOPBACK),
    ([169, 254, 0, 0], 16, Needs::Itself, LINK_LOCAL),
    ([10, 0, 0, 0], 8, Needs::Name, PRIVATE),
    ([172, 16, 0, 0], 12, Needs::Name, PRIVATE),
    ([192, 168, 0, 0], 16, Needs::Name, PRIVATE),
    ([100, 64, 0, 0], 10, Needs::Name, SHARED),
    ([192, 0, 0, 0], 24, Needs::Network, RESERVED),
    ([192, 0, 2, 0], 24, Needs::Network, DOCUMENTATION),
    ([198, 51, 100, 0], 24, Needs::Network, DOCUMENTATION),
    ([203, 0, 113, 0], 24, Needs::Network, DOCUMENTATION),
    ([192, 88, 99, 0], 24, Needs::Network, RESERVED),
    ([198, 18, 0, 0], 15, Needs::Network, "an address for measurements"),
    ([224, 0, 0, 0], 4, Needs::Network, MULTICAST),
    ([255, 255, 255, 255], 32, Needs::Network, "the broadcast address"),
    ([240, 0, 0, 0], 4, Needs::Network, RESERVED),
];

/// Those of IPv6; what is not among `2000::/3` is reserved anyway.
const V6: [([u16; 3], u8, Needs, &str); 9] = [
    ([0xfe80, 0, 0], 10, Needs::Itself, LINK_LOCAL),
    ([0xfec0, 0, 0], 10, Needs::Network, PRIVATE),
    ([0xfc00, 0, 0], 7, Needs::Name, PRIVATE),
    ([0xff00, 0, 0], 8, Needs::Network, MULTICAST),
    ([0x2001, 0xdb8, 0], 32, Needs::Network, DOCUMENTATION),
    ([0x3fff, 0, 0], 20, Needs::Network, DOCUMENTATION),
    ([0x2001, 0x2, 0], 48, Needs::Network, "an address for measurements"),
    ([0x2001, 0x10, 0], 28, Needs::Network, RESERVED),
    ([0x2001, 0x20, 0], 28, Needs::Network, RESERVED),
];

impl Targets {
    /// Reads one line of a list: `10.2.3.4`, `[::1]:9090`, `10.20.0.0/16`, `prometheus.internal:9090`.
    pub fn parse(entry: &str) -> Result<Permitted, String> {
        let entry = entry.trim();
        if entry.contains('/') && !entry.contains("://") {
            return Permitted::network(entry);
        }
        let (name, port) = address::host_and_port(entry)?;
        if let Ok(address) = name.parse::<IpAddr>() {
            // `2130706433` is an address too, and nobody who reads the list would know which.
            if !entry.trim_start_matches('[').starts_with(&name) && address.is_ipv4() {
                return Err(format!("is another way to write {address}: list it as that"));
            }
            return Ok(Permitted { place: Place::Address(address.to_canonical()), port });
        }
        if name == "localhost" || name.ends_with(".localhost") {
            return Err("is this very machine: list 127.0.0.1 or ::1, with the port".to_owned());
        }
        Ok(Permitted { place: Place::Name(name), port })
    }

    /// All addresses behind a name, or none of them: whoever answers for the name chooses which of them is asked.
    pub(super) fn judge(&self, name: &str, addresses: Vec<IpAddr>, port: u16) -> Result<Vec<IpAddr>, String> {
        let refused: Vec<String> =
            addresses.iter().filter_map(|ip| self.refusal(name, *ip, port)).take(4).collect();
        if refused.is_empty() {
            return Ok(addresses);
        }
        let mixed = addresses.iter().any(|ip| self.refusal(name, *ip, port).is_none());
        let others = if mixed { "; its other addresses are not asked either" } else { "" };
        Err(format!("not asked: {}{others}", refused.join("; ")))
    }

    /// Why an address must not be asked: what it is. `name` is what led to it, as [`address::host`] writes it.
    fn refusal(&self, name: &str, ip: IpAddr, port: u16) -> Option<String> {
        let ip = ip.to_canonical();
        let (needs, what) = closed(ip)?;
        let opens = |permitted: &Permitted| match &permitted.place {
            Place::Address(_) => permitted.holds(ip, port),
            Place::Network(..) => needs != Needs::Itself && permitted.holds(ip, port),
            Place::Name(known) => {
                needs == Needs::Name && known == name && permitted.port.is_none_or(|known| known == port)
            }
        };
        if self.private.iter().any(opens) {
            return None;
        }
        let named = self.private.iter().any(|permitted| permitted.place == Place::Name(name.to_owned()));
        let mend = match needs {
            Needs::Name if named => "listed with another port",
            Needs::Name => "not listed",
            Needs::Network if named => "open only where the address itself is listed, not its name",
            Needs::Network => "not listed",
            Needs::Itself => "open only where this one address is listed",
        };
        Some(format!("{ip} is {what}, {mend}"))
    }

    /// Whether somebody wrote down that this place may be asked at this port.
    pub(super) fn lists(&self, ip: IpAddr, port: u16) -> bool {
        closed(ip.to_canonical()).is_some() && self.refusal("", ip, port).is_none()
    }
}

impl Permitted {
    /// `10.20.0.0/16`, `10.20.0.0/16:8080`
    pub(super) fn network(entry: &str) -> Result<Self, String> {
        let no_network = || "is no network: one is written as `10.20.0.0/16`".to_owned();
        let (base, rest) = entry.split_once('/').ok_or_else(no_network)?;
        let (length, port) = match rest.split_once(':') {
            Some((length, port)) => (length, Some(address::port(port)?)),
            None => (rest, None),
        };
        let base: IpAddr = base.parse().map_err(|_| no_network())?;
        let length: u8 = length.parse().map_err(|_| no_network())?;
        let (width, widest) = if base.is_ipv4() { (32, 8) } else { (128, 7) };
        if length > width {
            return Err(no_network());
        }
        if length < widest {
            return Err("is too wide to mean anything: list the networks that are really asked".to_owned());
        }
        if length == width {
            return Ok(Self { place: Place::Address(base.to_canonical()), port });
        }
        let first = masked(base, length);
        if first != base {
            return Err(format!("begins in the middle of a network: {first}/{length} is the whole one"));
        }
        if closed(base).is_some_and(|(needs, _)| needs == Needs::Itself) {
            return Err("is link-local: such addresses are listed one by one".to_owned());
        }
        Ok(Self { place: Place::Network(base, length), port })
    }

    /// Whether an address is this one or in this network.
    pub(super) fn holds(&self, ip: IpAddr, port: u16) -> bool {
        let there = match self.place {
            Place::Address(known) => known == ip.to_canonical(),
            Place::Network(base, length) => within(ip.to_canonical(), base, length),
            Place::Name(_) => false,
        };
        there && self.port.is_none_or(|known| known == port)
    }
}

/// What an address needs to be asked; `None` for the public network.
fn closed(ip: IpAddr) -> Option<(Needs, &'static str)> {
    let ip = ip.to_canonical();
    if CREDENTIALS.contains(&ip) {
        return Some((Needs::Itself, METADATA));
    }
    match ip {
        IpAddr::V4(ip) => V4
            .iter()
            .find(|(base, length, ..)| within(ip.into(), Ipv4Addr::from(*base).into(), *length))
            .map(|(_, _, needs, what)| (*needs, *what)),
        IpAddr::V6(ip) => closed_v6(ip),
    }
}

fn closed_v6(ip: Ipv6Addr) -> Option<(Needs, &'static str)> {
    if ip.is_loopback() || ip.is_unspecified() {
        return Some((Needs::Network, LOOPBACK));
    }
    for ([first, second, third], length, needs, what) in V6 {
        if within(ip.into(), Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0).into(), length) {
            return Some((needs, what));
        }
    }
    if let Some(inner) = inside(ip) {
        let (needs, _) = closed(inner.into())?;
        let needs = if needs == Needs::Itself { needs } else { Needs::Network };
        return Some((needs, "another form of an address that is not public"));
    }
    (ip.segments().first().is_none_or(|first| first & 0xe000 != 0x2000)).then_some((Needs::Network, RESERVED))
}

/// The IPv4 address that a translator or tunnel would take out of an IPv6 one: NAT64, 6to4, Teredo.
fn inside(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let joined = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(joined(high, low)),
        [0x2002, high, low, ..] => Some(joined(high, low)),
        [0x2001, 0, .., high, low] => Some(joined(!high, !low)),
        _ => None,
    }
}

fn within(ip: IpAddr, base: IpAddr, length: u8) -> bool {
    let (ip, base, width) = match (ip, base) {
        (IpAddr::V4(ip), IpAddr::V4(base)) => (u128::from(ip.to_bits()), u128::from(base.to_bits()), 32),
        (IpAddr::V6(ip), IpAddr::V6(base)) => (ip.to_bits(), base.to_bits(), 128),
        _ => return false,
    };
    let rest = 128_u32.min(width).saturating_sub(u32::from(length));
    ip.checked_shr(rest).unwrap_or(0) == base.checked_shr(rest).unwrap_or(0)
}

fn masked(ip: IpAddr, length: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let rest = 32_u32.saturating_sub(length.into());
            let bits = ip.to_bits().checked_shr(rest).unwrap_or(0).checked_shl(rest).unwrap_or(0);
            Ipv4Addr::from_bits(bits).into()
        }
        IpAddr::V6(ip) => {
            let rest = 128_u32.saturating_sub(length.into());
            let bits = ip.to_bits().checked_shr(rest).unwrap_or(0).checked_shl(rest).unwrap_or(0);
            Ipv6Addr::from_bits(bits).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(entries: &[&str]) -> Targets {
        Targets { private: entries.iter().map(|entry| Targets::parse(entry).expect(entry)).collect() }
    }

    fn open(targets: &Targets, name: &str, ip: &str, port: u16) -> bool {
        targets.refusal(name, ip.parse().expect(ip), port).is_none()
    }

    /// P1. One of each network, its first and its last address.
    const CLOSED: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.1",
        "169.254.169.254",
        "10.0.0.0",
        "10.255.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.168.0.0",
        "192.168.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.0",
        "198.19.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "fc00::1",
        "fdff::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "3fff::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:a00:1::1",
        "2001:0:1:2:3:4:f5ff:fffe",
        "100::1",
        "5f00::1",
    ];

    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "223.255.255.255",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2002:101:101::1",
        "2606:4700::1111",
    ];

    #[test]
    fn p1_what_is_not_public_is_closed_until_it_is_listed() {
        let nothing = Targets::default();
        for ip in CLOSED {
            assert!(!open(&nothing, "probe.example.org", ip, 443), "{ip} is open");
            let itself = targets(&[ip]);
            assert!(open(&itself, "probe.example.org", ip, 443), "{ip} is closed although it is listed");
        }
        for ip in PUBLIC {
            assert!(open(&nothing, "probe.example.org", ip, 443), "{ip} is closed");
        }
    }

    #[test]
    fn p1_a_listed_name_opens_private_addresses_and_nothing_nearer() {
        let targets = targets(&["Grafana.Internal.:3000", "kept.internal"]);
        assert!(open(&targets, "grafana.internal", "10.1.2.3", 3000));
        assert!(open(&targets, "grafana.internal", "fd12::1", 3000));
        assert!(open(&targets, "kept.internal", "100.64.0.9", 1));
        assert!(!open(&targets, "grafana.internal", "10.1.2.3", 22));
        assert!(!open(&targets, "other.internal", "10.1.2.3", 3000));
        for nearer in ["127.0.0.1", "::1", "169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.2.1"]
        {
            assert!(!open(&targets, "kept.internal", nearer, 1), "{nearer}");
        }
    }

    #[test]
    fn p1_a_listed_network_opens_itself_and_no_metadata_in_it() {
        let targets = targets(&["10.20.0.0/16", "100.64.0.0/10", "fd00::/8", "127.0.0.0/8:8080"]);
        assert!(open(&targets, "x", "10.20.255.1", 443) && open(&targets, "x", "::ffff:10.20.0.1", 443));
        assert!(!open(&targets, "x", "10.21.0.1", 443));
        assert!(open(&targets, "x", "fd12::1", 443) && open(&targets, "x", "127.9.9.9", 8080));
        assert!(!open(&targets, "x", "127.9.9.9", 8081));
        assert!(!open(&targets, "x", "100.100.100.200", 80) && !open(&targets, "x", "fd00:ec2::254", 80));
        assert!(!open(&targets, "x", "64:ff9b::a14:1", 443), "a translated form is another address");
    }

    #[test]
    fn p1_a_name_with_one_address_too_many_is_not_asked_at_all() {
        let ips = |texts: &[&str]| texts.iter().map(|ip| ip.parse().unwrap()).collect::<Vec<IpAddr>>();
        let nothing = Targets::default();
        assert!(nothing.judge("probe.example.org", ips(&["1.1.1.1", "2606:4700::1111"]), 443).is_ok());
        let why = nothing.judge("probe.example.org", ips(&["1.1.1.1", "127.0.0.1"]), 443).unwrap_err();
        assert_eq!(
            why,
            "not asked: 127.0.0.1 is an address of this very machine, not listed; its other addresses are not asked either"
        );
        let alone = nothing.judge("probe.example.org", ips(&["10.0.0.1"]), 443).unwrap_err();
        assert_eq!(alone, "not asked: 10.0.0.1 is a private address, not listed");
    }

    #[test]
    fn a_line_that_makes_no_sense_says_why() {
        for (entry, why) in [
            ("", "no host"),
            ("http://10.0.0.1/", "more than a host"),
            ("ok@10.0.0.1", "more than a host"),
            ("10.20.0.1/16", "10.20.0.0/16 is the whole one"),
            ("10.0.0.0/33", "no network"),
            ("0.0.0.0/0", "too wide"),
            ("::/0", "too wide"),
            ("169.254.0.0/16", "one by one"),
            ("169.254.169.0/24", "one by one"),
            ("fe80::/64", "one by one"),
            ("localhost:9090", "list 127.0.0.1 or ::1"),
            ("2130706433", "another way to write 127.0.0.1"),
            ("0x7f.1:80", "another way to write 127.0.0.1"),
            ("host:0", "no port"),
            ("host:99999", "no port"),
            ("*.internal", "no host"),
            ("a b", "no host"),
        ] {
            let error = Targets::parse(entry).expect_err(entry);
            assert!(error.contains(why), "{entry}: {error}");
        }
    }
}
