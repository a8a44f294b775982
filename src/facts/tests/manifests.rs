//! Manifests: identity, workloads, images, settings.

use super::*;
use crate::facts::{Recognised, SettingKind, System};

const WEB: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: "shop"
  labels: {app: web, tier: front}
spec:
  selector: {matchLabels: {app: web}}
  template:
    spec:
      initContainers:
        - {name: migrate, image: 'registry.example:5000/shop/migrate@sha256:ab'}
      containers:
        - name: web
          image: "registry.example:5000/shop/web:1.4"
          args: ["--log=/dev/null"]
          env:
            - name: LOG_GROUP
              value: platform-dev
            - name: PASSWORD
              valueFrom:
                secretKeyRef: {name: vendor, key: VendorB_API_Password}
            - name: LEVEL
              valueFrom:
                configMapKeyRef: {name: web, key: 'level', optional: true}
            - name: NODE
              valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
          envFrom:
            - secretRef: {name: more}
            - prefix: X_
              configMapRef: {name: other, optional: true}
      imagePullSecrets: [{name: pull}]
      volumes:
        - name: a
          secret: {secretName: certs, items: [{key: tls.crt, path: x}]}
        - name: b
          configMap: {name: files}
        - name: c
          projected:
            sources:
              - secret: {name: p, items: [{key: k, path: k}], optional: true}
              - configMap: {name: q}
"#;

#[test]
fn a_resource_is_known_by_group_kind_namespace_and_name() {
    let facts = facts("web.yaml", WEB);
    let resource = &facts.resources[0];
    assert_eq!(resource.id.system, System::Kubernetes);
    assert_eq!((resource.id.group.as_str(), resource.id.display().as_str()), ("apps", "Deployment shop/web"));
    assert_eq!(facts.source.slice(resource.name_span), "web");
    assert_eq!(facts.source.slice(resource.span), WEB.trim_end());
    assert_eq!(resource.labels.get("tier").map(String::as_str), Some("front"));
    assert!(!resource.templated && !resource.partial);
}

#[test]
fn a_workload_reads_keys_by_env_and_by_volume() {
    let facts = facts("web.yaml", WEB);
    let workload = &facts.workloads[0];
    let names: Vec<_> = workload.containers.iter().map(|one| (one.name.as_str(), one.init)).collect();
    assert_eq!(names, [("migrate", true), ("web", false)]);
    let web = &workload.containers[1];
    let env: Vec<_> = web.env.iter().map(|one| one.name.value.as_str()).collect();
    assert_eq!(env, ["LOG_GROUP", "PASSWORD", "LEVEL", "NODE"]);
    let references: Vec<_> = web.env.iter().filter_map(|one| one.reference.as_ref()).map(shown).collect();
    assert_eq!(references, ["Secret vendor/VendorB_API_Password", "ConfigMap web/level?"]);
    let key = web.env[2].reference.as_ref().unwrap().key.as_ref().unwrap();
    assert_eq!(facts.source.slice(key.span), "level", "between the quotes");
    let from: Vec<_> = web
        .env_from
        .iter()
        .map(|from| (from.source.name.value.as_str(), from.prefix.as_str(), from.optional))
        .collect();
    assert_eq!(from, [("more", "", false), ("other", "X_", true)]);
    let volumes: Vec<_> = workload.volume_references.iter().map(shown).collect();
    assert_eq!(volumes, ["Secret certs/tls.crt", "ConfigMap files/*", "Secret p/k?", "ConfigMap q/*"]);
    assert!(workload.key_references.is_empty(), "those of env are not listed twice");
    assert!(!web.open);
}

#[test]
fn an_image_points_at_its_tag() {
    let facts = facts("web.yaml", WEB);
    assert_eq!(
        images(&facts),
        [
            (
                "Deployment web, container migrate".to_owned(),
                "registry.example:5000/shop/migrate@sha256:ab".to_owned()
            ),
            ("Deployment web, container web".to_owned(), "registry.example:5000/shop/web:1.4".to_owned()),
        ]
    );
    let [migrate, web] = facts.images.as_slice() else { panic!() };
    assert_eq!(image_at(&facts, web), "1.4");
    assert_eq!(web.key_path, "spec.template.spec.containers[web].image");
    assert_eq!(web.namespace.as_deref(), Some("shop"));
    assert_eq!(migrate.digest.as_ref().unwrap().value, "sha256:ab");
    assert_eq!(migrate.tag, None);
}

