//! Whether this machine points at the environment that is released to: the cluster, the namespace, the account.
//!
//! In: what the checklist expects, or else the words that name the environments; variables and files of this machine. Out:
//! what commands that are typed here will reach, shown large. Asks nobody: credentials are read by nobody here, and none
//! is shown.

mod aws;
mod cloud;
mod kube;
mod machine;
mod near;
mod seen;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::Deserialize;

use super::piece::piece;
use super::{Around, NamedEnvironment, Outcome, Probe, Release, Sight};
use crate::config::EnvironmentRule;
use crate::env;
use crate::facts::environment::{Environments, Named};
use crate::source::NamePattern;
use machine::Machine;
use near::{Near, may_be_nonprod, own_cluster};
use seen::{Fact, Seen, Subject};

/// Whether this machine points at the environment that is released to.
///
/// Each list holds patterns of names (`*` stands for anything); one of them has to match.
#[derive(Debug, Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "a kube context is called so")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Context {
    pub kube_context: Vec<NamePattern>,
    /// The host of the cluster's API, with or without its port.
    pub kube_server: Vec<NamePattern>,
    pub namespace: Vec<NamePattern>,
    pub aws_account: Vec<NamePattern>,
    pub aws_profile: Vec<NamePattern>,
    pub aws_region: Vec<NamePattern>,
    pub gcp_project: Vec<NamePattern>,
    /// A name or an id.
    pub azure_subscription: Vec<NamePattern>,
    /// What is expected has to be there; where nothing is expected, anything. By default: whether anything is expected.
    pub required: Option<bool>,
}

impl Probe for Context {
    fn subject(&self) -> String {
        "where commands of this machine go".to_owned()
    }

    fn look(&self, around: &Around<'_>) -> Sight {
        let machine = Machine {
            variable: &env::variable,
            home: env::home(),
            service_account: PathBuf::from("/var/run/secrets/kubernetes.io/serviceaccount"),
        };
        self.judge(read(&machine), around.release)
    }
}

fn read(machine: &Machine<'_>) -> Seen {
    let mut seen = Seen::default();
    kube::read(machine, &mut seen);
    aws::read(machine, &mut seen);
    cloud::read_gcp(machine, &mut seen);
    cloud::read_azure(machine, &mut seen);
    seen
}

