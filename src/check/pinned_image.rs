//! `pinned-image`: what was reviewed is what runs.

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Scene};
use crate::facts::{ImageOrigin, ImageUse};
use crate::finding::Finding;
use crate::source::RepoPath;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PinnedImage {
    /// Tags that move, compared whole and without case.
    floating: Vec<String>,
}

impl Check for PinnedImage {
    fn could_concern(&self, _: &RepoPath, text: &str) -> bool {
        text.contains("image") || text.contains("FROM ")
    }

    fn image(&self, image: &ImageUse, scene: &Scene<'_>) -> Judgement {
        if image.digest.is_some() || image.unknown {
            return Ok(Outcome::Holds);
        }
        let (message, place) = match &image.tag {
            None => (
                format!(
                    "{} names no tag for `{}`, so it runs whatever `latest` is that day",
                    image.owner, image.repository
                ),
                "no tag and no digest",
            ),
            Some(tag) if self.floats(&tag.value) => (
                format!("{} uses `{}`, a tag that moves without a review", image.owner, image.reference),
                "this tag moves",
            ),
            Some(_) => return Ok(Outcome::Holds),
        };
        let subject = format!("{} {}", image.owner, image.key_path);
        let remedy = match image.origin {
            ImageOrigin::DockerfileFrom => format!("FROM {}:<version> or @sha256:<digest>", image.repository),
            _ => format!("{}:<version> or {}@sha256:<digest>", image.repository, image.repository),
        };
        Ok(Outcome::broken(
            Finding::new(message, scene.label(image.span, place), subject)
                .evidence(&image.reference)
                .remedy(remedy),
        ))
    }

    fn validate(&self) -> Result<(), String> {
        if self.floating.is_empty() {
            return Err("`floating` lists no tag, so this check could never fail".to_owned());
        }
        Ok(())
    }
}

impl PinnedImage {
    fn floats(&self, tag: &str) -> bool {
        self.floating.iter().any(|floating| floating.eq_ignore_ascii_case(tag))
    }
}
