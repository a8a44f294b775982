//! References to images as registries and runtimes read them: where an image lies, under which tag and digest.
//!
//! In: a reference as it is written. Out: its parts, `nginx` spelt out as `docker.io/library/nginx`; `None` for what is
//! none, and for one that holds what is put in later.

use crate::facts::image_parts;

/// An image, spelt out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// `docker.io`, `registry.example.org:5000`
    pub(super) host: String,
    /// `library/nginx`
    pub(super) name: String,
    /// `latest` where nothing is stated; none where a digest alone is.
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
}

impl Reference {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let parts = image_parts(text)?;
        let part = |range: &std::ops::Range<usize>| text.get(range.clone()).unwrap_or_default().to_owned();
        let repository = part(&parts.repository);
        let (host, name) = match repository.split_once('/') {
            Some((host, name)) if host.contains(['.', ':']) || host == "localhost" => (host, name.to_owned()),
            _ => ("docker.io", repository.clone()),
        };
        let host = if is_docker_hub(host) { "docker.io".to_owned() } else { host.to_ascii_lowercase() };
        let name = if host == "docker.io" && !name.contains('/') { format!("library/{name}") } else { name };
        let (tag, digest) = (parts.tag.as_ref().map(part), parts.digest.as_ref().map(part));
        // They become parts of an address.
        let well_formed = name.split('/').all(is_component)
            && tag.as_deref().is_none_or(is_tag)
            && digest.as_deref().is_none_or(is_digest);
        let tag = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
        well_formed.then_some(Self { host, name, tag, digest })
    }

    pub(super) fn same_repository(&self, other: &Self) -> bool {
        self.host == other.host && self.name == other.name
    }

    /// What a registry is asked for.
    pub(super) fn version(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or_default()
    }
}

/// All the names of one registry.
pub(super) fn is_docker_hub(host: &str) -> bool {
    matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com")
}

fn is_component(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = |byte: Option<u8>| byte.is_some_and(plain);
    ends(text.bytes().next())
        && ends(text.bytes().last())
        && text.bytes().all(|byte| plain(byte) || matches!(byte, b'.' | b'_' | b'-'))
        && !text.contains("..")
}

fn is_tag(text: &str) -> bool {
    text.len() <= 128
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        && !text.starts_with(['.', '-'])
}

/// `sha256:…`
pub(super) fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_spelt_out() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = format!("registry.example.org:5000/iot/etl@{digest}");
        for (text, host, name, version) in [
            ("nginx", "docker.io", "library/nginx", "latest"),
            ("nginx:1.27", "docker.io", "library/nginx", "1.27"),
            ("index.docker.io/nginx", "docker.io", "library/nginx", "latest"),
            ("shop/web:1", "docker.io", "shop/web", "1"),
            ("localhost/web:1", "localhost", "web", "1"),
            ("ghcr.io/shop/web:1", "ghcr.io", "shop/web", "1"),
            (pinned.as_str(), "registry.example.org:5000", "iot/etl", digest.as_str()),
        ] {
            let found = Reference::parse(text).unwrap();
            assert_eq!(
                (found.host.as_str(), found.name.as_str(), found.version()),
                (host, name, version),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_put_in_later_and_what_would_leave_its_place_is_no_reference() {
        for text in [
            "",
            "web:${TAG}",
            "web:IMAGE_TAG",
            "registry.example.org/../token:1",
            "registry.example.org/a/.hidden:1",
            "registry.example.org/a?b:1",
            "web@sha256:ab",
            "web:..",
        ] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
    }
}