/// What was found out, the gravest list decides.
#[derive(Default)]
struct Found {
    /// With what mends it.
    wrong: Vec<(String, Option<&'static str>)>,
    unclear: Vec<(String, Option<&'static str>)>,
    odd: Vec<String>,
    notes: Vec<String>,
}

impl Context {
    fn expectations(&self) -> [(Subject, &[NamePattern]); 8] {
        [
            (Subject::KubeContext, &self.kube_context),
            (Subject::KubeServer, &self.kube_server),
            (Subject::Namespace, &self.namespace),
            (Subject::AwsAccount, &self.aws_account),
            (Subject::AwsProfile, &self.aws_profile),
            (Subject::AwsRegion, &self.aws_region),
            (Subject::GcpProject, &self.gcp_project),
            (Subject::AzureSubscription, &self.azure_subscription),
        ]
    }

    fn expected(&self, subject: Subject) -> &[NamePattern] {
        let mut all = self.expectations().into_iter();
        all.find(|(known, _)| *known == subject).map(|(_, patterns)| patterns).unwrap_or_default()
    }

    fn judge(&self, seen: Seen, release: &Release) -> Sight {
        let Seen { facts, wrong, odd, unread, notes, asked } = seen;
        let expects = self.expectations().iter().any(|(_, patterns)| !patterns.is_empty());
        let required = self.required.unwrap_or(expects);
        let mut found = Found {
            wrong: wrong.into_iter().map(|why| (why, None)).collect(),
            unclear: unread.into_iter().map(|why| (why, None)).collect(),
            odd,
            notes,
        };
        let target = target(release);
        for fact in &facts {
            let patterns = self.expected(fact.subject);
            let value = |name: &str| patterns.iter().any(|pattern| pattern.matches(name));
            if !patterns.is_empty() && !value(&fact.value) && !fact.also.as_deref().is_some_and(value) {
                let mend = Some(fact.subject.mend());
                found.wrong.push((format!("{} is `{}`, and {target}", fact.label(), fact.shown()), mend));
                let patterns: Vec<&str> = patterns.iter().map(NamePattern::as_str).collect();
                found.notes.push(piece(&format!("{}: expected {}", fact.label(), patterns.join(" or "))));
            }
        }
        for (subject, patterns) in self.expectations() {
            if !patterns.is_empty() && !facts.iter().any(|fact| fact.subject == subject) {
                let why = format!("no {} is known here", subject.name());
                if required {
                    found.unclear.push((why, Some(subject.mend())));
                } else {
                    found.notes.push(why);
                }
            }
        }
        self.held_against_words(&facts, release, &mut found);
        if facts.is_empty() && !expects {
            let why = "nothing on this machine points at a cluster or a cloud account".to_owned();
            if required {
                found.unclear.push((why, None));
            } else {
                found.notes.push(why);
            }
        }
        let mut sight = found.sight(&facts);
        sight.shown = facts.iter().map(|fact| (fact.label(), fact.shown())).collect();
        sight.asked = asked;
        sight
    }

    /// Where nothing is stated, a name that names another environment and not this one is wrong.
    fn held_against_words(&self, facts: &[Fact], release: &Release, found: &mut Found) {
        let Some(own) = &release.environment else { return };
        let rules: Vec<EnvironmentRule> =
            std::iter::once(own).chain(&release.others).filter(|known| !is_usual(known)).map(rule).collect();
        let environments = Environments::compile(&rules);
        let mut named_any = facts.is_empty();
        for fact in facts.iter().filter(|fact| self.expected(fact.subject).is_empty()) {
            if own.protected
                && let Some(near) = own_cluster(fact, facts)
            {
                named_any = true;
                let label = format!("{} is `{}`", fact.label(), fact.shown());
                match near {
                    Near::Surely => {
                        let why =
                            format!("{label}, a cluster of a machine of one's own, and {}", target(release));
                        found.wrong.push((why, Some(fact.subject.mend())));
                    }
                    Near::Maybe => {
                        let may = "may be a cluster of a machine of one's own";
                        found.odd.push(format!("{label}, which {may}, and {}", target(release)));
                    }
                }
                continue;
            }
            let Some(name) = telling(fact) else { continue };
            let named = environments.named_in(name);
            named_any |= !named.is_empty();
            if named.iter().any(|named| named.environment == own.name) {
                continue;
            }
            // Whatever is not production is all right for what is not production.
            let foreign = |named: &&Named| own.protected || named.environment != "nonprod";
            if named.iter().filter(foreign).any(|named| is_certain(fact, named)) {
                let why = format!("{} is `{}`, and {}", fact.label(), fact.shown(), target(release));
                found.wrong.push((why, Some(fact.subject.mend())));
            } else if let Some(named) = named.iter().find(foreign) {
                found.odd.push(format!(
                    "{} is `{}`: `{}` may mean {}, and {}",
                    fact.label(),
                    fact.shown(),
                    piece(&named.word),
                    piece(&named.environment),
                    target(release)
                ));
            } else if named.is_empty() && own.protected && may_be_nonprod(name) {
                found.odd.push(format!(
                    "{} is `{}`: `np` may mean that it is not production, and {}",
                    fact.label(),
                    fact.shown(),
                    target(release)
                ));
            }
        }
        let expects = facts.iter().any(|fact| !self.expected(fact.subject).is_empty());
        if !named_any && !expects {
            found.notes.push("nothing here names an environment".to_owned());
        }
    }
}

/// An environment that nobody described: its words are the usual ones, not all of which name it everywhere.
fn is_usual(known: &NamedEnvironment) -> bool {
    let usual = Environments::usual_words(&known.name);
    !usual.is_empty()
        && usual.len() == known.markers.len()
        && usual.iter().all(|word| known.markers.contains(word))
}

fn rule(known: &NamedEnvironment) -> EnvironmentRule {
    EnvironmentRule {
        name: known.name.clone(),
        paths: Vec::new(),
        markers: known.markers.clone(),
        protected: known.protected,
    }
}

/// A namespace `load-test` is for tests of load; a cluster `eks-test` is for tests.
fn is_certain(fact: &Fact, named: &Named) -> bool {
    let of_a_place = !matches!(fact.subject, Subject::Namespace | Subject::KubeServer);
    !named.innocent && (of_a_place || !named.weak)
}

/// The part of a fact that people name after environments.
fn telling(fact: &Fact) -> Option<&str> {
    match fact.subject {
        Subject::KubeUser | Subject::AwsAccount | Subject::AwsRegion => None,
        // `.dev` is a domain that anybody can have.
        Subject::KubeServer => fact.value.rsplit_once('.').map(|(name, _)| name),
        _ => Some(&fact.value),
    }
}

/// `production is released to`
fn target(release: &Release) -> String {
    match &release.environment {
        Some(environment) => format!("{} is released to", piece(&environment.name)),
        None => "that is not where this goes".to_owned(),
    }
}

impl Found {
    fn sight(self, facts: &[Fact]) -> Sight {
        let outcome = if !self.wrong.is_empty() {
            Outcome::Broken
        } else if !self.unclear.is_empty() {
            Outcome::CannotTell
        } else if !self.odd.is_empty() {
            Outcome::Doubtful
        } else {
            Outcome::Holds
        };
        let mut mends: Vec<&'static str> = Vec::new();
        let mut lines = Vec::new();
        for (why, mend) in self.wrong.into_iter().chain(self.unclear) {
            lines.push(why);
            mends.extend(mend.filter(|mend| !mends.contains(mend)));
        }
        lines.extend(self.odd);
        if outcome == Outcome::Holds {
            lines.insert(0, pointed(facts));
        }
        let summary: String = if lines.is_empty() { String::new() } else { lines.remove(0) };
        let mut sight = Sight::new(outcome, summary);
        sight.details = lines.into_iter().chain(self.notes).collect();
        if outcome == Outcome::Holds {
            return sight;
        }
        if mends.is_empty() {
            mends.push("look at what is shown, and point this machine at the target");
        }
        sight.remedy(format!("{}; then ask again", mends.join("; ")))
    }
}

/// `kube context is prod-eu, AWS account is 123456789012`
fn pointed(facts: &[Fact]) -> String {
    const FIRST: [Subject; 4] =
        [Subject::KubeContext, Subject::AwsAccount, Subject::GcpProject, Subject::AzureSubscription];
    let mut named: Vec<&Fact> = facts.iter().filter(|fact| FIRST.contains(&fact.subject)).collect();
    if named.is_empty() {
        named = facts.iter().take(1).collect();
    }
    if named.is_empty() {
        return "this machine points at no cluster and no cloud account".to_owned();
    }
    let named: Vec<String> =
        named.iter().take(4).map(|fact| format!("{} is `{}`", fact.label(), fact.shown())).collect();
    named.join(", ")
}
