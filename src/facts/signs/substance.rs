//! Which values of a resource change what it does, and which only how it is filed.
//!
//! In: the values that differ between two versions. Out: whether anybody outside, or a session, can notice. A question
//! that is asked for each new label teaches people to answer without reading.

use crate::facts::delta::KeyChange;

/// Labels and tags, notes of tools, what an encryption notes about itself: nobody calls any of it.
fn is_dressing(path: &str) -> bool {
    const PLACES: [&str; 6] = ["metadata.labels", "tags", "tags_all", "Tags", "sops", "status"];
    const NOTES_OF_TOOLS: [&str; 6] = [
        "argocd.argoproj.io/",
        "kubectl.kubernetes.io/",
        "meta.helm.sh/",
        "helm.sh/",
        "app.kubernetes.io/",
        "app.openshift.io/",
    ];
    let below = |place: &&str| path.strip_prefix(*place).is_some_and(|rest| rest.starts_with(['.', '[']));
    PLACES.iter().any(|place| path == *place || below(place))
        || path.contains("emplate.metadata.labels")
        || path.starts_with("metadata.annotations") && NOTES_OF_TOOLS.iter().any(|note| path.contains(note))
}

/// How much of a workload runs where and how it is looked after: no session knows the difference.
fn is_upkeep(path: &str) -> bool {
    const PARTS: [&str; 25] = [
        "replicas",
        "resources",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "affinity",
        "tolerations",
        "nodeSelector",
        "topologySpreadConstraints",
        "strategy",
        "updateStrategy",
        "revisionHistoryLimit",
        "priorityClassName",
        "terminationGracePeriodSeconds",
        "imagePullPolicy",
        "securityContext",
        "minReadySeconds",
        "progressDeadlineSeconds",
        "dnsPolicy",
        "healthcheck",
        "mem_limit",
        "cpus",
        "logging",
        "restart",
        "restartPolicy",
    ];
    let mut parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
    parts.any(|part| PARTS.contains(&part))
}

/// Whether more than labels and tags changed.
pub(super) fn is_more_than_dressing(keys: &[KeyChange]) -> bool {
    keys.iter().any(|key| !is_dressing(&key.path))
}

/// Whether a workload does something else than before, and not only more of it.
pub(super) fn does_something_else(keys: &[KeyChange]) -> bool {
    keys.iter().any(|key| !is_dressing(&key.path) && !is_upkeep(&key.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_tags_and_an_encryptions_own_notes_are_dressing() {
        for path in
            ["metadata.labels.team", "metadata.labels[\"helm.sh/chart\"]", "tags.Owner", "tags", "sops.mac"]
        {
            assert!(is_dressing(path), "{path}");
        }
        for path in
            ["metadata.annotations[\"nginx.ingress/rewrite\"]", "spec.rules[0].host", "tagset", "records"]
        {
            assert!(!is_dressing(path), "{path}");
        }
    }

    #[test]
    fn upkeep_is_told_from_what_a_workload_does() {
        for path in ["spec.replicas", "spec.template.spec.containers[web].resources.limits.cpu"] {
            assert!(is_upkeep(path), "{path}");
        }
        for path in [
            "spec.template.spec.containers[web].env[TOKEN].value",
            "spec.template.spec.containers[web].args[0]",
        ] {
            assert!(!is_upkeep(path), "{path}");
        }
    }
}
