use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;

/// A machine made of files below a home of its own, and variables.
struct Desk {
    home: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Desk {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), variables: BTreeMap::new() }
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        let value = value.replace("HOME", self.home.path().to_str().unwrap());
        self.variables.insert(name.to_owned(), value);
        self
    }

    fn look(&self, parameters: &str, release: &Release) -> Sight {
        let context: Context = toml::from_str(parameters).unwrap();
        let machine = Machine {
            variable: &|name: &str| self.variables.get(name).cloned(),
            home: Some(self.home.path().to_owned()),
            service_account: self.home.path().join("pod"),
        };
        context.judge(read(&machine), release)
    }

    fn shown(&self) -> Vec<(String, String)> {
        self.look("", &production()).shown
    }
}

fn named(name: &str, protected: bool) -> NamedEnvironment {
    NamedEnvironment { name: name.to_owned(), markers: Vec::new(), protected }
}

fn production() -> Release {
    Release {
        environment: Some(named("production", true)),
        others: vec![named("staging", false), named("development", false)],
        ..Release::default()
    }
}

fn to(environment: &str) -> Release {
    Release { environment: Some(named(environment, false)), ..Release::default() }
}

fn kubeconfig(current: &str, contexts: &[(&str, &str)]) -> String {
    let mut text = format!("apiVersion: v1\nkind: Config\ncurrent-context: {current}\ncontexts:\n");
    for (name, namespace) in contexts {
        text.push_str(&format!(
            "- name: {name}\n  context: {{cluster: c-{name}, user: u-{name}, namespace: {namespace}}}\n"
        ));
    }
    text.push_str("clusters:\n");
    for (name, _) in contexts {
        text.push_str(&format!(
            "- name: c-{name}\n  cluster: {{server: 'https://api.{name}.example.org:6443'}}\n"
        ));
    }
    text.push_str("users:\n- name: u-x\n  user: {token: planted-token-5f1c, password: planted-token-5f1c}\n");
    text
}

