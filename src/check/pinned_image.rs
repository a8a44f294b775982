//! `pinned-image`: what was reviewed is what runs.
//!
//! Judged as it comes out: a base's `app:latest` that every overlay pins is no finding, and one that an overlay of
//! production takes in as it is gets there.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Scene, World};
use crate::change::ReadError;
use crate::document::Node;
use crate::facts::builds::{Builds, Step, Way, takes_in_other_things};
use crate::facts::environment::Environment;
use crate::facts::{FileFacts, ImageOrigin, ImageUse, Kustomization, Snapshot, is_beside_deployment};
use crate::finding::{Finding, Label, Severity};
use crate::source::RepoPath;

/// So many files are searched for an image stream.
const MOST_FILES: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PinnedImage {
    /// Tags that move, compared whole and without case.
    floating: Vec<String>,
    /// Words that make a tag move wherever they stand in it: `latest-alpine`.
    #[serde(default)]
    floating_words: Vec<String>,
    /// Marks in a line's comment by which a bot keeps the tag that stands there.
    #[serde(default)]
    kept_by: Vec<String>,
}

impl Check for PinnedImage {
    fn could_concern(&self, _: &RepoPath, text: &str) -> bool {
        text.contains("image") || text.contains("FROM ")
    }

    /// An overlay that stops to pin leaves the files below it as they are.
    fn related_files(&self, world: &World<'_>) -> Result<Vec<RepoPath>, ReadError> {
        let mut related = Vec::new();
        for file in &world.change.files {
            let (before, after) = (world.base.facts(&file.path)?, world.head.facts(&file.path)?);
            let before = before.as_ref().and_then(|facts| facts.kustomization.as_deref());
            let after = after.as_ref().and_then(|facts| facts.kustomization.as_deref());
            if after.is_some() && (takes_in_other_things(before, after) || pins_less(before, after)) {
                related.extend(world.head.builds()?.files_below(&file.path));
            }
        }
        Ok(related)
    }

    fn image(&self, image: &ImageUse, scene: &Scene<'_>) -> Judgement {
        if image.digest.is_some() || image.unknown {
            return Ok(Outcome::Holds);
        }
        let Some(place) = self.moving(image) else { return Ok(Outcome::Holds) };
        // Documentation, samples and fixtures are not what runs.
        if self.is_kept(image, scene) || is_beside_deployment(scene.path) || is_built_here(image, scene)? {
            return Ok(Outcome::Holds);
        }
        let stream = match image.origin {
            ImageOrigin::PodSpec | ImageOrigin::StreamTag => {
                let name = of_internal_registry(&image.repository).unwrap_or(&image.repository);
                stream_of(name, scene)?
            }
            // What stands here in place of another image is a stream's only where the address says so.
            ImageOrigin::Kustomize => match of_internal_registry(&image.repository) {
                Some(name) => stream_of(name, scene)?,
                None => None,
            },
            _ => None,
        };
        // What the stream imports is judged where the stream says it.
        if stream.is_some_and(|stream| stream.imports) {
            return Ok(Outcome::Holds);
        }
        let arrival = match image.origin {
            ImageOrigin::PodSpec => arrival(image, scene)?,
            _ => Arrival::AsItIs,
        };
        let finding = Finding::new(message(image), scene.label(image.span, place), subject(image))
            .evidence(&image.reference)
            .remedy(remedy(image));
        let finding = match arrival {
            Arrival::Nowhere => return Ok(Outcome::Holds),
            Arrival::Unknown(why) => return Ok(Outcome::Unknown(why)),
            Arrival::AsItIs => finding,
            Arrival::By(label, environment) => finding.related(label).reaching(environment),
        };
        // A stream's tag is moved by a promotion, a default by whoever deploys: neither moves by itself.
        let milder = image.from_default || stream.is_some() || image.origin == ImageOrigin::StreamTag;
        Ok(Outcome::broken(if milder { finding.at_most(Severity::Warn) } else { finding }))
    }

    fn validate(&self) -> Result<(), String> {
        if self.floating.is_empty() && self.floating_words.is_empty() {
            return Err("`floating` lists no tag, so this check could never fail".to_owned());
        }
        Ok(())
    }
}

/// Where a reference that moves gets to.
enum Arrival {
    /// Wherever its file does.
    AsItIs,
    /// Pinned on every way, or taken in by nothing.
    Nowhere,
    /// Into an environment, by an entry of another file.
    By(Label, Option<Environment>),
    Unknown(String),
}

/// What becomes of an image on one way up.
enum Fate {
    Pinned,
    Unknown,
    AsItIs,
}

