//! Raw checklist in, items out; every problem is collected before it stops.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use toml::Spanned;

use super::file::{Checklist, POLICIES, Probes, SecretRule, Service, parse};
use super::item::{Item, OnError, Question, Role, Task};
use super::raw::{OneOrMore, RawConfirmation, RawEvidence, RawProxy, RawScope, RawService};
use crate::calendar::Length;
use crate::facts::signs::Sign;
use crate::http::{Targets, host_and_port};
use crate::policy::{EnvironmentScope, incident};
use crate::source::{PathPattern, Problem, Problems, SourceFile, Span, nearest};

/// How long what was seen counts, where the item does not say.
pub(super) const SEEN: SignedDuration = SignedDuration::from_mins(10);
/// How long what was said counts.
const SAID: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn span_of<T>(spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(range.start, range.end)
}

/// What both families have in common.
struct Head {
    id: Spanned<String>,
    title: String,
    incident: Option<Spanned<String>>,
    environments: Option<Spanned<RawScope>>,
    services: Vec<Spanned<String>>,
    when: Vec<Sign>,
    max_age: SignedDuration,
}

pub(super) fn compile(source: &Arc<SourceFile>, built_in: bool) -> Result<Checklist, Problems> {
    let raw = parse(source)?;
    let mut compiling = Compiling {
        problems: Vec::new(),
        services: raw.service.keys().cloned().collect(),
        ids: BTreeSet::new(),
        built_in,
    };
    let services = compiling.services(raw.service);
    let evidence = raw.evidence.into_iter().map(Spanned::into_inner);
    let mut items: Vec<Item> = evidence.map(|raw| compiling.evidence(raw)).collect();
    let confirmations = raw.confirmation.into_iter().map(Spanned::into_inner);
    items.extend(confirmations.map(|raw| compiling.confirmation(raw)));
    let probes = Probes {
        private: raw.probes.private.iter().map(|entry| (entry.get_ref().clone(), span_of(entry))).collect(),
        proxy: matches!(raw.probes.proxy, Some(RawProxy::Env)),
        authorities: raw.probes.authorities.map(|path| (path.get_ref().as_str().into(), span_of(&path))),
        secrets: raw
            .secret
            .into_iter()
            .map(|(variable, raw)| SecretRule {
                variable,
                hosts: raw.hosts.into_iter().map(|host| compiling.host(host)).collect(),
                scheme: raw.scheme,
            })
            .collect(),
    };
    for (entry, at) in &probes.private {
        if let Err(why) = Targets::parse(entry) {
            compiling.problems.push(Problem::new(*at, format!("`{entry}` {why}")));
        }
    }
    if !compiling.problems.is_empty() {
        return Err(Problems { file: source.clone(), list: compiling.problems });
    }
    Ok(Checklist { source: Some(source.clone()), probes, services, items })
}

/// What items are compiled against.
struct Compiling {
    problems: Vec<Problem>,
    services: Vec<String>,
    ids: BTreeSet<String>,
    built_in: bool,
}

impl Compiling {
    fn services(&mut self, raw: BTreeMap<String, RawService>) -> Vec<Service> {
        let mut services = Vec::new();
        for (name, raw) in raw {
            let mut paths = Vec::new();
            for path in &raw.paths {
                match PathPattern::compile(path.get_ref()) {
                    Ok(pattern) => paths.push(pattern),
                    Err(error) => self.problems.push(Problem::new(span_of(path), error.to_string())),
                }
            }
            let alerts = raw.alerts.into_iter().map(|(label, values)| match values {
                OneOrMore::One(value) => (label, vec![value]),
                OneOrMore::More(values) => (label, values),
            });
            services.push(Service { name, paths, alerts: alerts.collect(), session: raw.session });
        }
        services
    }

    /// Where a secret may go: what is written otherwise would match no address, and nobody would be told.
    fn host(&mut self, host: Spanned<String>) -> String {
        if let Err(why) = host_and_port(host.get_ref()) {
            let problem = format!("`{}` {why}", host.get_ref());
            self.problems.push(Problem::new(span_of(&host), problem));
        }
        host.into_inner()
    }