#[test]
fn env_values_and_other_choices_are_settings_and_names_are_not() {
    let facts = facts("web.yaml", WEB);
    let group = setting(&facts, "LOG_GROUP");
    assert_eq!(group.kind, SettingKind::EnvValue);
    assert_eq!(group.owner, "Deployment web, container web");
    assert_eq!(group.value.as_deref(), Some("platform-dev"));
    assert_eq!(facts.source.slice(group.span), "platform-dev");
    assert_eq!(facts.source.slice(group.key.span), "LOG_GROUP");
    assert_eq!(group.key_path, "spec.template.spec.containers[web].env[LOG_GROUP].value");
    assert_eq!(setting(&facts, "args").value.as_deref(), Some("--log=/dev/null"));
    assert_eq!(setting(&facts, "secretName").value.as_deref(), Some("certs"));
    let values: Vec<_> = facts.settings.iter().filter_map(|one| one.value.as_deref()).collect();
    assert!(!values.contains(&"apps/v1") && !values.contains(&"shop") && !values.contains(&"Deployment"));
}

#[test]
fn only_data_of_a_secret_is_decoded() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: cw, annotations: {note: cGxhdGZvcm0=}}\ndata:\n  log_group_name: cGxhdGZvcm0tZGV2Cg==\n  raw: /////w==\nstringData:\n  a: |\n    platform\n  b: cGxhdGZvcm0=\n";
    let facts = facts("s.yaml", text);
    let group = setting(&facts, "log_group_name");
    assert_eq!((group.kind, group.value.as_deref()), (SettingKind::SecretData, Some("platform-dev\n")));
    assert_eq!(facts.source.slice(group.span), "cGxhdGZvcm0tZGV2Cg==");
    assert!(group.is_secret());
    assert_eq!(setting(&facts, "raw").value, None);
    let block = setting(&facts, "a");
    assert_eq!(
        (block.kind, block.value.as_deref(), block.block),
        (SettingKind::SecretText, Some("platform\n"), true)
    );
    assert_eq!(setting(&facts, "b").value.as_deref(), Some("cGxhdGZvcm0="));
    assert_eq!(setting(&facts, "note").value.as_deref(), Some("cGxhdGZvcm0="));
}

#[test]
fn a_config_map_is_settings_with_the_place_of_each() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop-prod}\ndata:\n  url: \"https://dev.example.com\"\n  port: 80\nbinaryData:\n  x: AAAA\n";
    let facts = facts("c.yaml", text);
    let url = setting(&facts, "url");
    assert_eq!(url.kind, SettingKind::ConfigData);
    assert_eq!(url.owner, "ConfigMap web");
    assert_eq!(url.namespace.as_deref(), Some("shop-prod"));
    assert_eq!(facts.source.slice(url.span), "https://dev.example.com");
    assert_eq!(setting(&facts, "port").value.as_deref(), Some("80"));
    assert!(facts.settings.iter().all(|one| one.key.value != "x"));
    assert!(facts.workloads.is_empty());
}

#[test]
fn streams_and_lists_are_opened() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: b}\n  spec: {ports: [{port: 80}]}\n- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: c}\n    data: {}\n";
    let facts = facts("all.yaml", text);
    let names: Vec<_> = facts.resources.iter().map(|one| one.id.display()).collect();
    assert_eq!(names, ["Namespace a", "Service b", "ConfigMap c"]);
}

#[test]
fn json_is_read_like_yaml() {
    // JSON is YAML; the reader of its own stands in another module.
    let text = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "x", "image": "a/b:1"}]}}"#;
    let facts = facts("a.yaml", text);
    assert_eq!(image_at(&facts, &facts.images[0]), "1");
}

#[test]
fn old_groups_are_the_same_object() {
    let of = |version: &str, kind: &str| {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n");
        facts("a.yaml", &text).resources[0].id.group.clone()
    };
    assert_eq!(of("extensions/v1beta1", "Deployment"), of("apps/v1", "Deployment"));
    assert_eq!(of("extensions/v1beta1", "Ingress"), of("networking.k8s.io/v1", "Ingress"));
    assert_eq!(of("v1", "Route"), of("route.openshift.io/v1", "Route"));
    assert_ne!(of("v1", "Service"), of("serving.knative.dev/v1", "Service"));
}

