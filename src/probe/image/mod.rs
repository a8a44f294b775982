//! Whether the images of the release exist, and are others than those that run.
//!
//! In: the references that the change brings, a registry to ask, the cluster's state from a file. Out: which image is not
//! there, and which would start the old container again. Nothing is asked of the cluster itself.

mod cluster;
mod reference;
mod registry;

use std::sync::atomic::Ordering;

use serde::Deserialize;

use super::piece::piece;
use super::{Around, Asked, Outcome, Probe, Sight};
use crate::source::NamePattern;
use cluster::Running;
use reference::Reference;
use registry::{Registry, There};

/// Images of one release that are looked at.
const MOST: usize = 200;

/// Whether the images of the release exist, and are others than those that run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Image {
    /// The registry to ask, `https://registry.example.org`; images that lie elsewhere are not asked for.
    #[serde(default)]
    pub registry: Option<String>,
    /// What the cluster may run of these images. Stated, it has to be known; else it is held against what is known.
    #[serde(default)]
    pub running: Option<Expected>,
    /// Namespaces to look at, patterns with `*`; all by default.
    #[serde(default)]
    pub namespace: Vec<NamePattern>,
}

/// What the cluster may run of a released image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// Another version of it, or none.
    Differs,
    Any,
}

impl Probe for Image {
    fn validate(&self) -> Result<(), String> {
        match &self.registry {
            Some(registry) if !registry.starts_with("https://") && !registry.starts_with("http://") => {
                Err("`registry` is an address: \"https://registry.example.org\"".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn subject(&self) -> String {
        self.registry.as_deref().map_or_else(|| "images of the release".to_owned(), crate::http::shown)
    }

    fn look(&self, around: &Around<'_>) -> Sight {
        let images = &around.release.images;
        if images.is_empty() {
            return Sight::new(Outcome::Holds, "the release brings no image");
        }
        let state = around.cluster_state.filter(|_| self.running != Some(Expected::Any));
        let missing = state.is_none() && self.running == Some(Expected::Differs);
        if (state.is_none() && self.registry.is_none()) || missing {
            let why = if missing {
                "the cluster's state is not given"
            } else {
                "neither a registry nor the cluster's state is given"
            };
            return Sight::cannot_tell(why).remedy(
                "give `--cluster-state FILE`, made with `kubectl get deploy,sts,ds,cronjob,pods -A -o json`, or name a \
                 `registry` in the item",
            );
        }
        let mut found = Found::default();
        let running = state.and_then(|bytes| {
            found.asked.push(Asked::here("the cluster's state", Some(bytes)));
            cluster::read(bytes).map_err(|why| found.unclear.push(why)).ok()
        });
        let door = match (&self.registry, around.network()) {
            (Some(registry), Ok(door)) => Some((registry.as_str(), door)),
            (Some(_), Err(offline)) => {
                found.unclear.push(offline.summary);
                None
            }
            (None, _) => None,
        };
        for text in images.iter().take(MOST) {
            if around.stop.load(Ordering::Relaxed) {
                found.unclear.push("stopped with this run".to_owned());
                break;
            }
            self.judge(text, running.as_deref(), door, &mut found);
        }
        if images.len() > MOST {
            found.unclear.push(format!("{} images are more than are looked at ({MOST})", images.len()));
        }
        if found.judged == 0 && found.unclear.is_empty() {
            found.unclear.push("no image of the release lies in this registry".to_owned());
        }
        if state.is_none() && self.running != Some(Expected::Any) {
            found.notes.push("what runs now is not known: no `--cluster-state` is given".to_owned());
        }
        found.sight()
    }
}

#[derive(Default)]
struct Found {
    /// Images about which something was found out.
    judged: usize,
    wrong: Vec<String>,
    unclear: Vec<String>,
    odd: Vec<String>,
    notes: Vec<String>,
    asked: Vec<Asked>,
}

/// How something that runs stands to a released image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kin {
    Same,
    /// The same tag, and something else behind it.
    Moved,
    Other,
    /// A digest on one side only.
    Unknown,
}

impl Image {
    fn judge(
        &self,
        text: &str,
        running: Option<&[Running]>,
        registry: Option<(&str, &crate::http::Door)>,
        found: &mut Found,
    ) {
        let shown = piece(text);
        let Some(image) = Reference::parse(text) else {
            found.unclear.push(format!("`{shown}` is not settled yet: something puts a part of it in later"));
            return;
        };
        let mut digest = image.digest.clone();
        if let Some((base, door)) = registry {
            if registry::is_at(&image, base) {
                found.judged += 1;
                match Registry::at(base, door).holds(&image, &mut found.asked) {
                    There::Yes(is) => {
                        found.notes.push(format!("`{shown}` exists, {is}"));
                        digest = Some(is);
                    }
                    There::No => {
                        found.wrong.push(format!("`{shown}` does not exist"));
                        return;
                    }
                    There::Unknown(why) => {
                        found
                            .unclear
                            .push(format!("nobody can tell whether `{shown}` exists: {}", piece(&why)));
                    }
                }
            } else {
                found.notes.push(format!("`{shown}` lies at {} and was not asked for", piece(&image.host)));
            }
        }
        if let Some(running) = running {
            found.judged += 1;
            self.compare(&shown, &image, digest.as_deref(), running, found);
        }
    }

    fn compare(
        &self,
        shown: &str,
        image: &Reference,
        digest: Option<&str>,
        running: &[Running],
        found: &mut Found,
    ) {
        let looked_at = |namespace: &str| {
            self.namespace.is_empty() || self.namespace.iter().any(|pattern| pattern.matches(namespace))
        };
        let near: Vec<(&Running, Kin)> = running
            .iter()
            .filter(|running| running.image.same_repository(image) && looked_at(&running.namespace))
            .map(|running| (running, kin(image, digest, &running.image)))
            .collect();
        let first =
            |kin: Kin| near.iter().find(|(_, known)| *known == kin).map(|(running, _)| piece(&running.owner));
        if near.is_empty() {
            found
                .notes
                .push(format!("`{shown}` is the first of its name here: nothing runs that it replaces"));
        } else if let Some(owner) = first(Kin::Moved) {
            found.odd.push(format!(
                "`{shown}` has the tag that runs in {owner} and another digest: what is not told to start anew goes on with the old one"
            ));
        } else if first(Kin::Other).is_some() {
            found.notes.push(match first(Kin::Same) {
                Some(owner) => format!("`{shown}` runs already in {owner}, and others run elsewhere"),
                None => format!("`{shown}` differs from what runs"),
            });
        } else if let Some(owner) = first(Kin::Same) {
            found.wrong.push(format!("`{shown}` runs already in {owner}: the old container would run again"));
        } else if let Some(owner) = first(Kin::Unknown) {
            found.unclear.push(format!(
                "nobody can tell whether `{shown}` is what runs in {owner}: one of them has no digest"
            ));
        }
    }
}

/// `digest` is the released image's, by its reference or by the registry.
fn kin(image: &Reference, digest: Option<&str>, running: &Reference) -> Kin {
    let tags = image.tag.as_ref().zip(running.tag.as_ref()).map(|(one, other)| one == other);
    match (digest, running.digest.as_deref()) {
        (Some(one), Some(other)) if one == other => Kin::Same,
        // Pinned, it is another image whatever its tag is.
        (Some(_), Some(_)) if tags == Some(true) && image.digest.is_none() => Kin::Moved,
        (Some(_), Some(_)) => Kin::Other,
        _ => match tags {
            Some(false) => Kin::Other,
            Some(true) if image.digest.is_none() => Kin::Same,
            _ => Kin::Unknown,
        },
    }
}

impl Found {
    fn sight(self) -> Sight {
        let (outcome, mut lines, remedy) = if !self.wrong.is_empty() {
            let remedy =
                "build and push the image that is meant, and name it by a tag of its own or by its digest";
            (
                Outcome::Broken,
                self.wrong.into_iter().chain(self.unclear).chain(self.odd).collect(),
                Some(remedy),
            )
        } else if !self.unclear.is_empty() {
            let remedy =
                "look whether the registry and the cluster's state can be read, and state images in full";
            (Outcome::CannotTell, self.unclear.into_iter().chain(self.odd).collect(), Some(remedy))
        } else if !self.odd.is_empty() {
            (Outcome::Doubtful, self.odd, Some("name the image by a tag of its own or by its digest"))
        } else {
            let plural = if self.judged == 1 { "image is" } else { "images are" };
            (Outcome::Holds, vec![format!("the released {plural} as expected")], None)
        };
        let summary: String = if lines.is_empty() { String::new() } else { lines.remove(0) };
        let mut sight = Sight::new(outcome, summary);
        sight.details = lines.into_iter().chain(self.notes).collect();
        sight.asked = self.asked;
        sight.remedy = remedy.map(str::to_owned);
        sight
    }
}

#[cfg(test)]
mod tests;
