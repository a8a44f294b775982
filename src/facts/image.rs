//! References to images, taken apart without being misled by expressions and ports.
//!
//! In: a reference as it is written, or its parts. Out: an [`ImageUse`] with the place of its tag.

use std::ops::Range;

use super::expression;
use super::written::{self, span_within};
use super::{ImageOrigin, ImageUse};
use crate::document::Node;
use crate::source::{Located, SourceFile, Span};

/// Byte ranges of the parts of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    pub repository: Range<usize>,
    pub tag: Option<Range<usize>>,
    pub digest: Option<Range<usize>>,
}

/// The parts of a reference; `None` where nobody knows yet which image it will be.
pub fn parts(reference: &str) -> Option<Parts> {
    let parts = split(reference);
    (is_reference(reference) && !is_unknown(reference, &parts)).then_some(parts)
}

/// Takes a reference apart; what an expression holds is never taken for a separator.
pub(super) fn split(reference: &str) -> Parts {
    let expressions = expression::ranges(reference);
    let plain = |at: usize| !expressions.iter().any(|range| range.contains(&at));
    let digest_at = reference.match_indices('@').map(|(at, _)| at).find(|at| plain(*at));
    let end = digest_at.unwrap_or(reference.len());
    let head = reference.get(..end).unwrap_or_default();
    let name_at = head.match_indices('/').map(|(at, _)| at).rfind(|at| plain(*at)).unwrap_or(0);
    let tag_at = head.match_indices(':').map(|(at, _)| at).find(|at| *at >= name_at && plain(*at));
    Parts {
        repository: 0..tag_at.unwrap_or(end),
        tag: tag_at.map(|at| at + 1..end).filter(|range| !range.is_empty()),
        digest: digest_at.map(|at| at + 1..reference.len()).filter(|range| !range.is_empty()),
    }
}

/// Words that stand for a tag until something puts the real one in.
fn is_placeholder(tag: &str) -> bool {
    let shouted = tag.len() > 2
        && tag.contains(|c: char| c.is_ascii_uppercase())
        && tag.chars().all(|c| c.is_ascii_uppercase() || matches!(c, '_' | '-'))
        && [
            "TAG",
            "VERSION",
            "SHA",
            "IMAGE",
            "REPLACE",
            "CHANGE",
            "PLACEHOLDER",
            "HASH",
            "REVISION",
            "BUILD",
        ]
        .iter()
        .any(|word| tag.contains(word));
    let lower = tag.to_ascii_lowercase();
    shouted
        || ["placeholder", "replaceme", "replace-me", "changeme", "change-me", "todo", "tbd", "xxx"]
            .contains(&lower.as_str())
        || lower.starts_with("replaced-by")
        || lower.starts_with("set-by")
}

/// Whether what decides on the image is unknown: the digest, else the tag, else the name that could hold one.
fn is_unknown(reference: &str, parts: &Parts) -> bool {
    let unknown = |range: &Range<usize>| {
        let part = reference.get(range.clone()).unwrap_or_default();
        expression::holds_expression(part) || is_placeholder(part)
    };
    match (&parts.digest, &parts.tag) {
        (Some(digest), _) => unknown(digest),
        (None, Some(tag)) => unknown(tag),
        (None, None) => {
            let name = reference.get(parts.repository.clone()).unwrap_or_default();
            let ranges = expression::ranges(name);
            let last = name
                .match_indices('/')
                .map(|(at, _)| at)
                .rfind(|at| !ranges.iter().any(|range| range.contains(at)));
            expression::holds_expression(name.get(last.map_or(0, |at| at + 1)..).unwrap_or_default())
        }
    }
}

/// Who uses an image, and where.
#[derive(Debug, Clone)]
pub(super) struct User<'a> {
    pub(super) owner: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) origin: ImageOrigin,
    pub(super) key_path: &'a str,
}

/// Longer texts are no references, whatever they look like.
const LONGEST: usize = 2048;

