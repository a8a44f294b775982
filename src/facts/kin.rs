//! Which files of a repository belong to the same application, by where they lie.
//!
//! In: two paths. Out: whether they are kin. Names such as `credentials` recur in every application of a repository;
//! what another application's folder provides is no evidence about this one.

use super::environment::names_environment;
use super::scope::lists;
use crate::source::RepoPath;

/// Folders that say what their files are, and not whose.
const LAYOUT: &str = "\
    base bases overlay overlays component components env envs environment environments manifest manifests k8s \
    kubernetes kube deploy deploys deployment deployments template templates resource resources secret secrets \
    sealed-secrets sealedsecrets sealed external-secrets externalsecrets configmap configmaps config configs patch \
    patches common shared cluster clusters app apps application applications helm chart charts helm-charts openshift \
    ocp kustomize kustomization infra infrastructure gitops argocd argo-cd flux yaml yamls namespace namespaces \
    generators externalsecret sealedsecret workloads services release releases src";

/// Says whether two files can be about one application: apart from the layout, one's folder holds the other's.
pub(super) fn are_kin(one: &RepoPath, other: &RepoPath) -> bool {
    let (one, other) = (place(one), place(other));
    one.iter().zip(&other).all(|(one, other)| one == other)
}

/// What an application's files are known by: compare it with [`may_hold_kin`].
pub(super) fn home(path: &RepoPath) -> Vec<String> {
    place(path)
}

/// Whether files of the application at `home` can lie in a folder or below it.
pub(super) fn may_hold_kin(folder: &RepoPath, home: &[String]) -> bool {
    let inside = RepoPath::new([folder.bytes(), b"/x"].concat());
    place(&inside).iter().zip(home).all(|(one, other)| one == other)
}

/// Whether a folder's name is more than layout and environment: `apps/web/overlays`, not `clusters/prod`.
pub(super) fn is_of_one_application(folder: &str) -> bool {
    !parts(folder).is_empty()
}

/// The folders of a path without those of the layout and the environments.
fn place(path: &RepoPath) -> Vec<String> {
    parts(&path.folder())
}

fn parts(folder: &str) -> Vec<String> {
    let folder = folder.to_ascii_lowercase();
    let parts = folder.split('/').filter(|part| !part.is_empty());
    parts.filter(|part| !lists(LAYOUT, part) && !names_environment(part)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_known_through_bases_overlays_and_environments() {
        for (one, other) in [
            ("apps/web/base/web.yaml", "apps/web/overlays/prod/secret.yaml"),
            ("prod/web/web.yaml", "base/web/secret.yaml"),
            ("k8s/web.yaml", "k8s/secrets/db.yaml"),
            ("web.yaml", "secrets/db.yaml"),
            ("apps/web/web.yaml", "apps/web/db/secret.yaml"),
            ("clusters/prod-eu-1/web/a.yaml", "clusters/prod-eu-1/web/config/b.yaml"),
        ] {
            assert!(are_kin(&one.into(), &other.into()), "{one} {other}");
        }
    }

    #[test]
    fn another_application_is_none_of_the_family() {
        for (one, other) in [
            ("apps/web/web.yaml", "apps/billing/secret.yaml"),
            ("apps/web/api/web.yaml", "apps/web/db/secret.yaml"),
            ("clusters/east/web/a.yaml", "clusters/oslo/web/b.yaml"),
        ] {
            assert!(!are_kin(&one.into(), &other.into()), "{one} {other}");
        }
    }
}