fn at(context: &str, namespace: &str) -> Desk {
    Desk::new().file(".kube/config", kubeconfig(context, &[(context, namespace)]))
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn what_the_cluster_is_called_and_where_it_stands_is_shown() {
    let sight = at("prod-eu", "iot").look("", &production());
    assert_eq!((sight.outcome, sight.summary.as_str()), (Outcome::Holds, "kube context is `prod-eu`"));
    assert_eq!(
        sight.shown,
        pairs(&[
            ("kube context", "prod-eu"),
            ("kube server", "api.prod-eu.example.org"),
            ("namespace", "iot"),
            ("kube user", "u-prod-eu"),
        ])
    );
    assert_eq!(sight.asked[0].target, "~/.kube/config");
    assert!(!format!("{sight:?}").contains("planted-token"));
}

#[test]
fn a_name_of_another_environment_is_wrong_and_one_that_names_both_is_not() {
    for (context, namespace, outcome) in [
        ("eks-staging-eu", "iot", Outcome::Broken),
        ("staging2", "iot", Outcome::Broken),
        ("prod-eu", "iot-staging", Outcome::Broken),
        ("preprod", "iot", Outcome::Broken),
        ("non-prod-eu", "iot", Outcome::Broken),
        ("nonprod", "iot", Outcome::Broken),
        ("prod-like", "iot", Outcome::Broken),
        ("arn:aws:eks:eu-west-1:123456789012:cluster/dev", "iot", Outcome::Broken),
        ("prod-eu", "staging-for-prod", Outcome::Holds),
        ("prod-eu-test", "iot", Outcome::Holds),
        ("producer", "devices", Outcome::Holds),
        ("live-eu", "iot", Outcome::Holds),
        ("eu-1", "dev-portal", Outcome::Doubtful),
        ("eu-1", "load-test", Outcome::Doubtful),
        ("eks-test", "iot", Outcome::Broken),
    ] {
        // The cluster's host names nothing here.
        let text = kubeconfig(context, &[(context, namespace)]);
        let text = text.replace(&format!("api.{context}.example.org"), "api.example.org");
        let desk = Desk::new().file(".kube/config", text);
        let sight = desk.look("", &production());
        assert_eq!(sight.outcome, outcome, "{context} {namespace}: {sight:?}");
    }
}

#[test]
fn of_all_that_is_wrong_it_says_what_mends_it() {
    let desk = Desk::new()
        .file(".kube/config", kubeconfig("staging-eu", &[("staging-eu", "iot")]))
        .file(".aws/config", "[default]\nsso_account_id = 210987654321\n");
    let expected = "kube-context = [\"prod-*\"]\naws-account = [\"123456789012\"]\n";
    let remedy = desk.look(expected, &production()).remedy.unwrap();
    assert_eq!(remedy.matches("kubectl config use-context").count(), 1, "{remedy}");
    assert!(remedy.contains("set AWS_PROFILE") && remedy.ends_with("; then ask again"), "{remedy}");
}

#[test]
fn environments_that_nobody_described_are_known_by_their_usual_words() {
    let usual = |(name, markers): (String, Vec<String>)| NamedEnvironment {
        protected: name == "production",
        name,
        markers,
    };
    let (own, others): (Vec<_>, Vec<_>) =
        Environments::default().known().into_iter().map(usual).partition(|known| known.name == "production");
    let release = Release { environment: own.into_iter().next(), others, ..Release::default() };
    for (context, namespace, outcome) in [
        ("prod-eu", "iot", Outcome::Holds),
        ("live-eu", "iot", Outcome::Holds),
        ("staging-eu", "iot", Outcome::Broken),
        ("eks-test", "iot", Outcome::Broken),
        ("nonprod", "iot", Outcome::Broken),
        ("eu-1", "load-test", Outcome::Doubtful),
        ("eu-1", "iot", Outcome::Holds),
    ] {
        let sight = at(context, namespace).look("", &release);
        assert_eq!(sight.outcome, outcome, "{context} {namespace}: {sight:?}");
    }
}

/// To production; what tools of the trade call clusters. A false alarm is worse than a name that is only shown.
#[test]
fn names_as_tools_give_them_are_read_as_people_read_them() {
    let usual = |(name, markers): (String, Vec<String>)| NamedEnvironment {
        protected: name == "production",
        name,
        markers,
    };
    let (own, others): (Vec<_>, Vec<_>) =
        Environments::default().known().into_iter().map(usual).partition(|known| known.name == "production");
    let release = Release { environment: own.into_iter().next(), others, ..Release::default() };
    let mut wrong = Vec::new();
    for (context, outcome) in [
        ("arn:aws:eks:eu-west-1:123456789012:cluster/prod-main", Outcome::Holds),
        ("arn:aws:eks:eu-west-1:123456789012:cluster/stg-main", Outcome::Broken),
        ("arn:aws:eks:eu-west-1:123456789012:cluster/main", Outcome::Holds),
        ("arn:aws-us-gov:eks:us-gov-west-1:123456789012:cluster/nonprod", Outcome::Broken),
        ("deploy@prod-main.eu-west-1.eksctl.io", Outcome::Holds),
        ("deploy@dev-main.eu-west-1.eksctl.io", Outcome::Broken),
        ("gke_shop-prod_europe-west1_main", Outcome::Holds),
        ("gke_shop-prod-1a2b_europe-west1_main", Outcome::Holds),
        ("gke_shop-staging_europe-west1_main", Outcome::Broken),
        ("gke_shop-nonprod_europe-west1_main", Outcome::Broken),
        ("gke_shop-np_europe-west1_main", Outcome::Doubtful),
        ("aks-shop-prod-weu-001", Outcome::Holds),
        ("aks-shop-prd-weu-001-admin", Outcome::Holds),
        ("aks-shop-uat-weu-001-admin", Outcome::Broken),
        ("shop-prod/api-cluster-example-org:6443/alice", Outcome::Holds),
        ("shop-dev/api-cluster-example-org:6443/alice", Outcome::Broken),
        ("shop-stage/api-ocp-example-org:6443/system:admin", Outcome::Broken),
        ("default/api-ocp-prod-example-org:6443/kube:admin", Outcome::Holds),
        ("rancher-prod", Outcome::Holds),
        ("c-m-4x7k2b9q", Outcome::Holds),
        ("shop-preprod", Outcome::Broken),
        ("pre-production-eu", Outcome::Broken),
        ("prod2", Outcome::Holds),
        ("prd01-eu", Outcome::Holds),
        ("stg", Outcome::Broken),
        ("live", Outcome::Holds),
        ("dr", Outcome::Holds),
        ("shop-prod-dr", Outcome::Holds),
        ("dr-site-eu", Outcome::Holds),
        ("sandbox-7", Outcome::Broken),
        ("snp-genomics", Outcome::Holds),
        ("np-archive", Outcome::Holds),
        ("device-fleet", Outcome::Holds),
        ("reproduction", Outcome::Holds),
        ("kind-kind", Outcome::Doubtful),
        ("kind-shop", Outcome::Doubtful),
        ("minikube", Outcome::Broken),
        ("k3d-shop", Outcome::Doubtful),
        ("docker-desktop", Outcome::Broken),
        ("docker-for-desktop", Outcome::Broken),
        ("rancher-desktop", Outcome::Broken),
        ("orbstack", Outcome::Broken),
        ("colima", Outcome::Broken),
        ("microk8s", Outcome::Holds),
        ("crc-admin", Outcome::Broken),
        ("kindergarten-eu", Outcome::Holds),
    ] {
        let text = kubeconfig("here", &[("here", "iot")]).replace("api.here.example.org", "10.0.0.1");
        let text = text.replace("current-context: here", &format!("current-context: {context}"));
        let text = text.replace("- name: here\n", &format!("- name: {context}\n"));
        let sight = Desk::new().file(".kube/config", text).look("", &release);
        if sight.outcome != outcome {
            wrong.push(format!("{context}: {:?}, not {outcome:?}: {}", sight.outcome, sight.summary));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_cluster_of_ones_own_machine_is_never_production_and_right_for_anything_else() {
    let text =
        kubeconfig("kind-prod", &[("kind-prod", "iot")]).replace("api.kind-prod.example.org", "127.0.0.1");
    let desk = Desk::new().file(".kube/config", text);
    let sight = desk.look("", &production());
    assert_eq!(sight.outcome, Outcome::Broken, "{sight:?}");
    assert!(sight.summary.contains("a machine of one's own"), "{sight:?}");
    assert_eq!(desk.look("kube-context = [\"kind-*\"]", &production()).outcome, Outcome::Holds);
    assert_eq!(at("minikube", "iot").look("", &to("development")).outcome, Outcome::Holds);
    // A tunnel ends on this machine and leads elsewhere.
    let text = kubeconfig("eu-1", &[("eu-1", "iot")]).replace("api.eu-1.example.org", "127.0.0.1");
    assert_eq!(Desk::new().file(".kube/config", text).look("", &production()).outcome, Outcome::Holds);
}

#[test]
fn what_is_wrong_is_said_in_one_line_with_a_way_out() {
    let sight = at("eks-staging-eu", "iot").look("", &production());
    assert_eq!(sight.summary, "kube context is `eks-staging-eu`, and production is released to");
    assert!(sight.remedy.unwrap().contains("kubectl config use-context"));
}

#[test]
fn below_production_a_name_that_says_nonprod_is_right() {
    assert_eq!(at("nonprod-eu", "iot").look("", &to("development")).outcome, Outcome::Holds);
    assert_eq!(at("prod-eu", "iot").look("", &to("development")).outcome, Outcome::Broken);
    assert_eq!(at("nonprod-eu", "iot").look("", &production()).outcome, Outcome::Broken);
}

#[test]
fn a_marker_of_the_config_names_an_environment() {
    let mut release = production();
    release.others.push(NamedEnvironment { markers: vec!["blue-lab".to_owned()], ..named("lab", false) });
    assert_eq!(at("blue-lab-1", "iot").look("", &release).outcome, Outcome::Broken);
    assert_eq!(at("blue-labs", "iot").look("", &release).outcome, Outcome::Holds);
}

#[test]
fn the_clusters_host_counts_and_its_top_level_domain_does_not() {
    let serving = |host: &str| {
        let text = kubeconfig("eu-1", &[("eu-1", "iot")]).replace("api.eu-1.example.org", host);
        Desk::new().file(".kube/config", text).look("", &production())
    };
    assert_eq!(serving("api.staging.example.org").outcome, Outcome::Broken);
    assert_eq!(serving("api.example.dev").outcome, Outcome::Holds);
    let sight = serving("name:planted-token-5f1c@api.example.org");
    assert!(!format!("{sight:?}").contains("planted-token"), "{sight:?}");
}

#[test]
fn a_name_that_says_nothing_holds_and_that_is_said() {
    let sight = at("eu-1", "iot").look("", &production());
    assert_eq!(sight.outcome, Outcome::Holds);
    assert!(sight.details.contains(&"nothing here names an environment".to_owned()), "{sight:?}");
}

#[test]
fn a_stated_expectation_decides_alone() {
    let desk = at("eu-1", "iot");
    for (parameters, outcome) in [
        ("kube-context = ['eu-*']", Outcome::Holds),
        ("kube-context = ['us-*', 'eu-?']", Outcome::Holds),
        ("kube-context = ['prod-*']", Outcome::Broken),
        ("kube-server = ['*.eu-1.example.org']", Outcome::Holds),
        ("kube-server = ['*.eu-1.example.org:6443']", Outcome::Holds),
        ("kube-server = ['*.eu-2.example.org']", Outcome::Broken),
        ("namespace = ['iot']", Outcome::Holds),
        ("namespace = ['Iot']", Outcome::Broken),
        ("kube-context = ['eu-*']\nnamespace = ['shop']", Outcome::Broken),
        ("aws-account = ['123456789012']", Outcome::CannotTell),
        ("aws-account = ['123456789012']\nrequired = false", Outcome::Holds),
        ("kube-context = ['prod-*']\naws-account = ['123456789012']", Outcome::Broken),
    ] {
        assert_eq!(desk.look(parameters, &production()).outcome, outcome, "{parameters}");
    }
    let stated =
        at("staging-lab", "iot").look("kube-context = ['staging-lab']\nkube-server = ['*']", &production());
    assert_eq!(stated.outcome, Outcome::Holds, "what is stated is believed: {stated:?}");
    let sight = desk.look("kube-context = ['prod-*']", &production());
    assert_eq!(sight.summary, "kube context is `eu-1`, and production is released to");
    assert!(sight.details.contains(&"kube context: expected prod-*".to_owned()), "{sight:?}");
}

#[test]
fn parameters_that_nobody_knows_and_patterns_that_are_none_are_refused() {
    assert!(toml::from_str::<Context>("kube-contexts = ['x']").is_err());
    assert!(toml::from_str::<Context>("kube-context = ['***']").is_err());
}

#[test]
fn a_machine_that_points_nowhere_holds_unless_it_has_to_point_somewhere() {
    let desk = Desk::new();
    let sight = desk.look("", &production());
    assert_eq!(sight.outcome, Outcome::Holds, "{sight:?}");
    assert!(sight.shown.is_empty() && !sight.details.is_empty());
    assert_eq!(desk.look("required = true", &production()).outcome, Outcome::CannotTell);
    assert_eq!(desk.look("kube-context = ['x']", &production()).outcome, Outcome::CannotTell);
}

#[test]
fn the_first_file_of_kubeconfig_that_says_something_wins_and_missing_ones_are_skipped() {
    let second = kubeconfig("staging", &[("staging", "b"), ("prod-eu", "second")]);
    let listed =
        ["HOME/none", "HOME/names", "HOME/one", "HOME/two"].join(if cfg!(windows) { ";" } else { ":" });
    let desk = Desk::new()
        .file(".kube/config", kubeconfig("development", &[("development", "x")]))
        .file("names", "contexts: null\n")
        .file("one", "current-context: prod-eu\ncontexts:\n- name: prod-eu\n  context: {cluster: c-staging, namespace: first}\n")
        .file("two", second)
        .variable("KUBECONFIG", &listed);
    let shown = desk.shown();
    assert_eq!(
        shown,
        pairs(&[
            ("kube context", "prod-eu"),
            ("kube server", "api.staging.example.org"),
            ("namespace", "first"),
        ])
    );
}

#[test]
fn a_kubeconfig_that_is_named_and_not_there_leaves_the_usual_one_alone() {
    let desk = at("prod-eu", "iot").variable("KUBECONFIG", "HOME/none");
    assert!(desk.shown().is_empty());
}

#[test]
fn a_current_context_that_nobody_defines_is_wrong() {
    let desk = Desk::new().file(".kube/config", "current-context: gone\n");
    let sight = desk.look("", &production());
    assert_eq!(sight.outcome, Outcome::Broken);
    assert_eq!(sight.summary, "kube context `gone` is set, and no kubeconfig defines it");
}

#[test]
fn what_can_not_be_read_can_not_be_told() {
    let broken = Desk::new().file(".kube/config", "a: [planted-token-5f1c\nb: }");
    let large = Desk::new().file(".kube/config", vec![b'#'; 5 * 1024 * 1024]);
    let binary = Desk::new().file(".kube/config", b"\xff\xfe\0");
    let folder = Desk::new().file(".kube/config/x", "");
    for desk in [broken, large, binary, folder] {
        let sight = desk.look("", &production());
        assert_eq!(sight.outcome, Outcome::CannotTell, "{sight:?}");
        assert!(sight.summary.starts_with("~/.kube/config can't be read: "), "{sight:?}");
        assert!(!format!("{sight:?}").contains("planted-token"));
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_is_not_waited_for() {
    let desk = Desk::new().file(".kube/x", "");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        desk.home.path().join(".kube/config"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    assert_eq!(desk.look("", &production()).outcome, Outcome::CannotTell);
}

#[test]
fn helms_own_context_is_judged_beside_kubectls() {
    let text = kubeconfig("prod-eu", &[("prod-eu", "iot"), ("staging-eu", "iot")]);
    let desk = Desk::new().file(".kube/config", text).variable("HELM_KUBECONTEXT", "staging-eu");
    let sight = desk.look("", &production());
    assert_eq!(
        sight.summary,
        "kube context (HELM_KUBECONTEXT) is `staging-eu`, and production is released to"
    );
}

#[test]
fn a_pod_without_a_kubeconfig_talks_to_its_own_cluster() {
    let desk =
        Desk::new().file("pod/namespace", "runners-dev\n").variable("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    assert_eq!(desk.shown(), pairs(&[("kube server", "10.0.0.1"), ("namespace", "runners-dev")]));
    let desk = at("prod-eu", "iot").variable("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    assert_eq!(desk.shown()[0].1, "prod-eu");
}

const AWS: &str = "\
[default]
region = eu-west-1
sso_account_id = 111111111111
sso_session = corp
[profile production]
sso_account_id = 222222222222
[profile \"deploy prod\"]
role_arn = arn:aws:iam::333333333333:role/deploy
source_profile = default
sso_account_id = 111111111111
region = eu-central-1
[profile keys]
[profile process]
credential_process = /usr/bin/print planted-token-5f1c
[profile pod]
role_arn = arn:aws:iam::444444444444:role/deploy
web_identity_token_file = /token
";
const KEYS: &str = "\
[keys]
aws_access_key_id = ASIAQNZGKIQY56JQ7WML
aws_secret_access_key = planted-token-5f1c
[old]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
";

fn aws() -> Desk {
    Desk::new().file(".aws/config", AWS).file(".aws/credentials", KEYS)
}

fn account(desk: &Desk) -> Option<String> {
    let shown = desk.look("", &to("none")).shown;
    shown.into_iter().find(|(label, _)| label == "AWS account").map(|(_, value)| value)
}

#[test]
fn an_account_is_that_of_whatever_credentials_the_cli_would_take() {
    let with = |variables: &[(&str, &str)]| {
        variables.iter().fold(aws(), |desk, (name, value)| desk.variable(name, value))
    };
    let key = ("AWS_ACCESS_KEY_ID", "ASIAQNZGKIQY56JQ7WML");
    let web =
        [("AWS_ROLE_ARN", "arn:aws:iam::555555555555:role/x"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")];
    for (variables, expected) in [
        (vec![], Some("111111111111")),
        (vec![("AWS_PROFILE", "production")], Some("222222222222")),
        (vec![("AWS_DEFAULT_PROFILE", "production")], Some("222222222222")),
        (vec![("AWS_PROFILE", "deploy prod")], Some("333333333333")),
        (vec![("AWS_PROFILE", "keys")], Some("029608264753")),
        (vec![("AWS_PROFILE", "old")], None),
        (vec![("AWS_PROFILE", "process")], None),
        (vec![("AWS_PROFILE", "pod")], Some("444444444444")),
        (vec![("AWS_PROFILE", "production"), key], Some("029608264753")),
        (vec![("AWS_PROFILE", "production"), web[0], web[1]], Some("555555555555")),
        (vec![("AWS_PROFILE", "pod"), web[0], web[1]], Some("555555555555")),
        (vec![("AWS_PROFILE", "deploy prod"), web[0], web[1]], Some("333333333333")),
        (vec![web[0]], Some("111111111111")),
    ] {
        let desk = with(&variables);
        assert_eq!(account(&desk).as_deref(), expected, "{variables:?}");
        let all = format!("{:?}", desk.look("", &production()));
        assert!(!all.contains("planted-token") && !all.contains("ASIAQ") && !all.contains("AKIAI"), "{all}");
    }
}

#[test]
fn an_account_and_a_region_are_held_against_what_is_expected() {
    let desk = aws().variable("AWS_PROFILE", "deploy prod");
    assert_eq!(desk.look("aws-account = ['333333333333']", &production()).outcome, Outcome::Holds);
    let wrong = desk.look("aws-account = ['222222222222']", &production());
    assert_eq!(wrong.summary, "AWS account is `333333333333`, and production is released to");
    assert_eq!(desk.look("aws-region = ['eu-central-1']", &production()).outcome, Outcome::Holds);
    let desk = desk.variable("AWS_REGION", "us-east-1");
    assert_eq!(desk.look("aws-region = ['eu-central-1']", &production()).outcome, Outcome::Broken);
    let unknown = aws().variable("AWS_PROFILE", "process");
    assert_eq!(unknown.look("aws-account = ['222222222222']", &production()).outcome, Outcome::CannotTell);
}

#[test]
fn a_profile_that_nobody_defines_is_wrong_and_variables_that_disagree_are_doubtful() {
    let gone = aws().variable("AWS_PROFILE", "gone").look("", &production());
    assert_eq!(gone.summary, "AWS profile `gone` is set, and no file defines it");
    assert_eq!(gone.outcome, Outcome::Broken);
    let two = aws().variable("AWS_PROFILE", "production").variable("AWS_DEFAULT_PROFILE", "keys");
    assert_eq!(two.look("", &production()).outcome, Outcome::Doubtful);
    let two = aws().variable("AWS_REGION", "eu-west-1").variable("AWS_DEFAULT_REGION", "eu-west-2");
    assert_eq!(two.look("", &production()).outcome, Outcome::Doubtful);
    let unused =
        aws().variable("AWS_PROFILE", "production").variable("AWS_ACCESS_KEY_ID", "ASIAQNZGKIQY56JQ7WML");
    assert_eq!(unused.look("", &production()).outcome, Outcome::Doubtful);
}

#[test]
fn files_of_aws_are_where_the_variables_say() {
    let desk = Desk::new()
        .file("elsewhere/config", "[profile prod]\nsso_account_id = 666666666666\n")
        .variable("AWS_CONFIG_FILE", "~/elsewhere/config")
        .variable("AWS_PROFILE", "prod");
    assert_eq!(account(&desk).as_deref(), Some("666666666666"));
}

#[test]
fn a_gcp_project_is_that_of_the_active_configuration() {
    let desk = || {
        Desk::new()
            .file(".config/gcloud/configurations/config_default", "[core]\nproject = shop-staging\n")
            .file(
                ".config/gcloud/configurations/config_live",
                "[core]\naccount = a@example.org\nproject = shop-prod\n",
            )
    };
    assert_eq!(desk().shown(), pairs(&[("GCP project", "shop-staging")]));
    let active = || desk().file(".config/gcloud/active_config", "live\n");
    assert_eq!(active().shown(), pairs(&[("GCP project", "shop-prod")]));
    let named = active().variable("CLOUDSDK_ACTIVE_CONFIG_NAME", "default");
    assert_eq!(named.shown(), pairs(&[("GCP project", "shop-staging")]));
    assert_eq!(named.look("", &production()).outcome, Outcome::Broken);
    let own = active().variable("CLOUDSDK_CORE_PROJECT", "shop-eu");
    assert_eq!(own.shown(), pairs(&[("GCP project", "shop-eu")]));
    let other = active().variable("GOOGLE_CLOUD_PROJECT", "shop-staging");
    assert_eq!(other.look("", &production()).outcome, Outcome::Broken);
    assert_eq!(other.look("gcp-project = ['shop-prod']", &production()).outcome, Outcome::Broken);
    let same = active().variable("GOOGLE_CLOUD_PROJECT", "shop-prod");
    assert_eq!(same.shown(), pairs(&[("GCP project", "shop-prod")]));
    let outside = desk().file(".config/gcloud/active_config", "../../x");
    assert_eq!(outside.look("", &production()).outcome, Outcome::CannotTell);
}

#[test]
fn an_azure_subscription_is_the_default_one_byte_order_mark_or_not() {
    let profile = r#"{"subscriptions": [
        {"id": "6c5d-1", "name": "Shop Staging", "isDefault": false},
        {"id": "6c5d-2", "name": "Shop Prod", "isDefault": true, "user": {"name": "a@example.org"}}]}"#;
    for mark in ["", "\u{feff}"] {
        let desk = Desk::new().file(".azure/azureProfile.json", format!("{mark}{profile}"));
        assert_eq!(desk.shown(), pairs(&[("Azure subscription", "Shop Prod (6c5d-2)")]));
        assert_eq!(desk.look("azure-subscription = ['6c5d-2']", &production()).outcome, Outcome::Holds);
        assert_eq!(desk.look("azure-subscription = ['Shop *']", &production()).outcome, Outcome::Holds);
        assert_eq!(desk.look("azure-subscription = ['6c5d-1']", &production()).outcome, Outcome::Broken);
    }
    let desk = Desk::new().file("az/azureProfile.json", profile).variable("AZURE_CONFIG_DIR", "HOME/az");
    assert_eq!(desk.shown()[0].1, "Shop Prod (6c5d-2)");
    let terraform = desk.variable("ARM_SUBSCRIPTION_ID", "6c5d-1");
    assert_eq!(terraform.shown()[1].1, "6c5d-1");
}

#[test]
fn without_a_home_only_variables_speak() {
    let variable = |name: &str| (name == "CLOUDSDK_CORE_PROJECT").then(|| "shop-prod".to_owned());
    let machine = Machine { variable: &variable, home: None, service_account: Path::new("/none").to_owned() };
    assert_eq!(read(&machine).facts.len(), 1);
}

#[test]
fn what_is_shown_is_short() {
    let long = "x".repeat(100_000);
    let sight = at(&long, &long).look("", &production());
    for text in sight.shown.iter().flat_map(|(label, value)| [label, value]).chain([&sight.summary]) {
        assert!(text.chars().count() <= 250, "{}", text.chars().count());
    }
}
