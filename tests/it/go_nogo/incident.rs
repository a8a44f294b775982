//! The move of `iot-data-stale` to its new platform as a go/no-go: a no for the right reasons, then a go once it is mended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{OPEN, answered, asked, standing};
use crate::platform::server::Server;
use crate::sandbox::{Commit, Sandbox};

const CODE: &str = "import os\n\nVENDOR_A_PASSWORD = os.environ[\"VendorA_API_Password\"]\nVENDOR_B_PASSWORD = os.getenv(\"VendorB_API_Password\", \"\")\n";

fn secret(key: &str) -> String {
    format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: iot-etl\n  namespace: iot\nspec:\n  encryptedData:\n    VendorA_API_Password: AgBy3i4OJSWK1PiTySYZZA9rO43cGDEqEXAMPLE\n    {key}: AgCk9QzpO7mVq2pXk1tVbqEXAMPLEt0fVw3n8Hc\n  template:\n    metadata:\n      name: iot-etl\n      namespace: iot\n"
    )
}

const WORKLOAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: iot-etl\n  namespace: iot\n  labels:\n    app: iot-etl\nspec:\n  replicas: 1\n  selector:\n    matchLabels:\n      app: iot-etl\n  template:\n    metadata:\n      labels:\n        app: iot-etl\n    spec:\n      containers:\n        - name: iot-etl\n          image: registry.example/iot/etl:2.0.0\n          envFrom:\n            - secretRef:\n                name: iot-etl\n          readinessProbe:\n            httpGet:\n              path: /health\n              port: 8080\n";

const INGRESS: &str = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: iot-in\n  namespace: iot\nspec:\n  rules:\n    - host: iot-in.example.org\n      http:\n        paths:\n          - path: /\n            pathType: Prefix\n            backend:\n              service:\n                name: iot-etl\n                port:\n                  number: 80\n";

const PLAN: &str = "Deploy iot-etl on the new platform

Rollback-Plan: point the CNAME of iot-in back to the old environment
Rollback-Trigger: no data of a vendor for 10 minutes
Rollback-Owner: whoever merges this
Soak: 2h
Notified: vendor A, whose devices call iot-in
";

#[test]
fn the_move_is_no_go_for_the_right_reasons_and_go_once_mended() {
    let sandbox = Sandbox::new();
    let redirects = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&redirects);
    let server = Server::start(move |_| {
        if still.load(Ordering::SeqCst) {
            answered(308, "").header("Location", "https://iot-in.example.org/ingest")
        } else {
            answered(202, "")
        }
    });
    let config = format!(
        "{OPEN}\n[[contract]]\nworkload = \"iot-etl\"\nexpects = [\"VendorA_API_Password\", \"VendorB_API_Password\"]\nfrom = [\"src/**/*.py\"]\n"
    );
    let list = format!(
        "[probes]\nprivate = [\"127.0.0.1\"]\n\n[service.iot-etl]\nsession = \"1h\"\nalerts = {{ service = \"iot-etl\" }}\n\n\
         [[evidence]]\nid = \"vendor-a-ingest\"\ntitle = \"Devices of vendor A are taken as they call\"\nincident = \"iot-data-stale\"\nservices = [\"iot-etl\"]\ntriggers = [\"no data\"]\n[evidence.probe.http]\nurl = \"{}\"\nmethod = \"POST\"\n",
        server.url("/ingest")
    );
    let first = Commit::new("Collect device data")
        .write("deploy-guard.toml", config)
        .write(".deploy-guard/checklist.toml", list)
        .write("src/vendors.py", CODE)
        .write("k8s/production/iot-etl-secrets.yaml", secret("VendorB_API_Password"));
    let work = sandbox.repository("work", &[first]);
    work.git(&["config", "user.email", "lead@example.org"]);
    work.git(&["tag", "base"]);
    work.commit(
        Commit::new("Deploy iot-etl on the new platform")
            .write("k8s/production/iot-etl-secrets.yaml", secret("VendorB_password"))
            .write("k8s/production/iot-etl.yaml", WORKLOAD)
            .write("k8s/production/iot-in.yaml", INGRESS),
    );

    let (outcome, board) = asked(&work, &[]);
    assert_eq!(outcome.code, 1, "{outcome}");
    // The gate: the key that nobody reads, and no way back.
    assert_eq!(standing(&board, "policies"), "no-go");
    for words in ["secret-key-mismatch", "missing-rollback-plan", "VendorB_API_Password"] {
        assert!(outcome.stdout.contains(words), "{words}: {outcome}");
    }
    // The redirect that devices do not follow.
    assert_eq!(standing(&board, "vendor-a-ingest"), "no-go");
    assert!(outcome.stdout.contains("308"), "{outcome}");
    // Nobody outside was told, and nobody watches past the hour at which sessions end.
    assert_eq!(
        (standing(&board, "outsiders-told"), standing(&board, "soak-watched")),
        ("waiting", "waiting")
    );
    assert!(outcome.stdout.contains("Ingress iot/iot-in"), "{outcome}");

    redirects.store(false, Ordering::SeqCst);
    work.git(&["reset", "-q", "--hard", "base"]);
    work.commit(
        Commit::new(PLAN)
            .write("k8s/production/iot-etl.yaml", WORKLOAD)
            .write("k8s/production/iot-in.yaml", INGRESS),
    );
    let answers = [
        "--confirm",
        "way-back=go",
        "--confirm",
        "alerts-heard=go",
        "--confirm",
        "outsiders-told=go: vendor A, acknowledged by mail",
        "--confirm",
        "soak-watched=go: the release lead, on the freshness board, until the second hour",
        "--confirm",
        "release=go",
    ];
    let (outcome, board) = asked(&work, &answers);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert_eq!(board["decision"], "go");
    assert!(outcome.stdout.contains("acknowledged by mail"), "{outcome}");

    // After the deploy the redirect comes back: the plan's trigger is met.
    redirects.store(true, Ordering::SeqCst);
    let outcome = work.guard(&["go-nogo", "watch", "--base", "base", "--every", "50ms"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(outcome.stdout.contains("no data of a vendor for 10 minutes"), "{outcome}");
}
