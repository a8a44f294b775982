//! Signs that stand in files which are no manifests: a chart's values, a web server's configuration, rules of alerts.
//!
//! In: both sides of one file. Out: what of it says under which name and way something is called, who is alerted, and
//! which version runs. Comments and layout say nothing.

use std::collections::BTreeSet;

use crate::facts::{FileFacts, SettingKind};
use crate::source::RepoPath;

/// Words of a web server's configuration that say under which name and way it is called.
const SERVER_WORDS: [&str; 15] = [
    "server_name",
    "return 3",
    "rewrite ",
    "listen ",
    "location ",
    "proxy_pass",
    "ssl_certificate",
    "<virtualhost",
    "rewriterule",
    "proxypass",
    "reverse_proxy",
    "redir ",
    "redirect ",
    "bind ",
    "use_backend ",
];

/// The lines that hold one of these words and are no comments, without their layout.
fn lines<'a>(text: &'a str, wanted: &dyn Fn(&str) -> bool) -> BTreeSet<&'a str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#') && wanted(&line.to_ascii_lowercase()))
        .collect()
}

/// Whether a web server is called in another way.
pub(super) fn serves_otherwise(path: &RepoPath, before: &str, after: &str) -> bool {
    let named = |line: &str| SERVER_WORDS.iter().any(|word| line.contains(word));
    is_server_config(path) && lines(before, &named) != lines(after, &named)
}

fn is_server_config(path: &RepoPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let ends = |end: &str| name.ends_with(end);
    let of_server = ["nginx", "haproxy", "apache", "httpd"].iter().any(|server| name.contains(server));
    let other = ends(".yaml") || ends(".yml") || ends(".json") || ends(".tf");
    name == "caddyfile" || ends(".vhost") || ends(".conf") || ends(".conf.j2") || of_server && !other
}

/// Whether rules, routes or receivers of alerts differ that stand in no manifest of their own.
pub(super) fn alerts_otherwise(path: &RepoPath, before: &str, after: &str) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let rules = [before, after].iter().any(|text| text.contains("alert:") && text.contains("expr:"));
    let routes = [before, after].iter().any(|text| text.contains("receivers:") && text.contains("route:"));
    let format = [".yaml", ".yml", ".rules", ".tpl", ".j2"].iter().any(|end| name.ends_with(end));
    format && (rules || routes) && lines(before, &|_| true) != lines(after, &|_| true)
}

/// Whether a chart, or what is released by one list of charts, has another version.
pub(super) fn has_other_version(path: &RepoPath, before: &str, after: &str) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let yaml = matches!(path.extension().as_deref(), Some("yaml" | "yml"));
    let version = |line: &str| {
        let key = line.trim_start_matches("- ");
        key.starts_with("version:") || key.starts_with("appversion:")
    };
    yaml && (name.starts_with("chart.") || name.starts_with("helmfile"))
        && lines(before, &version) != lines(after, &version)
}

/// Values that say under which name a chart is called, where they differ: the first one.
pub(super) fn called_otherwise(before: Option<&FileFacts>, after: Option<&FileFacts>) -> Option<String> {
    let of = |facts: Option<&FileFacts>| -> BTreeSet<(String, Option<String>)> {
        let settings = facts.into_iter().flat_map(|facts| &facts.settings);
        let named = settings.filter(|setting| match setting.kind {
            SettingKind::ChartValue => is_way_in(&setting.key_path),
            SettingKind::Line => is_way_in(&setting.key_path) && names_host(&setting.key_path),
            _ => false,
        });
        named.map(|setting| (setting.key_path.clone(), setting.value.clone())).collect()
    };
    let (before, after) = (of(before), of(after));
    before.symmetric_difference(&after).next().map(|(key, _)| key.clone())
}

/// `web.ingress.hosts[0]`, `ingressHost`; not `gateway.image.tag`, nor `autoDirectNodeRoutes`.
fn is_way_in(key_path: &str) -> bool {
    const WHOLE: [&str; 9] = [
        "route",
        "routes",
        "httproute",
        "httproutes",
        "gateway",
        "gateways",
        "virtualservice",
        "virtualservices",
        "ingressroute",
    ];
    const UPKEEP: [&str; 19] = [
        "image",
        "images",
        "tag",
        "resources",
        "replicas",
        "replicacount",
        "autoscaling",
        "nodeselector",
        "tolerations",
        "affinity",
        "labels",
        "podlabels",
        "podannotations",
        "metrics",
        "securitycontext",
        "podsecuritycontext",
        "networkpolicy",
        "networkpolicies",
        "version",
    ];
    let lower = key_path.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect();
    let way_in =
        |part: &&str| part.starts_with("ingress") || part.ends_with("ingress") || WHOLE.contains(part);
    parts.iter().any(way_in) && !parts.iter().any(|part| UPKEEP.contains(part))
}

fn names_host(key_path: &str) -> bool {
    let lower = key_path.to_ascii_lowercase();
    ["host", "path", "tls", "domain"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_in_a_web_servers_configuration_changes_no_way_in() {
        let path: RepoPath = "proxy/nginx.conf".into();
        let one = "server {\n  listen 443 ssl;\n  location /api { proxy_pass http://a; }\n}\n";
        let layout = "# ours\nserver {\n    listen 443 ssl;\n  location /api { proxy_pass http://a; }\n}\n";
        assert!(!serves_otherwise(&path, one, layout));
        assert!(!serves_otherwise(&path, one, &one.replace("ssl;\n", "ssl;\n  keepalive_timeout 9s;\n")));
        assert!(serves_otherwise(&path, one, &one.replace("/api", "/v2")));
        assert!(serves_otherwise(&path, one, "server {\n  return 308 https://b.example.org;\n}\n"));
        assert!(!serves_otherwise(&"nginx-values.yaml".into(), one, ""));
    }

    #[test]
    fn a_values_key_is_a_way_in_by_its_whole_words_and_not_where_it_is_upkeep() {
        for way_in in
            ["ingress.enabled", "hub.ingress.hosts[0]", "ingressHost", "publicIngress.host", "route.host"]
        {
            assert!(is_way_in(way_in), "{way_in}");
        }
        for other in [
            "autoDirectNodeRoutes",
            "gateway.image.tag",
            "ingress-nginx.controller.resources.limits.cpu",
            "networkPolicy.ingress.enabled",
            "router.port",
        ] {
            assert!(!is_way_in(other), "{other}");
        }
    }

    #[test]
    fn rules_of_alerts_count_wherever_they_stand_and_comments_do_not() {
        let path: RepoPath = "monitoring/rules.yml".into();
        let rules = "groups:\n- rules:\n  - alert: Down\n    expr: up == 0\n";
        assert!(alerts_otherwise(&path, rules, &rules.replace("== 0", "< 1")));
        assert!(!alerts_otherwise(&path, rules, &format!("# more\n{rules}")));
        assert!(alerts_otherwise(&path, "", "route: {receiver: a}\nreceivers:\n- name: a\n"));
        assert!(!alerts_otherwise(&path, "a: 1\n", "a: 2\n"));
    }

    #[test]
    fn a_charts_version_is_read_and_its_description_is_not() {
        let path: RepoPath = "charts/web/Chart.yaml".into();
        let chart = "name: web\ndescription: x\ndependencies:\n- name: db\n  version: 1.2.0\n";
        assert!(has_other_version(&path, chart, &chart.replace("1.2.0", "2.0.0")));
        assert!(!has_other_version(&path, chart, &chart.replace("description: x", "description: y")));
        assert!(has_other_version(&"helmfile.yaml".into(), "- version: 1\n", "- version: 2\n"));
    }
}
