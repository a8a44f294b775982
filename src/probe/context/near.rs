//! Clusters that tools set up on a machine of one's own, and short words that may mean that something is not production.
//!
//! In: names. Out: whether a cluster is one's own for sure, or may be. Production is never there.

use super::seen::{Fact, Subject};

/// How sure it is that a cluster runs on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Near {
    Surely,
    Maybe,
}

/// Names that a tool gives and nobody else chooses.
const WHOLE: [&str; 9] = [
    "minikube",
    "docker-desktop",
    "docker-for-desktop",
    "rancher-desktop",
    "podman-desktop",
    "orbstack",
    "colima",
    "crc-admin",
    "crc-developer",
];

/// What `kind` and its like put before a name that somebody chose.
const STARTS: [&str; 4] = ["kind-", "k3d-", "colima-", "vcluster-docker_"];

/// A context of a tool's naming; where only its beginning is the tool's, the server has to be on this machine as well.
pub(super) fn own_cluster(context: &Fact, facts: &[Fact]) -> Option<Near> {
    if context.subject != Subject::KubeContext {
        return None;
    }
    let name = context.value.as_str();
    if WHOLE.contains(&name) || name.contains("/api-crc-testing:") {
        return Some(Near::Surely);
    }
    if !STARTS.iter().any(|start| name.starts_with(start)) {
        return None;
    }
    let server = facts.iter().find(|fact| fact.subject == Subject::KubeServer && fact.by == context.by);
    let here = server.is_some_and(|server| is_here(&server.value));
    Some(if here { Near::Surely } else { Near::Maybe })
}

fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".docker.internal")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

/// `np` behind another word, as in `shop-np`: not production, in the names of some clouds' projects.
pub(super) fn may_be_nonprod(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.split(|letter: char| !letter.is_alphanumeric()).skip(1).any(|word| word == "np")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_this_machine_is_known_however_it_is_written() {
        for host in ["127.0.0.1", "localhost", "0.0.0.0", "::1", "[::1]", "kubernetes.docker.internal"] {
            assert!(is_here(host), "{host}");
        }
        for host in ["10.0.0.1", "api.example.org", "localhost.example.org"] {
            assert!(!is_here(host), "{host}");
        }
    }

    #[test]
    fn np_counts_behind_another_word_only() {
        assert!(may_be_nonprod("gke_shop-np_europe-west1_main") && may_be_nonprod("aks-np-001"));
        assert!(!may_be_nonprod("np-archive") && !may_be_nonprod("snp-data") && !may_be_nonprod("shop-npm"));
    }
}
