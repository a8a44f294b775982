//! Where alerts go: the config's routes and receivers.
//!
//! In: Alertmanager's config and the labels of a service's alerts. Out: receivers, and whether they notify anybody.
//! Routes are walked as Alertmanager does it: in their order, into the first that matches unless it goes on.

use std::collections::{BTreeMap, BTreeSet};

use super::matcher::Matcher;
use super::reach::{Labels, Reach, reach};
use crate::document::{self, Format, Node};
use crate::source::{Origin, SourceFile};

/// Combinations of labels' values that are walked.
const COMBINATIONS: usize = 1_000;

#[derive(Debug)]
pub(super) struct Config {
    /// By name: whether it has an integration.
    receivers: BTreeMap<String, bool>,
    root: Route,
}

#[derive(Debug)]
pub(super) struct Route {
    pub(super) receiver: String,
    matchers: Vec<Matcher>,
    goes_on: bool,
    /// Names of the intervals in which it notifies nobody, or in which alone it does.
    pub(super) timed: Vec<String>,
    routes: Vec<Route>,
}

/// Where alerts of a service go, for one combination of what is known of their labels.
#[derive(Debug)]
pub(super) struct Way<'a> {
    /// Labels that are not the same for all of the service's alerts.
    pub(super) of: Vec<(&'a str, &'a str)>,
    /// With nothing but the listed labels.
    pub(super) routes: Vec<&'a Route>,
    /// With others beside them.
    pub(super) possible: BTreeSet<&'a str>,
}

impl Config {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        // What looks like a template here are templates of notifications, of which nothing is asked.
        let text = text.replace("{{", "((").replace("{%", "(%").replace("<%", "(%");
        let source = SourceFile::new(Origin::File("alertmanager.yml".into()), text);
        let document = document::parse(&source, Format::Yaml).map_err(|error| error.to_string())?;
        let [root] = document.roots.as_slice() else { return Err("it is not one YAML document".to_owned()) };
        let mut receivers = BTreeMap::new();
        for receiver in root.get("receivers").map(Node::items).unwrap_or_default() {
            let name = receiver.get("name").and_then(Node::scalar).ok_or("a receiver has no name")?;
            receivers.insert(name.into_owned(), notifies(receiver));
        }
        let route = root.get("route").ok_or("it has no route")?;
        let root = Route::read(route, None)?;
        Ok(Self { receivers, root })
    }

    /// `None`: there is no such receiver.
    pub(super) fn notifies(&self, receiver: &str) -> Option<bool> {
        self.receivers.get(receiver).copied()
    }

    pub(super) fn notifies_anybody(&self) -> bool {
        self.receivers.values().any(|notifies| *notifies)
    }

    /// The first matcher that can't be evaluated here: where it decides, nothing is known.
    pub(super) fn not_evaluated(&self) -> Option<&Matcher> {
        self.root.not_evaluated()
    }

    /// `None`: there are more combinations of labels than are walked.
    pub(super) fn ways<'a>(&'a self, labels: &'a Labels) -> Option<Vec<Way<'a>>> {
        let combinations = combinations(labels)?;
        let mut ways = Vec::with_capacity(combinations.len());
        for of in combinations {
            let known: Labels =
                of.iter().map(|(label, value)| ((*label).to_owned(), vec![(*value).to_owned()])).collect();
            let mut routes = Vec::new();
            self.root.walk(
                &|label| of.iter().find(|(known, _)| *known == label).map(|(_, value)| *value),
                &mut routes,
            );
            let mut possible = BTreeSet::new();
            self.root.possible(&known, &mut possible);
            let of =
                of.into_iter().filter(|(label, _)| labels.get(*label).is_some_and(|values| values.len() > 1));
            ways.push(Way { of: of.collect(), routes, possible });
        }
        Some(ways)
    }
}

fn notifies(receiver: &Node) -> bool {
    receiver
        .entries()
        .iter()
        .any(|entry| entry.key.value.ends_with("_configs") && !entry.value.items().is_empty())
}

