//! Who gives which keys.

use super::*;
use crate::facts::StoreKind;

/// Each provider as `kind name by producer: keys`, with `…` where it is open.
fn provided(text: &str) -> Vec<String> {
    let facts = facts("a.yaml", text);
    facts
        .providers
        .iter()
        .map(|provider| {
            let open = if provider.open { " …" } else { "" };
            let (kind, name) = (provider.kind.as_str(), &provider.name.value);
            format!("{kind} {name} by {}: {}{open}", provider.producer, keys(provider).join(" "))
        })
        .collect()
}

fn object(version: &str, kind: &str, rest: &str) -> String {
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: own, namespace: shop}}\n{rest}\n")
}

#[test]
fn a_secret_gives_what_it_holds() {
    let secret = |rest: &str| provided(&object("v1", "Secret", rest));
    assert_eq!(secret("data: {a: YQ==}\nstringData: {b: c}"), ["Secret own by Secret: a b"]);
    assert_eq!(secret(""), ["Secret own by Secret:  …"], "filled by hand");
    assert_eq!(secret("data: {}"), ["Secret own by Secret:  …"]);
    assert_eq!(secret("data: {'${KEY}': YQ==}"), ["Secret own by Secret: ${KEY} …"]);
    assert_eq!(
        secret("type: kubernetes.io/service-account-token\ndata: {x: YQ==}"),
        ["Secret own by Secret: x …"]
    );
}

#[test]
fn a_config_map_gives_data_and_binary_data() {
    let text = object("v1", "ConfigMap", "data: {a: b}\nbinaryData: {c: AAAA}");
    assert_eq!(provided(&text), ["ConfigMap own by ConfigMap: a c"]);
    assert_eq!(provided(&object("v1", "ConfigMap", "")), ["ConfigMap own by ConfigMap:  …"]);
}

#[test]
fn a_key_points_at_itself() {
    let text = object("v1", "Secret", "stringData:\n  'a.b': c");
    let facts = facts("a.yaml", &text);
    assert!(facts.source.slice(facts.providers[0].keys[0].span).contains("a.b"));
    assert_eq!(facts.source.slice(facts.providers[0].name.span), "own");
    assert_eq!(facts.providers[0].namespace.as_deref(), Some("shop"));
}

#[test]
fn a_sealed_secret_gives_its_encrypted_keys_under_the_templates_name() {
    let sealed = |spec: &str| provided(&object("bitnami.com/v1alpha1", "SealedSecret", spec));
    assert_eq!(
        sealed("spec: {encryptedData: {VendorB_password: AgA}}"),
        ["Secret own by SealedSecret: VendorB_password"]
    );
    assert_eq!(
        sealed(
            "spec: {encryptedData: {a: AgA}, template: {metadata: {name: other, namespace: n}, data: {b: c}}}"
        ),
        ["Secret other by SealedSecret: a b"]
    );
    assert_eq!(sealed("spec: {data: AgA}"), ["Secret own by SealedSecret:  …"]);
    let text = object("bitnami.com/v1alpha1", "SealedSecret", "spec: {encryptedData: {a: AgA}}");
    assert!(facts("a.yaml", &text).settings.is_empty(), "what is sealed is no setting");
}

#[test]
fn an_external_secret_gives_what_it_maps() {
    let external = |spec: &str| provided(&object("external-secrets.io/v1beta1", "ExternalSecret", spec));
    let by = "by ExternalSecret:";
    assert_eq!(
        external("spec: {data: [{secretKey: a, remoteRef: {key: x}}]}"),
        [format!("Secret own {by} a")]
    );
    assert_eq!(external("spec: {target: {name: t}, data: [{secretKey: a}]}"), [format!("Secret t {by} a")]);
    assert_eq!(external("spec: {dataFrom: [{extract: {key: x}}]}"), [format!("Secret own {by}  …")]);
    assert_eq!(
        external("spec: {target: {creationPolicy: Merge}, data: [{secretKey: a}]}"),
        [format!("Secret own {by} a …")]
    );
    assert_eq!(
        external("spec: {target: {template: {data: {x: '{{ .a }}'}}}, data: [{secretKey: a}]}"),
        [format!("Secret own {by} x")],
        "the template replaces what was fetched"
    );
    assert_eq!(
        external("spec: {target: {template: {mergePolicy: Merge, data: {x: y}}}, data: [{secretKey: a}]}"),
        [format!("Secret own {by} x a")]
    );
    assert!(external("spec: {target: {creationPolicy: None}, data: [{secretKey: a}]}").is_empty());
    let text = object(
        "external-secrets.io/v1beta1",
        "ClusterExternalSecret",
        "spec: {externalSecretName: e, externalSecretSpec: {data: [{secretKey: a}]}}",
    );
    assert_eq!(provided(&text), ["Secret e by ClusterExternalSecret: a"]);
    assert_eq!(facts("a.yaml", &text).providers[0].namespace, None, "it goes to many");
}

