//! CODEOWNERS: who may agree to a change of the gate's own files.
//!
//! Judged by what comes out: the last line that matches a path names its owners, and any one of them is enough. Somebody
//! new among them, or nobody left, is a loosening; lines about other paths are none.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{GateChange, Weaker, World, trimmed};
use crate::change::ReadError;
use crate::config;
use crate::facts::Snapshot;
use crate::finding::Label;
use crate::source::{PathPattern, RepoPath, SourceFile, Span};

/// Where the file can be; the first that is there holds.
pub(super) const PLACES: [&str; 4] =
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// So many files that can run the gate are looked into.
const MOST_RUNNERS: usize = 500;

struct Rule {
    patterns: Vec<PathPattern>,
    owners: BTreeSet<String>,
    span: Span,
}

struct Owners {
    source: Arc<SourceFile>,
    rules: Vec<Rule>,
}

impl Owners {
    fn of(side: &Snapshot<'_>) -> Result<Option<Self>, ReadError> {
        for place in PLACES {
            if let Some(source) = side.text(&place.into())? {
                let rules = (1..=source.line_count().min(20_000))
                    .filter_map(|line| rule(&source, source.line_span(line)?))
                    .collect();
                return Ok(Some(Self { source, rules }));
            }
        }
        Ok(None)
    }

    fn rule_for(&self, path: &RepoPath) -> Option<&Rule> {
        self.rules.iter().rev().find(|rule| rule.patterns.iter().any(|pattern| pattern.matches(path)))
    }

    fn is_at(&self, path: &RepoPath) -> bool {
        self.source.origin().path() == Some(path)
    }
}

fn rule(source: &SourceFile, span: Span) -> Option<Rule> {
    let text = source.slice(span);
    let line = text.split(" #").next().unwrap_or_default().trim();
    // A header of a section is no rule.
    if line.is_empty() || line.starts_with(['#', '[']) || line.starts_with("^[") {
        return None;
    }
    let mut words = line.split_whitespace();
    let patterns = patterns(words.next()?);
    Some(Rule { patterns, owners: words.map(str::to_lowercase).collect(), span: trimmed(source, span) })
}

/// As gitignore reads them: a slash inside ties a pattern to the root, and a folder takes in what is below it.
fn patterns(written: &str) -> Vec<PathPattern> {
    let bare = written.trim_start_matches('/').trim_end_matches('/');
    if bare.is_empty() {
        return Vec::new();
    }
    let tied = written.trim_end_matches('/').contains('/');
    let start = if tied || bare.starts_with("**") { "" } else { "**/" };
    let exact = (!written.ends_with('/')).then(|| format!("{start}{bare}"));
    exact
        .into_iter()
        .chain([format!("{start}{bare}/**")])
        .filter_map(|pattern| PathPattern::compile(&pattern).ok())
        .collect()
}

pub(super) fn weaker(
    gate: &GateChange,
    path: &RepoPath,
    world: &World<'_>,
) -> Result<Vec<Weaker>, ReadError> {
    let Some(before) = Owners::of(world.base)? else { return Ok(Vec::new()) };
    let after = Owners::of(world.head)?;
    // Several files can change at once: what comes of it is said once, of the one that holds.
    let holds = after.as_ref().filter(|after| world.change.files.iter().any(|file| after.is_at(&file.path)));
    if !holds.unwrap_or(&before).is_at(path) {
        return Ok(Vec::new());
    }
    let mut weaker: Vec<Weaker> = Vec::new();
    for guarded in guarded(gate, world)? {
        let Some(old) = before.rule_for(&guarded).filter(|rule| !rule.owners.is_empty()) else { continue };
        let new = after.as_ref().and_then(|after| after.rule_for(&guarded));
        let none = BTreeSet::new();
        let owners = new.map_or(&none, |rule| &rule.owners);
        let strangers: Vec<&str> = owners.difference(&old.owners).map(String::as_str).collect();
        let what = if owners.is_empty() {
            format!("nobody owns {guarded} any more")
        } else if strangers.is_empty() {
            continue;
        } else {
            format!("{} may now agree to changes of {guarded}", strangers.join(", "))
        };
        let label = match (&after, new) {
            (Some(after), Some(rule)) => Label::new(&after.source, rule.span, "decides now"),
            _ => Label::new(&before.source, old.span, "decided before this change"),
        };
        // One line that covers ten files is one loosening.
        let same = |known: &Weaker| {
            known.label.span == label.span && known.label.source.origin() == label.source.origin()
        };
        if !weaker.iter().any(same) {
            weaker.push(Weaker::new(what, label));
        }
    }
    Ok(weaker)
}

/// The files of the gate itself; none where no gate is set up, so that owners are nobody's business here.
fn guarded(gate: &GateChange, world: &World<'_>) -> Result<Vec<RepoPath>, ReadError> {
    let files = world.base.files()?;
    let folder = format!("{}/", config::FOLDER);
    let own = |path: &RepoPath| path.lossy() == config::FILE || path.lossy().starts_with(&folder);
    let mut paths: Vec<RepoPath> = Vec::new();
    if files.iter().any(|(path, _)| own(path)) {
        paths.push(config::FILE.into());
        paths.push(format!("{folder}waivers.toml").as_str().into());
        paths.push(format!("{folder}policies/any.toml").as_str().into());
    }
    let runners = files.iter().map(|(path, _)| path).filter(|path| gate.is_runner(path));
    for path in runners.take(MOST_RUNNERS) {
        if world.base.text(path)?.is_some_and(|text| text.text().contains(&gate.called)) {
            paths.push(path.clone());
        }
    }
    for place in PLACES.iter().filter(|_| !paths.is_empty()).collect::<Vec<_>>() {
        if world.base.exists(&(*place).into())? {
            paths.push((*place).into());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_gitignore_reads_them() {
        for (written, path, matches) in [
            ("*", "a/b/c.toml", true),
            ("*.toml", "deploy-guard.toml", true),
            ("*.toml", "a/b.toml", true),
            ("/*.toml", "a/b.toml", false),
            ("/.github/", ".github/workflows/gate.yml", true),
            (".github", ".github/CODEOWNERS", true),
            ("workflows/", ".github/workflows/gate.yml", true),
            (".github/workflows", ".github/workflows/gate.yml", true),
            ("/docs/", "docs/a.md", true),
            ("docs/*", "docs/a/b.md", true),
            ("/deploy-guard.toml", "deploy-guard.toml", true),
            ("/deploy-guard.toml", "x/deploy-guard.toml", false),
            ("/", "a", false),
        ] {
            let found = patterns(written).iter().any(|pattern| pattern.matches(&path.into()));
            assert_eq!(found, matches, "{written} {path}");
        }
    }
}
