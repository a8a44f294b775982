//! Which items a change brings up, and why.

use std::collections::BTreeSet;

use super::decision::Row;
use super::file::{Checklist, Service};
use super::item::{Item, Task};
use crate::calendar::Length;
use crate::facts::signs::{Sign, Signs};
use crate::policy::EnvironmentScope;
use crate::source::RepoPath;

/// What is released, as far as items are chosen by it.
#[derive(Debug, Clone, Copy)]
pub struct Touched<'a> {
    /// Name, and whether it is judged in full. Where none is known, what is asked for protected ones is asked.
    pub environment: Option<(&'a str, bool)>,
    pub files: &'a [RepoPath],
    pub workloads: &'a BTreeSet<String>,
    pub signs: &'a Signs,
}

impl Checklist {
    /// The services of the list that a change touches.
    pub fn services_of(&self, touched: &Touched<'_>) -> Vec<&Service> {
        self.services.iter().filter(|service| service.is_touched(touched)).collect()
    }

    /// The longest session or token of these services.
    pub fn longest_session(services: &[&Service]) -> Option<Length> {
        services.iter().filter_map(|service| service.session).max()
    }

    /// Every item that is asked for this release, in the order of the list, nothing known of it yet.
    pub fn rows(&self, touched: &Touched<'_>) -> Vec<Row> {
        let services = self.services_of(touched);
        self.items.iter().filter_map(|item| row(item, touched, &services)).collect()
    }
}

impl Service {
    fn is_touched(&self, touched: &Touched<'_>) -> bool {
        if self.paths.is_empty() {
            return touched.workloads.contains(&self.name);
        }
        touched.files.iter().any(|file| self.paths.iter().any(|pattern| pattern.matches(file)))
    }
}

fn row(item: &Item, touched: &Touched<'_>, services: &[&Service]) -> Option<Row> {
    let anywhere = touched.environment.is_none() && item.environments == EnvironmentScope::Protected;
    if !anywhere && !item.environments.holds(touched.environment) {
        return None;
    }
    let of_item = |service: &&&Service| item.services.contains(&service.name);
    let service = services.iter().find(of_item);
    if !item.services.is_empty() && service.is_none() {
        return None;
    }
    // Nothing is deployed by a change that reaches nothing; the verdict on it stands all the same.
    if touched.files.is_empty() && !matches!(item.task, Task::Policies) {
        return None;
    }
    let because = if item.when.is_empty() {
        service.map(|service| format!("the change touches {}", service.name))
    } else {
        Some(item.when.iter().find_map(|sign| shown(*sign, touched.signs, services))?)
    };
    Some(Row::waiting(item.clone(), because))
}

/// What a person is told of the sign that brought a question up.
fn shown(sign: Sign, signs: &Signs, services: &[&Service]) -> Option<String> {
    if let Some(places) = signs.get(&sign) {
        let mut named: Vec<&str> = places.iter().map(String::as_str).take(2).collect();
        let more = places.len() - named.len();
        let and_more = format!("{more} more");
        if more > 0 {
            named.push(&and_more);
        }
        return Some(format!("the change touches {}: {}", sign.words(), named.join(", ")));
    }
    if sign != Sign::Session {
        return None;
    }
    services
        .iter()
        .find_map(|service| Some(format!("sessions of {} last {}", service.name, service.session?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Origin, SourceFile};

    fn list(text: &str) -> Checklist {
        Checklist::read(&SourceFile::new(Origin::File("checklist.toml".into()), text.to_owned())).unwrap()
    }

    fn asked(
        list: &Checklist,
        environment: Option<(&str, bool)>,
        files: &[&str],
        signs: &Signs,
    ) -> Vec<String> {
        let files: Vec<RepoPath> = files.iter().map(|file| (*file).into()).collect();
        let workloads = BTreeSet::from(["web".to_owned()]);
        let touched = Touched { environment, files: &files, workloads: &workloads, signs };
        list.rows(&touched).into_iter().map(|row| row.item.id).collect()
    }

    const PRODUCTION: Option<(&str, bool)> = Some(("production", true));

    #[test]
    fn what_the_change_shows_selects_what_is_asked() {
        let list = Checklist::built_in().unwrap();
        let quiet = asked(&list, PRODUCTION, &["prod/a.yaml"], &Signs::new());
        assert_eq!(quiet, ["policies", "context", "way-back", "alerts-heard", "release"]);
        let signs = Signs::from([(Sign::Dns, BTreeSet::from(["aws_route53_record in".to_owned()]))]);
        assert!(asked(&list, PRODUCTION, &["prod/a.yaml"], &signs).contains(&"outsiders-told".to_owned()));
        let signs = Signs::from([(Sign::Session, BTreeSet::from(["Deployment web".to_owned()]))]);
        assert!(asked(&list, PRODUCTION, &["prod/a.yaml"], &signs).contains(&"soak-watched".to_owned()));
    }

    #[test]
    fn a_release_to_staging_asks_nobody_and_one_that_reaches_nothing_asks_nothing() {
        let list = Checklist::built_in().unwrap();
        assert_eq!(
            asked(&list, Some(("staging", false)), &["stage/a"], &Signs::new()),
            ["policies", "context"]
        );
        assert_eq!(asked(&list, None, &[], &Signs::new()), ["policies"]);
    }

    #[test]
    fn what_no_environment_is_known_for_is_asked_about_like_production() {
        let list = Checklist::built_in().unwrap();
        let files = ["terraform/dns.tf"];
        let signs = Signs::from([(Sign::Dns, BTreeSet::from(["aws_route53_record in".to_owned()]))]);
        assert_eq!(asked(&list, None, &files, &signs), asked(&list, PRODUCTION, &files, &signs));
        assert!(asked(&list, None, &files, &signs).contains(&"outsiders-told".to_owned()));
    }

    #[test]
    fn a_service_is_touched_by_its_paths_or_by_a_workload_of_its_name() {
        let list = list(
            "built-in = false\n[service.web]\nsession = \"1h\"\n[service.etl]\npaths = [\"prod/etl/**\"]\n\
             [[confirmation]]\nid = \"a\"\nservices = [\"web\"]\nrole = \"x\"\nquestion = \"q\"\n\
             [[confirmation]]\nid = \"b\"\nservices = [\"etl\"]\nrole = \"x\"\nquestion = \"q\"\n\
             [[confirmation]]\nid = \"c\"\nwhen = [\"session\"]\nrole = \"x\"\nquestion = \"q\"\n",
        );
        assert_eq!(asked(&list, PRODUCTION, &["prod/web.yaml"], &Signs::new()), ["policies", "a", "c"]);
        assert_eq!(
            asked(&list, PRODUCTION, &["prod/etl/x.yaml"], &Signs::new()),
            ["policies", "a", "b", "c"]
        );
    }

    #[test]
    fn it_is_said_why_something_is_asked() {
        let places: BTreeSet<String> = ["Ingress a", "Ingress b", "Ingress c"].map(str::to_owned).into();
        let signs = Signs::from([(Sign::Ingress, places)]);
        assert_eq!(
            shown(Sign::Ingress, &signs, &[]).unwrap(),
            "the change touches what others call: Ingress a, Ingress b, 1 more"
        );
    }
}