#[test]
fn sops_leaves_the_keys_and_hides_the_values() {
    let text = object(
        "v1",
        "Secret",
        "stringData:\n  a: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n  b_unencrypted: plain\nsops: {mac: 'ENC[AES256_GCM,x]', version: 3.9.0}",
    );
    assert_eq!(provided(&text), ["Secret own by SOPS: a b_unencrypted"]);
    let facts = facts("a.yaml", &text);
    assert_eq!(setting(&facts, "a").value, None);
    assert_eq!(setting(&facts, "b_unencrypted").value.as_deref(), Some("plain"));
    assert!(facts.settings.iter().all(|one| one.key.value != "mac"));
}

#[test]
fn operators_make_secrets_with_keys_that_only_they_know() {
    for (version, kind, rest, expected) in [
        (
            "cert-manager.io/v1",
            "Certificate",
            "spec: {secretName: tls}",
            "Secret tls by Certificate: tls.crt tls.key ca.crt …",
        ),
        ("kafka.strimzi.io/v1beta2", "KafkaUser", "spec: {}", "Secret own by KafkaUser:  …"),
        ("onepassword.com/v1", "OnePasswordItem", "spec: {}", "Secret own by OnePasswordItem:  …"),
        (
            "secrets.hashicorp.com/v1beta1",
            "VaultStaticSecret",
            "spec: {destination: {name: d}}",
            "Secret d by VaultStaticSecret:  …",
        ),
        (
            "secrets.infisical.com/v1alpha1",
            "InfisicalSecret",
            "spec: {managedSecretReference: {secretName: i}}",
            "Secret i by InfisicalSecret:  …",
        ),
        (
            "rabbitmq.com/v1beta1",
            "RabbitmqCluster",
            "spec: {}",
            "Secret own-default-user by RabbitmqCluster:  …",
        ),
        (
            "database.example.org/v1",
            "Database",
            "spec: {writeConnectionSecretToRef: {name: conn, namespace: shop}}",
            "Secret conn by Database:  …",
        ),
        (
            "secrets-store.csi.x-k8s.io/v1",
            "SecretProviderClass",
            "spec: {secretObjects: [{secretName: csi, data: [{objectName: o, key: k}]}]}",
            "Secret csi by SecretProviderClass: k",
        ),
    ] {
        assert_eq!(provided(&object(version, kind, rest)), [expected]);
    }
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a, annotations: {cert-manager.io/cluster-issuer: le}}\nspec: {tls: [{secretName: web-tls}], rules: []}\n";
    assert_eq!(provided(text), ["Secret web-tls by Ingress:  …"]);
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: {service.beta.openshift.io/serving-cert-secret-name: web-tls}}\nspec: {ports: []}\n";
    assert_eq!(provided(text), ["Secret web-tls by serving certificate: tls.crt tls.key"]);
}

#[test]
fn a_replica_is_filled_in_the_cluster() {
    for mark in ["reflector.v1.k8s.emberstack.com/reflects", "replicator.v1.mittwald.de/replicate-from"] {
        let text = format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: own\n  annotations: {{{mark}: a/b}}\nstringData: {{x: y}}\n"
        );
        assert_eq!(provided(&text), ["Secret own by Secret: x …"]);
    }
}

#[test]
fn what_reads_secrets_provides_none() {
    assert!(provided(&object("v1", "ServiceAccount", "secrets: [{name: x}]")).is_empty());
    assert_eq!(StoreKind::Secret.as_str(), "Secret");
}