impl PinnedImage {
    /// Why the reference moves; `None` where it does not.
    fn moving(&self, image: &ImageUse) -> Option<&'static str> {
        match &image.tag {
            None => Some("no tag and no digest"),
            Some(tag) if self.floats(&tag.value) => Some("this tag moves"),
            Some(_) => None,
        }
    }

    fn floats(&self, tag: &str) -> bool {
        let is = |word: &str, list: &[String]| list.iter().any(|known| known.eq_ignore_ascii_case(word));
        is(tag, &self.floating) || tag.split(['-', '_', '.', '+']).any(|word| is(word, &self.floating_words))
    }

    /// A bot writes this line.
    fn is_kept(&self, image: &ImageUse, scene: &Scene<'_>) -> bool {
        let source = &scene.facts.source;
        let line = source.position(image.span.start).line;
        let text = source.line_span(line).map(|span| source.slice(span)).unwrap_or_default();
        let comment = text.split_once('#').map_or("", |(_, comment)| comment);
        self.kept_by.iter().any(|mark| comment.contains(mark.as_str()))
    }
}

/// Follows a manifest's image through the kustomizations that take the manifest in.
fn arrival(image: &ImageUse, scene: &Scene<'_>) -> Result<Arrival, ReadError> {
    let builds = scene.snapshot.builds()?;
    if builds.is_dead(scene.path) {
        return Ok(Arrival::Nowhere);
    }
    let Some(ways) = builds.ways(scene.path) else {
        let path = scene.path;
        return Ok(Arrival::Unknown(format!(
            "{path}: too many kustomizations take it in to follow its images"
        )));
    };
    let environments = scene.world.environments;
    let mut best: Option<(u8, Arrival)> = None;
    let mut unknown = false;
    let mut arrives = false;
    for way in &ways {
        let Some(last) = way.last() else { continue };
        let component = last.build.kustomization().is_some_and(|own| own.component);
        let environment = last.build.environment(environments).filter(|_| !component);
        if environment.is_none() && !builds.is_root(last.build) {
            continue;
        }
        arrives = true;
        match fate(image, scene.path, way, &builds, scene.snapshot)? {
            Fate::Pinned => {}
            Fate::Unknown => unknown = true,
            Fate::AsItIs => {
                let environment = environment.or_else(|| scene.environment.cloned());
                let rank = environment.as_ref().map_or(0, |environment| 1 + u8::from(environment.protected));
                if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                    let label = Label::new(
                        &last.build.facts.source,
                        last.entry.span,
                        "taken in here, pinned nowhere",
                    );
                    best = Some((rank, Arrival::By(label, environment)));
                }
            }
        }
    }
    Ok(match best {
        Some((_, arrival)) => arrival,
        None if unknown => Arrival::Unknown(format!(
            "{}: which image {} runs is decided by a patch or a replacement",
            scene.path, image.owner
        )),
        None if arrives => Arrival::Nowhere,
        None => Arrival::AsItIs,
    })
}

/// An image stream that a bare name stands for.
#[derive(Debug, Clone, Copy)]
struct Stream {
    /// It says itself which images its tags are.
    imports: bool,
}

/// The stream that an address of the cluster's own registry names: `<registry>:5000/<namespace>/<stream>`.
fn of_internal_registry(repository: &str) -> Option<&str> {
    const HOSTS: [&str; 2] = ["image-registry.openshift-image-registry.svc", "docker-registry.default.svc"];
    let (host, rest) = repository.split_once('/')?;
    let host = host.split(':').next().unwrap_or_default().trim_end_matches(".cluster.local");
    let (_, name) = rest.split_once('/').filter(|(_, name)| !name.contains('/'))?;
    HOSTS.contains(&host).then_some(name)
}

/// The stream that a bare name stands for: of the same file, of what is taken in beside it, or of a file that is called
/// after what it holds, for it may be another application's of the same namespace.
fn stream_of(name: &str, scene: &Scene<'_>) -> Result<Option<Stream>, ReadError> {
    let among = |facts: &FileFacts| {
        let streams = facts
            .resources
            .iter()
            .filter(|resource| resource.id.kind == "ImageStream" && resource.id.name == name);
        streams.map(|stream| Stream { imports: imports(&stream.body) }).max_by_key(|stream| stream.imports)
    };
    if name.contains('/') {
        return Ok(None);
    }
    let mut best = among(scene.facts);
    if best.is_some_and(|stream| stream.imports) {
        return Ok(best);
    }
    let builds = scene.snapshot.builds()?;
    let ways = builds.ways(scene.path).unwrap_or_default();
    // A kustomization takes in what it lists itself.
    let mut files = builds.files_below(scene.path);
    for step in ways.iter().filter(|way| way.len() <= 2).filter_map(|way| way.last()) {
        files.extend(builds.files_below(&step.build.path));
        files.extend(builds.patches_of(step.build));
    }
    let listed = scene.snapshot.files()?;
    let named = listed.iter().map(|(path, _)| path).filter(|path| {
        let name = path.file_name().to_ascii_lowercase();
        name.contains("imagestream") || name.contains("image-stream")
    });
    for path in files.iter().take(MOST_FILES).chain(named.take(MOST_FILES)) {
        let found = scene.snapshot.facts(path)?.and_then(|facts| among(&facts));
        best = best.into_iter().chain(found).max_by_key(|stream| stream.imports);
    }
    Ok(best)
}