#[test]
fn whatever_carries_containers_is_a_workload() {
    let body = "containers: [{name: x, image: \"a/b:1\", env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]";
    for (header, path) in [
        ("apiVersion: v1\nkind: Pod", "spec: {BODY}"),
        ("apiVersion: batch/v1\nkind: CronJob", "spec: {jobTemplate: {spec: {template: {spec: {BODY}}}}}"),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Rollout", "spec: {template: {spec: {BODY}}}"),
        ("apiVersion: serving.knative.dev/v1\nkind: Service", "spec: {template: {spec: {BODY}}}"),
        (
            "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment",
            "spec: {podTemplate: {spec: {BODY}}}",
        ),
        ("apiVersion: v1\nkind: PodTemplate", "template: {spec: {BODY}}"),
    ] {
        let text = format!("{header}\nmetadata: {{name: a}}\n{}\n", path.replace("BODY", body));
        let facts = facts("a.yaml", &text);
        assert_eq!(facts.workloads.len(), 1, "{header}");
        let reference = facts.workloads[0].containers[0].env[0].reference.as_ref().unwrap();
        assert_eq!(shown(reference), "Secret s/k", "{header}");
        assert_eq!(facts.images.len(), 1, "{header}");
        assert_eq!(facts.images[0].reference, "a/b:1", "{header}");
    }
}

#[test]
fn an_operators_own_shape_is_read_too() {
    let text = "apiVersion: cloud.redhat.com/v1alpha1\nkind: ClowdApp\nmetadata: {name: host-inventory}\nspec:\n  deployments:\n  - name: service\n    podSpec:\n      image: quay.example/org/inventory:abc123\n      env:\n      - name: LOG_LEVEL\n        value: INFO\n      - name: KEY\n        valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}\n      volumes:\n      - name: v\n        secret: {secretName: t}\n";
    let facts = facts("clowdapp.yaml", text);
    assert_eq!(
        images(&facts),
        [(
            "ClowdApp host-inventory, container service".to_owned(),
            "quay.example/org/inventory:abc123".to_owned()
        )]
    );
    assert_eq!(image_at(&facts, &facts.images[0]), "abc123");
    assert_eq!(shown(facts.workloads[0].containers[0].env[1].reference.as_ref().unwrap()), "Secret s/k?");
    assert_eq!(shown(&facts.workloads[0].volume_references[0]), "Secret t/*");
    assert_eq!(setting(&facts, "LOG_LEVEL").kind, SettingKind::EnvValue);
    assert_eq!(setting(&facts, "LOG_LEVEL").owner, "ClowdApp host-inventory, container service");

    let text = "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: pi}\nspec:\n  image: apache/spark:3.5\n  driver:\n    env: [{name: A, value: b}]\n";
    let facts = super::facts("spark.yaml", text);
    assert_eq!(facts.images[0].reference, "apache/spark:3.5");
    assert_eq!(facts.workloads[0].containers[0].name, "driver");

    let text = "apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaConnect\nmetadata: {name: c}\nspec:\n  image: shop/connect:2\n  externalConfiguration:\n    env:\n    - name: A\n      valueFrom: {secretKeyRef: {name: s, key: k}}\n    volumes:\n    - name: v\n      secret: {secretName: t}\n";
    let facts = super::facts("connect.yaml", text);
    assert_eq!(facts.images[0].reference, "shop/connect:2");
    assert_eq!(shown(facts.workloads[0].containers[0].env[0].reference.as_ref().unwrap()), "Secret s/k");
    assert_eq!(shown(&facts.workloads[0].volume_references[0]), "Secret t/*");

    let text = "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: c}\nspec:\n  auth: {secretKeyRef: {name: s, key: k}}\n";
    assert_eq!(shown(&super::facts("m.yaml", text).workloads[0].key_references[0]), "Secret s/k");
}

#[test]
fn what_speaks_of_images_and_runs_none_gives_none() {
    for text in [
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\nspec: {rules: [{validate: {pattern: {spec: {containers: [{image: '!*:latest', name: x}]}}}}]}\n",
        "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImageRepository\nmetadata: {name: a}\nspec: {image: ghcr.example/a/b}\n",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec: {versions: [{schema: {openAPIV3Schema: {default: {containers: [{name: x, image: y}]}}}}]}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {image: 'a/b:latest'}\n",
    ] {
        let facts = facts("a.yaml", text);
        assert!(facts.images.is_empty() && facts.workloads.is_empty(), "{text}");
        assert_eq!(facts.resources.len(), 1);
    }
}

