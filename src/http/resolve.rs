//! From a name to every address that it leads to, in bounded time.

use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::Duration;

/// What the system's resolver says; a literal address is itself. The resolver has no bound of its own that could be
/// set, so that it is left behind where it hangs.
pub(super) fn resolve(host: &str, bound: Duration) -> Result<Vec<IpAddr>, String> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    let (tell, told) = mpsc::sync_channel(1);
    let name = host.to_owned();
    std::thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(move || {
            let found = (name.as_str(), 0).to_socket_addrs().map(Vec::from_iter);
            // Nobody listens any more where it took too long.
            let _ = tell.send(found);
        })
        .map_err(|error| format!("its name can't be looked up: {error}"))?;
    let found = told
        .recv_timeout(bound)
        .map_err(|_| format!("its name was not resolved within {} s", bound.as_secs_f32()))?
        .map_err(|error| format!("its name is not resolved: {error}"))?;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address.ip()) {
            addresses.push(address.ip());
        }
    }
    if addresses.is_empty() { Err("its name leads to no address".to_owned()) } else { Ok(addresses) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_addresses_and_an_address_to_itself() {
        let bound = Duration::from_secs(5);
        assert!(resolve("localhost", bound).unwrap().iter().all(IpAddr::is_loopback));
        assert_eq!(resolve("[::1]", bound).unwrap(), ["::1".parse::<IpAddr>().unwrap()]);
        assert_eq!(resolve("192.0.2.7", bound).unwrap(), ["192.0.2.7".parse::<IpAddr>().unwrap()]);
        assert!(resolve("nobody.invalid", bound).is_err());
    }
}