fn imports(stream: &Node) -> bool {
    let tags = stream.at(&["spec", "tags"]).map(Node::items).unwrap_or_default();
    tags.iter().any(|tag| tag.at(&["from", "kind"]).and_then(Node::as_str) == Some("DockerImage"))
}

/// A name without a tag that skaffold builds and gives one: the manifest holds its artifact's name.
fn is_built_here(image: &ImageUse, scene: &Scene<'_>) -> Result<bool, ReadError> {
    if image.tag.is_some() || image.origin != ImageOrigin::PodSpec {
        return Ok(false);
    }
    let path = scene.path.lossy();
    let mut folder = path.as_ref();
    while let Some((above, _)) = folder.rsplit_once('/').or_else(|| (!folder.is_empty()).then_some(("", "")))
    {
        folder = above;
        let slash = if folder.is_empty() { "" } else { "/" };
        let place = format!("{folder}{slash}skaffold.yaml");
        let Some(source) = scene.snapshot.text(&place.as_str().into())? else { continue };
        let mut lines = source.text().lines().take(5_000).map(|line| line.trim().trim_start_matches("- "));
        if lines.any(|line| line.strip_prefix("image:").is_some_and(|name| name.trim() == image.repository)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the kustomizations on a way make of an image.
fn fate(
    image: &ImageUse,
    own: &RepoPath,
    way: &Way<'_>,
    builds: &Builds,
    side: &Snapshot<'_>,
) -> Result<Fate, ReadError> {
    let mut name = image.repository.clone();
    for step in way {
        // Patches come first, and `images` rewrites what they leave.
        for path in builds.patches_of(step.build) {
            let Some(facts) = side.facts(&path)? else {
                if side.text(&path)?.is_some_and(|text| text.text().contains("image")) {
                    return Ok(Fate::Unknown);
                }
                continue;
            };
            // What the patch says instead is judged where it stands.
            if path != *own && facts.images.iter().any(|other| other.owner == image.owner) {
                return Ok(Fate::Pinned);
            }
        }
        if speaks_of(step, &name) {
            return Ok(Fate::Unknown);
        }
        let rewrites = step.build.kustomization().map(|own| own.images.as_slice()).unwrap_or_default();
        if let Some(rewrite) = rewrites.iter().find(|rewrite| rewrite.name == name) {
            if rewrite.sets_version {
                return Ok(Fate::Pinned);
            }
            name = rewrite.new_name.clone().unwrap_or(name);
        }
    }
    Ok(Fate::AsItIs)
}

/// A patch that is written out in the kustomization may set the image.
fn speaks_of(step: &Step<'_>, name: &str) -> bool {
    let source = &step.build.facts.source;
    let inline = step.build.kustomization().map(|own| own.inline.as_slice()).unwrap_or_default();
    inline.iter().map(|span| source.slice(*span)).any(|text| text.contains("image") || text.contains(name))
}

/// Whether some image was pinned and is pinned no more.
fn pins_less(before: Option<&Kustomization>, after: Option<&Kustomization>) -> bool {
    let pinned = |own: Option<&Kustomization>| -> BTreeSet<String> {
        let images = own.iter().flat_map(|own| &own.images);
        images.filter(|image| image.sets_version).map(|image| image.name.clone()).collect()
    };
    !pinned(before).is_subset(&pinned(after))
}

fn subject(image: &ImageUse) -> String {
    format!("{} {}", image.owner, image.key_path)
}

fn message(image: &ImageUse) -> String {
    let owner = &image.owner;
    match (&image.tag, image.origin) {
        (None, ImageOrigin::DockerfileFrom) => {
            format!(
                "{owner} names no tag for `{}`, so it builds on whatever `latest` is that day",
                image.repository
            )
        }
        (None, _) => {
            format!(
                "{owner} names no tag for `{}`, so it runs whatever `latest` is that day",
                image.repository
            )
        }
        (Some(_), _) if image.repository.is_empty() => {
            format!("{owner} chooses the tag `{}`, which moves without a review", image.reference)
        }
        (Some(_), ImageOrigin::DockerfileFrom) => {
            format!("{owner} builds on `{}`, a tag that moves without a review", image.reference)
        }
        (Some(_), _) => format!("{owner} uses `{}`, a tag that moves without a review", image.reference),
    }
}

fn remedy(image: &ImageUse) -> String {
    let name = &image.repository;
    match image.origin {
        ImageOrigin::DockerfileFrom => format!("FROM {name}:<version> or @sha256:<digest>"),
        _ if name.is_empty() => "the version that was reviewed, or a digest beside it".to_owned(),
        ImageOrigin::Kustomize => "`newTag: <version>` or `digest: sha256:<digest>`".to_owned(),
        _ => format!("{name}:<version> or {name}@sha256:<digest>"),
    }
}