fn combinations(labels: &Labels) -> Option<Vec<Vec<(&str, &str)>>> {
    let mut combinations = vec![Vec::new()];
    for (label, values) in labels.iter().filter(|(_, values)| !values.is_empty()) {
        if combinations.len().saturating_mul(values.len()) > COMBINATIONS {
            return None;
        }
        combinations = combinations
            .iter()
            .flat_map(|known: &Vec<(&str, &str)>| {
                values.iter().map(move |value| {
                    let mut longer = known.clone();
                    longer.push((label.as_str(), value.as_str()));
                    longer
                })
            })
            .collect();
    }
    Some(combinations)
}

impl Route {
    /// Recurses as deep as documents may be.
    fn read(node: &Node, above: Option<&str>) -> Result<Self, String> {
        let receiver = node.get("receiver").and_then(Node::scalar).map(std::borrow::Cow::into_owned);
        let receiver = receiver.filter(|name| !name.is_empty()).or_else(|| above.map(str::to_owned));
        let receiver = receiver.ok_or("its route names no receiver")?;
        let mut matchers = Vec::new();
        for (key, is_regex) in [("match", false), ("match_re", true)] {
            for entry in node.get(key).map(Node::entries).unwrap_or_default() {
                let value = entry.value.scalar().ok_or("a route has a matcher that can't be read")?;
                matchers.push(Matcher::new(&entry.key.value, &value, is_regex, true));
            }
        }
        for item in node.get("matchers").map(Node::items).unwrap_or_default() {
            let text = item.scalar().ok_or("a route has a matcher that can't be read")?;
            let matcher = Matcher::parse(&text);
            matchers
                .push(matcher.ok_or_else(|| format!("a route has a matcher that can't be read: {text}"))?);
        }
        let mut timed = Vec::new();
        for key in ["mute_time_intervals", "active_time_intervals"] {
            let names = node.get(key).map(Node::items).unwrap_or_default();
            timed.extend(names.iter().filter_map(Node::scalar).map(std::borrow::Cow::into_owned));
        }
        let goes_on = node.get("continue").and_then(Node::as_bool).unwrap_or(false);
        let routes = node.get("routes").map(Node::items).unwrap_or_default();
        let routes =
            routes.iter().map(|route| Self::read(route, Some(&receiver))).collect::<Result<_, _>>()?;
        Ok(Self { receiver, matchers, goes_on, timed, routes })
    }

    fn not_evaluated(&self) -> Option<&Matcher> {
        let own = self.matchers.iter().find(|matcher| !matcher.can_be_evaluated());
        own.or_else(|| self.routes.iter().find_map(Self::not_evaluated))
    }

    /// Where an alert goes that bears these labels and no others; an expression that can't be evaluated does not match.
    fn walk<'a, 'b>(&'a self, value: &impl Fn(&str) -> Option<&'b str>, into: &mut Vec<&'a Self>) {
        let before = into.len();
        for route in &self.routes {
            let matches = route.matchers.iter().all(|matcher| {
                // Every alert has a name, whatever it is.
                let otherwise = if matcher.label == "alertname" { "some alert" } else { "" };
                matcher.passes(value(&matcher.label).unwrap_or(otherwise)) == Some(true)
            });
            if matches {
                route.walk(value, into);
                if !route.goes_on {
                    break;
                }
            }
        }
        if into.len() == before {
            into.push(self);
        }
    }