/// Says whether a text can be an image's reference at all.
pub(super) fn is_reference(text: &str) -> bool {
    let text = text.trim();
    if text.len() > LONGEST {
        return false;
    }
    let mut rest = text.to_owned();
    for range in expression::ranges(text).into_iter().rev() {
        rest.replace_range(range, "x");
    }
    let allowed = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':' | '@' | '+' | '[' | ']')
    };
    !rest.is_empty() && rest.chars().all(allowed) && !rest.contains("://")
}

/// An image whose reference stands in one scalar.
pub(super) fn of_node(source: &SourceFile, node: &Node, user: &User<'_>) -> Option<ImageUse> {
    let scalar = written::scalar(source, node)?;
    let text = scalar.text.value.as_str();
    if !is_reference(text) {
        return None;
    }
    let parts = split(text);
    let part = |range: &Range<usize>| {
        Located::new(
            text.get(range.clone()).unwrap_or_default().to_owned(),
            span_within(source, node, text, range.clone()),
        )
    };
    let written = source.slice(node.span);
    Some(ImageUse {
        owner: user.owner.to_owned(),
        namespace: user.namespace.map(str::to_owned),
        reference: text.trim().to_owned(),
        repository: text.get(parts.repository.clone()).unwrap_or_default().trim().to_owned(),
        tag: parts.tag.as_ref().map(part),
        digest: parts.digest.as_ref().map(part),
        unknown: is_unknown(text, &parts),
        from_default: !scalar.templated && expression::holds_expression(written),
        span: parts.tag.as_ref().map_or(scalar.text.span, |range| part(range).span),
        key_path: user.key_path.to_owned(),
        origin: user.origin,
    })
}

/// The parts of an image that stand apart, each in a scalar of its own.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Apart<'a> {
    pub(super) registry: Option<&'a Node>,
    pub(super) repository: Option<&'a Node>,
    pub(super) tag: Option<&'a Node>,
    pub(super) digest: Option<&'a Node>,
}

/// Puts an image together from its parts. Without a tag of its own it stays unknown: the chart adds one.
pub(super) fn of_parts(
    source: &SourceFile,
    apart: &Apart<'_>,
    whole: Span,
    user: &User<'_>,
) -> Option<ImageUse> {
    let scalar = |node: Option<&Node>| {
        node.and_then(|node| written::scalar(source, node))
            .filter(|scalar| !scalar.text.value.trim().is_empty())
    };
    if apart.repository.is_none() {
        return of_tag(source, apart, user);
    }
    let name = scalar(apart.repository)?;
    if !is_reference(&name.text.value) {
        return None;
    }
    let parts = split(&name.text.value);
    let own = |range: &Range<usize>| {
        let node = apart.repository?;
        let text = name.text.value.get(range.clone())?;
        Some(Located::new(text.to_owned(), span_within(source, node, &name.text.value, range.clone())))
    };
    let apart_tag = scalar(apart.tag);
    let apart_digest = scalar(apart.digest);
    let templated = [&apart_tag, &apart_digest].into_iter().flatten().any(|scalar| scalar.templated);
    let tag = apart_tag.map(|scalar| scalar.text).or_else(|| own(parts.tag.as_ref()?));
    let digest = apart_digest.map(|scalar| scalar.text).or_else(|| own(parts.digest.as_ref()?));
    let registry =
        scalar(apart.registry).map(|scalar| format!("{}/", scalar.text.value.trim_end_matches('/')));
    let bare = name.text.value.get(parts.repository.clone()).unwrap_or_default();
    let repository = format!("{}{bare}", registry.unwrap_or_default());
    let mut reference = repository.clone();
    if let Some(tag) = &tag {
        reference.push(':');
        reference.push_str(&tag.value);
    }
    if let Some(digest) = &digest {
        reference.push('@');
        reference.push_str(&digest.value);
    }
    let placeholder = digest.is_none() && tag.as_ref().is_some_and(|tag| is_placeholder(&tag.value));
    let span = tag.as_ref().map_or(if digest.is_some() { whole } else { name.text.span }, |tag| tag.span);
    Some(ImageUse {
        owner: user.owner.to_owned(),
        namespace: user.namespace.map(str::to_owned),
        reference,
        repository,
        unknown: templated || placeholder || (tag.is_none() && digest.is_none()),
        from_default: false,
        tag,
        digest,
        span,
        key_path: user.key_path.to_owned(),
        origin: user.origin,
    })
}

