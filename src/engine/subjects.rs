//! The only loops over subjects: every one is shown to the check, whatever it said of the one before.

use super::{Raw, Run, Unjudged};
use crate::change::ReadError;
use crate::check::{Check, Reached, Scene, Which};
use crate::facts::{FileFacts, Reading, Scope, Snapshot, scope_of};
use crate::finding::Severity;
use crate::policy::Policy;
use crate::source::RepoPath;

impl Run<'_> {
    /// Shows a check every subject of one file on one side.
    pub(super) fn judge_state(
        &mut self,
        policy: &Policy,
        check: &dyn Check,
        which: Which,
        snapshot: &Snapshot<'_>,
        path: &RepoPath,
        facts: &FileFacts,
    ) -> Result<(), ReadError> {
        let world = self.world;
        let environment_in = |namespace: Option<&str>| world.environments.environment_of(path, namespace);
        let of_file = environment_in(None);
        macro_rules! show {
            ($subjects:expr, $method:ident, $namespace:expr) => {
                for subject in $subjects {
                    let environment = $namespace(subject).or_else(|| of_file.clone());
                    let scene =
                        Scene { world, which, snapshot, facts, path, environment: environment.as_ref() };
                    let judgement = check.$method(subject, &scene);
                    self.take(policy, Some(which), environment.as_ref(), judgement)?;
                }
            };
        }
        show!(&facts.images, image, |image: &crate::facts::ImageUse| {
            image.namespace.as_deref().and_then(|namespace| environment_in(Some(namespace)))
        });
        show!(&facts.settings, setting, |setting: &crate::facts::Setting| {
            setting.namespace.as_deref().and_then(|namespace| environment_in(Some(namespace)))
        });
        show!(&facts.dependencies, dependency, |_: &crate::facts::dependencies::Dependency| None);
        show!(&facts.workloads, workload, |workload: &crate::facts::Workload| {
            workload.id.namespace.as_deref().and_then(|namespace| environment_in(Some(namespace)))
        });
        for workload in &facts.workloads {
            let namespace = workload.id.namespace.as_deref();
            let environment = environment_in(namespace).or_else(|| of_file.clone());
            let scene = Scene { world, which, snapshot, facts, path, environment: environment.as_ref() };
            for reference in workload.references() {
                let judgement = check.key_reference(reference, workload, &scene);
                self.take(policy, Some(which), environment.as_ref(), judgement)?;
            }
        }
        show!(&facts.providers, provider, |provider: &crate::facts::KeyProvider| {
            provider.namespace.as_deref().and_then(|namespace| environment_in(Some(namespace)))
        });
        Ok(())
    }

    /// Shows a check what the change did.
    pub(super) fn judge_change(&mut self, policy: &Policy, check: &dyn Check) -> Result<(), ReadError> {
        let world = self.world;
        for change in &world.delta.resources {
            if policy.select.holds_path(change.path()) {
                let environment = change.environment().cloned();
                let judgement = check.resource_change(change, world);
                self.take(policy, None, environment.as_ref(), judgement)?;
            }
        }
        for (path, moved) in &world.delta.dependencies {
            if policy.select.holds_path(path) {
                let environment = world.environments.environment_of(path, None);
                let judgement = check.dependency_move(moved, path, world);
                self.take(policy, None, environment.as_ref(), judgement)?;
            }
        }
        for file in &world.change.files {
            if policy.select.holds_path(&file.path) {
                self.take(policy, None, None, check.gate_file(&file.path, world))?;
            }
        }
        let reached: Vec<&Reached> = world
            .reached
            .iter()
            .filter(|reached| {
                let environment = reached.environment.as_ref();
                let scope = environment.map(|environment| (environment.name.as_str(), environment.protected));
                policy.severity_in(scope) != Severity::Off && policy.select.holds_path(&reached.path)
            })
            .collect();
        if let Some(first) = reached.first() {
            let judgement = check.change(world, &reached);
            self.take(policy, None, first.environment.as_ref(), judgement)?;
        }
        Ok(())
    }

    /// A changed file that can't be read is no pass for a blocking policy that it might have concerned.
    pub(super) fn note_unreadable_files(&mut self) -> Result<(), ReadError> {
        for file in &self.world.change.files {
            if let Some(reason) = suspicious(&file.path) {
                let policies = vec!["suspicious-path".to_owned()];
                let path = Some(file.path.clone());
                let unjudged = Unjudged { policies, path, reason: reason.to_owned(), at: None };
                self.unjudged.insert(file.path.clone(), unjudged);
                continue;
            }
            self.note_hidden_text(&file.path)?;
            let failure = match (self.world.head.reading(&file.path)?, self.world.base.reading(&file.path)?) {
                (Reading::Failed(failure), _) => failure,
                // What was there before and was not read may be what the change takes away.
                (_, Reading::Failed(failure)) if failure.unread => failure,
                _ => continue,
            };
            let scope = scope_of(&file.path);
            if failure.source.is_none() && !matches!(scope, Scope::Deploy | Scope::Dependencies) {
                continue;
            }
            let environment = self.world.environments.environment_of(&file.path, None);
            let known =
                environment.as_ref().map(|environment| (environment.name.as_str(), environment.protected));
            let protected = known.is_some_and(|(_, protected)| protected);
            if failure.encrypted || (failure.template && !protected) {
                // A template's own text is not what runs: what is unknown there is noted by the coverage.
                continue;
            }
            let policies: Vec<String> = self
                .catalogue
                .iter()
                .filter(|policy| policy.severity_in(known) == Severity::Block)
                .filter(|policy| policy.select.holds_path(&file.path))
                .filter(|policy| {
                    let check = policy.check.check();
                    let source = failure.source.as_ref();
                    check.reads(&file.path)
                        && source.is_none_or(|source| check.could_concern(&file.path, source.text()))
                })
                .map(|policy| policy.id.clone())
                .collect();
            if policies.is_empty() {
                continue;
            }
            let at = failure.source.as_ref().map(|source| {
                crate::finding::Label::new(source, failure.span, "not understood from here on").redacted()
            });
            let unjudged =
                Unjudged { policies, path: Some(file.path.clone()), reason: failure.reason.clone(), at };
            self.unjudged.insert(file.path.clone(), unjudged);
        }
        Ok(())
    }

    /// Deploy configuration that reads otherwise than it runs: characters that turn the direction of writing around.
    fn note_hidden_text(&mut self, path: &RepoPath) -> Result<(), ReadError> {
        if !matches!(scope_of(path), Scope::Deploy | Scope::Dependencies) {
            return Ok(());
        }
        let turns =
            |text: &str| text.find(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        let Some(source) = self.world.head.text(path)? else { return Ok(()) };
        let Some(at) = turns(source.text()) else { return Ok(()) };
        if self.world.base.text(path)?.is_some_and(|before| turns(before.text()).is_some()) {
            return Ok(());
        }
        let reason = format!(
            "line {} turns the direction of writing around, so that it reads otherwise than it runs",
            source.position(at).line
        );
        let unjudged = Unjudged {
            policies: vec!["trojan-source".to_owned()],
            path: Some(path.clone()),
            reason,
            at: None,
        };
        self.unjudged.insert(path.clone(), unjudged);
        Ok(())
    }

    pub(super) fn sort_raw(&mut self) {
        self.raw.sort_by(|one, other| order(one).cmp(&order(other)));
    }
}

fn order(raw: &Raw) -> (&crate::source::Origin, usize, &str, &str) {
    let primary = &raw.judged.finding.primary;
    (primary.source.origin(), primary.span.start, &raw.judged.policy, &raw.judged.finding.subject)
}

/// Paths that no honest repository holds and that a checkout could be attacked with.
fn suspicious(path: &RepoPath) -> Option<&'static str> {
    for part in path.bytes().split(|byte| *byte == b'/') {
        if part.is_empty() || part == b"." || part == b".." {
            return Some("the path has an empty, `.` or `..` component");
        }
        if part.eq_ignore_ascii_case(b".git") {
            return Some("the path leads into a `.git` folder");
        }
    }
    if path.bytes().iter().any(u8::is_ascii_control) {
        return Some("the path has control characters");
    }
    if !path.is_utf8() && !matches!(scope_of(path), Scope::Code | Scope::Docs) {
        return Some("the path is not UTF-8");
    }
    None
}