    fn evidence(&mut self, raw: RawEvidence) -> Item {
        if let Err(problem) = raw.probe.probe().validate() {
            // The table of the parameters has no place of its own; the id of its item is next to it.
            let problem = format!("`{}`: {problem}", raw.probe.name());
            self.problems.push(Problem::new(span_of(&raw.id), problem));
        }
        let head = Head {
            title: raw
                .title
                .unwrap_or_else(|| format!("{}: {}", raw.probe.name(), raw.probe.probe().subject())),
            id: raw.id,
            incident: raw.incident,
            environments: raw.environments,
            services: raw.services,
            when: raw.when,
            max_age: raw.max_age.map_or(SEEN, Length::duration),
        };
        let item = self.item(head, Task::Probe(Arc::new(raw.probe)));
        let fails_for = raw.fails_for.map(Length::duration);
        Item { on_error: raw.on_error, triggers: raw.triggers, fails_for, ..item }
    }

    fn confirmation(&mut self, raw: RawConfirmation) -> Item {
        let text = raw.question.get_ref().trim().to_owned();
        if text.is_empty() {
            self.problems.push(Problem::new(span_of(&raw.question), "nobody can answer an empty question"));
        }
        let head = Head {
            id: raw.id,
            title: raw.title.unwrap_or_else(|| text.clone()),
            incident: raw.incident,
            environments: raw.environments,
            services: raw.services,
            when: raw.when,
            max_age: raw.max_age.map_or(SAID, Length::duration),
        };
        // Who may answer is known once the whole list is.
        let role = Role { name: raw.role, people: Vec::new() };
        let (wants_words, not_author) = (raw.wants_words, raw.not_author);
        self.item(head, Task::Question(Question { role, text, wants_words, not_author }))
    }

    fn item(&mut self, head: Head, task: Task) -> Item {
        let at = span_of(&head.id);
        let id = head.id.into_inner();
        if !is_id(&id) {
            let problem = Problem::new(at, format!("`{id}` is no id of an item"));
            self.problems.push(problem.hint("lower-case words joined by hyphens: `ingest-certificate`"));
        }
        if id == POLICIES {
            self.problems.push(Problem::new(at, "`policies` is the gate's verdict, which is always there"));
        }
        if !self.ids.insert(id.clone()) {
            self.problems.push(Problem::new(at, format!("there is an item `{id}` already")));
        }
        if let Some(named) = head.incident.as_ref().filter(|_| self.built_in)
            && incident(named.get_ref()).is_none()
        {
            let problem = format!("there is no incident `{}` in policies/incidents/", named.get_ref());
            self.problems.push(Problem::new(span_of(named), problem));
        }
        for service in &head.services {
            if !self.services.contains(service.get_ref()) {
                let problem = format!("there is no [service.{}]", service.get_ref());
                let mut problem = Problem::new(span_of(service), problem);
                if let Some(near) = nearest(service.get_ref(), self.services.iter().map(String::as_str)) {
                    problem = problem.hint(format!("did you mean `{near}`?"));
                }
                self.problems.push(problem);
            }
        }
        Item {
            id,
            title: head.title,
            incident: head.incident.map(Spanned::into_inner),
            environments: self.scope(head.environments),
            services: head.services.into_iter().map(Spanned::into_inner).collect(),
            when: head.when,
            on_error: OnError::NoGo,
            max_age: head.max_age,
            task,
            triggers: Vec::new(),
            fails_for: None,
            built_in: self.built_in,
        }
    }

    fn scope(&mut self, raw: Option<Spanned<RawScope>>) -> EnvironmentScope {
        let Some(raw) = raw else { return EnvironmentScope::All };
        let at = span_of(&raw);
        match raw.into_inner() {
            RawScope::Names(names) => EnvironmentScope::Named(names),
            RawScope::Word(word) => match word.as_str() {
                "all" => EnvironmentScope::All,
                "protected" => EnvironmentScope::Protected,
                _ => {
                    let problem = Problem::new(at, format!("`{word}` selects no environments"));
                    self.problems.push(
                        problem.hint("write \"protected\", \"all\", or a list of names: [\"production\"]"),
                    );
                    EnvironmentScope::All
                }
            },
        }
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}