    /// Every receiver that an alert can go to that bears these labels, and perhaps others.
    fn possible<'a>(&'a self, known: &Labels, into: &mut BTreeSet<&'a str>) {
        let mut taken = false;
        for route in &self.routes {
            match reach(&route.matchers, known) {
                Reach::Misses => {}
                // Every value that is known is one value here: all of the labels fit, listed or not.
                Reach::All if route.matchers.iter().all(|matcher| known.contains_key(&matcher.label)) => {
                    route.possible(known, into);
                    taken = true;
                    if !route.goes_on {
                        return;
                    }
                }
                Reach::All | Reach::Some | Reach::May | Reach::CannotTell => route.possible(known, into),
            }
        }
        if !taken {
            into.insert(&self.receiver);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"
global:
  resolve_timeout: 5m
route:
  receiver: "null"
  continue: false
  routes:
  - receiver: dead-mans-switch
    matchers:
    - alertname="Watchdog"
    continue: false
  - receiver: log
    matchers:
    - service=~".+"
    continue: true
  - matchers:
    - service=~"iot-.+"
    receiver: iot
    mute_time_intervals:
    - night
    routes:
    - match:
        severity: info
      receiver: "null"
    - match_re:
        severity: warn|critical
      receiver: pager
  - receiver: web
    match:
      service: web
      code: 5
receivers:
- name: "null"
- name: log
  webhook_configs: []
- name: dead-mans-switch
  webhook_configs:
  - url: <secret>
- name: iot
  email_configs:
  - to: iot@example.org
    html: '{{ template "email.default.html" . }}'
    text: |-
      {{ if .X }}
      a
      {{ else }}
- name: pager
  pagerduty_configs:
  - service_key: <secret>
- name: web
  slack_configs:
  - channel: web
"#;

    fn labels(pairs: &[(&str, &[&str])]) -> Labels {
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        pairs.iter().map(|(label, all)| ((*label).to_owned(), values(all))).collect()
    }

    type Seen<'a> = (Vec<(&'a str, &'a str)>, Vec<&'a str>, Vec<&'a str>);

    fn ways<'a>(config: &'a Config, labels: &'a Labels) -> Vec<Seen<'a>> {
        let ways = config.ways(labels).unwrap();
        let receivers = |routes: Vec<&'a Route>| routes.iter().map(|route| route.receiver.as_str()).collect();
        ways.into_iter()
            .map(|way| (way.of, receivers(way.routes), way.possible.into_iter().collect()))
            .collect()
    }

    #[test]
    fn alerts_go_where_alertmanager_sends_them() {
        let config = Config::read(CONFIG).unwrap();
        let known = labels(&[("service", &["iot-etl"])]);
        let possible = vec!["dead-mans-switch", "iot", "log", "null", "pager"];
        assert_eq!(ways(&config, &known), [(vec![], vec!["log", "iot"], possible)]);
        let known = labels(&[
            ("service", &["iot-etl"]),
            ("alertname", &["A"]),
            ("severity", &["critical", "info", "x"]),
        ]);
        assert_eq!(
            ways(&config, &known),
            [
                (vec![("severity", "critical")], vec!["log", "pager"], vec!["log", "pager"]),
                (vec![("severity", "info")], vec!["log", "null"], vec!["log", "null"]),
                (vec![("severity", "x")], vec!["log", "iot"], vec!["iot", "log"]),
            ]
        );
        let known = labels(&[("service", &["web"]), ("alertname", &["A"])]);
        assert_eq!(ways(&config, &known), [(vec![], vec!["log"], vec!["log", "web"])]);
        let known = labels(&[("team", &["x"])]);
        assert_eq!(ways(&config, &known)[0].1, ["null"]);
    }

    #[test]
    fn a_receiver_notifies_if_it_has_an_integration() {
        let config = Config::read(CONFIG).unwrap();
        for (name, notifies) in
            [("null", Some(false)), ("log", Some(false)), ("iot", Some(true)), ("x", None)]
        {
            assert_eq!(config.notifies(name), notifies, "{name}");
        }
        let known = labels(&[("service", &["iot-etl"])]);
        assert_eq!(config.ways(&known).unwrap()[0].routes[1].timed, ["night"]);
    }

    #[test]
    fn what_cannot_be_read_is_said_and_what_is_too_much_is_not_walked() {
        for text in [
            "",
            "a: [",
            "receivers: []",
            "route: {}",
            "route: {receiver: a, routes: [{matchers: ['x']}]}",
            "route: {receiver: a}\nreceivers: [{}]",
        ] {
            assert!(Config::read(text).is_err(), "{text}");
        }
        let many: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let labels = Labels::from([("a".to_owned(), many.clone()), ("b".to_owned(), many)]);
        assert!(Config::read(CONFIG).unwrap().ways(&labels).is_none());
    }
}