#[test]
fn a_schema_and_a_permission_have_no_settings() {
    for text in [
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec: {group: dev.example.com}\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules: [{verbs: [get], resourceNames: [app-dev]}]\n",
    ] {
        assert!(facts("a.yaml", text).settings.is_empty(), "{text}");
    }
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: a-dev, namespace: dev, annotations: {description: of dev}}\nspec: {selector: {env: dev}, ports: [{port: 80}]}\nstatus: {x: dev}\n";
    let facts = facts("a.yaml", text);
    let keys: Vec<_> = facts.settings.iter().map(|one| one.key.value.as_str()).collect();
    assert_eq!(keys, ["port"]);
}

#[test]
fn a_name_that_is_filled_in_later_is_templated() {
    let of = |metadata: &str| {
        let text = format!("apiVersion: v1\nkind: Secret\nmetadata: {metadata}\n");
        let facts = facts("a.yaml", &text);
        (facts.resources[0].id.name.clone(), facts.resources[0].templated)
    };
    assert_eq!(of("{name: a}"), ("a".to_owned(), false));
    assert_eq!(of("{name: '${NAME}-x'}"), ("${NAME}-x".to_owned(), true));
    assert_eq!(of("{generateName: a-}"), ("a-*".to_owned(), true));
    assert_eq!(of("{name: a, namespace: $NAMESPACE}"), ("a".to_owned(), true));
}

#[test]
fn a_patch_is_no_resource_of_its_own() {
    let of = |text: &str| facts("a.yaml", text).resources[0].partial;
    let patch =
        |spec: &str| format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec: {spec}\n");
    assert!(of(&patch("{replicas: 3}")));
    assert!(of(&patch("{template: {spec: {containers: [{name: web, env: [{name: A, value: b}]}]}}}")));
    assert!(!of(&patch("{selector: {}, template: {spec: {containers: [{name: web, image: a}]}}}")));
    assert!(of("$patch: delete\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"));
    assert!(of("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: NodePort}\n"));
    assert!(!of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: c}\n"));
    let by_name = |path: &str| {
        let found = facts(path, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: c}\n");
        assert_eq!(found.providers[0].open, found.resources[0].partial, "it adds to another's keys");
        found.resources[0].partial
    };
    assert!(by_name("overlays/prod/web-patch.yaml") && by_name("prod/patches/web.yaml"));
    assert!(!by_name("prod/dispatcher.yaml") && !by_name("patches/base/web.yaml"));
}

#[test]
fn files_of_tools_are_no_resources() {
    for text in [
        "apiVersion: v1\nkind: Config\nclusters: []\nmetadata: {name: a}\n",
        "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nmetadata: {name: a}\n",
        "apiVersion: skaffold/v4beta6\nkind: Config\nmetadata: {name: a}\n",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\n",
        "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: []\n",
    ] {
        let found = extract(&source("a.yaml", text)).unwrap();
        assert!(found.is_none_or(|facts| facts.resources.is_empty()), "{text}");
    }
    assert!(facts("a.yaml", WEB).recognised.contains(&Recognised::KubernetesManifest));
}

#[test]
fn what_an_anchor_brings_in_counts_once_where_it_is_used() {
    let text = "apiVersion: example.org/v1\nkind: App\nmetadata: {name: a}\nx-anchors:\n  env: &env\n  - {name: A, value: b-dev}\n  pod: &pod {image: 'x/y:latest', env: *env}\nspec:\n  deployments:\n  - {name: one, podSpec: *pod}\n  - {name: two, podSpec: *pod}\n";
    let facts = facts("a.yaml", text);
    let found: Vec<_> =
        facts.settings.iter().map(|one| (one.owner.as_str(), one.key_path.as_str())).collect();
    assert_eq!(found, [("App a, container one", "spec.deployments[one].podSpec.env[A].value")]);
    assert_eq!(images(&facts), [("App a, container one".to_owned(), "x/y:latest".to_owned())]);
    let names: Vec<_> = facts.workloads[0].containers.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
}