/// The tag alone of an image whose repository stands elsewhere.
fn of_tag(source: &SourceFile, apart: &Apart<'_>, user: &User<'_>) -> Option<ImageUse> {
    let tag = written::scalar(source, apart.tag?)?;
    let text = tag.text.value.trim();
    if text.is_empty() || !is_reference(text) || text.contains(['/', ':']) {
        return None;
    }
    let digest = apart.digest.and_then(|node| written::scalar(source, node)).map(|scalar| scalar.text);
    Some(ImageUse {
        owner: user.owner.to_owned(),
        namespace: user.namespace.map(str::to_owned),
        reference: text.to_owned(),
        repository: String::new(),
        unknown: tag.templated || is_placeholder(text),
        from_default: false,
        span: tag.text.span,
        tag: Some(tag.text),
        digest,
        key_path: user.key_path.to_owned(),
        origin: user.origin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(reference: &str) -> (&str, Option<&str>, Option<&str>) {
        let parts = split(reference);
        (
            &reference[parts.repository],
            parts.tag.map(|range| &reference[range]),
            parts.digest.map(|range| &reference[range]),
        )
    }

    #[test]
    fn a_reference_falls_into_repository_tag_and_digest() {
        for (reference, repository, tag, digest) in [
            ("nginx", "nginx", None, None),
            ("nginx:1.27", "nginx", Some("1.27"), None),
            ("registry.example:5000/shop/web", "registry.example:5000/shop/web", None, None),
            ("registry.example:5000/shop/web:1.4", "registry.example:5000/shop/web", Some("1.4"), None),
            ("shop/web:1.4@sha256:ab", "shop/web", Some("1.4"), Some("sha256:ab")),
            ("shop/web@sha256:ab", "shop/web", None, Some("sha256:ab")),
            (
                "${REGISTRY:-registry.example:5000}/web:${TAG:-1.4}",
                "${REGISTRY:-registry.example:5000}/web",
                Some("${TAG:-1.4}"),
                None,
            ),
            ("${IMAGE}:${IMAGE_TAG}", "${IMAGE}", Some("${IMAGE_TAG}"), None),
            (
                "{{ .Values.a | default \"x:y/z\" }}/web",
                "{{ .Values.a | default \"x:y/z\" }}/web",
                None,
                None,
            ),
            ("shop/web:@VERSION@", "shop/web", Some("@VERSION@"), None),
            ("web:", "web", None, None),
        ] {
            assert_eq!(parts(reference), (repository, tag, digest), "{reference}");
        }
    }

    #[test]
    fn what_pins_the_image_decides_whether_it_is_known() {
        for (reference, unknown) in [
            ("web:latest", false),
            ("${REGISTRY}/web:latest", false),
            ("${REGISTRY}/web", false),
            ("${IMAGE}", true),
            ("shop/${IMAGE}", true),
            ("web:${TAG}", true),
            ("web:__IMAGE_TAG__", true),
            ("web:IMAGE_TAG", true),
            ("web:replaced-by-ci", true),
            ("web:REL", false),
            ("web:${TAG}@sha256:ab", false),
            ("web:1.4@{{ .Values.digest }}", true),
        ] {
            assert_eq!(is_unknown(reference, &split(reference)), unknown, "{reference}");
        }
    }

    #[test]
    fn prose_and_addresses_are_no_references() {
        for text in ["", " ", "an image", "https://example.com/a.png", "data:image/png;base64,xx", "a\nb"] {
            assert!(!is_reference(text), "{text}");
        }
        assert!(is_reference("{{ include \"a b\" . }}:{{ .x }}"));
    }
}
