//! Why the YAML parser is the one that it is: two event parsers on the same texts, and what the whole reading costs.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run must not go on")]

use deploy_guard::document::{Format, parse};
use deploy_guard::source::{Origin, SourceFile};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// A stream of Deployments as people write them.
fn manifests() -> String {
    let one = "---\n# the web tier\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n  labels: {app: web, tier: \"front\"}\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n      - name: web\n        image: registry.example/shop/web:1.4.2@sha256:0000000000000000000000000000000000000000000000000000000000000000\n        args: [\"--port\", \"8080\"]\n        env:\n        - name: LOG_LEVEL\n          value: 'info'\n        - name: PASSWORD\n          valueFrom:\n            secretKeyRef:\n              name: web\n              key: password\n        readinessProbe:\n          httpGet:\n            path: /healthz\n            port: 8080\n";
    one.repeat(500)
}

/// A chart's template with its expressions masked: long scalars of letters, lines of blanks.
fn masked() -> String {
    let one = "---\n                                         \napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n  labels:\n                                                            \n    part-of: web\nspec:\n                                                        \n  replicas: xxxxxxxxxxxxxxxxxxxxxxxxxx\n            \n  image: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxx:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n";
    one.repeat(500)
}

/// A `ConfigMap` with files in block scalars, some of it not ASCII.
fn blocks() -> String {
    let one = "---\nkind: ConfigMap\ndata:\n  app.conf: |\n    # Größe der Warteschlange\n    queue.size = 1000\n    queue.timeout = 30s\n\n    log.pattern = %d{ISO8601} – %m%n\n  run.sh: |-\n    #!/bin/sh\n    exec java -jar /app.jar\n";
    one.repeat(500)
}

fn texts() -> [(&'static str, String); 3] {
    [("manifests", manifests()), ("masked", masked()), ("blocks", blocks())]
}

fn text(name: &str) -> String {
    texts().into_iter().find(|(known, _)| *known == name).map(|(_, text)| text).unwrap()
}

const TEXTS: [&str; 3] = ["manifests", "masked", "blocks"];

#[divan::bench(args = TEXTS)]
fn granit(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let parser = granit_parser::Parser::new_from_str(black_box(&text));
        parser.map(Result::unwrap).fold(0_usize, |sum, (_, span)| sum + span.byte_range().unwrap().end)
    });
}

#[divan::bench(args = TEXTS)]
fn saphyr(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let parser = saphyr_parser::Parser::new_from_str(black_box(&text));
        parser.map(Result::unwrap).fold(0_usize, |sum, (_, span)| sum + span.end.index())
    });
}

/// Events, tree, spans and limits.
#[divan::bench(args = TEXTS)]
fn document(bencher: Bencher<'_, '_>, name: &str) {
    let source = SourceFile::new(Origin::File("a.yaml".into()), text(name));
    let bytes = BytesCount::of_str(source.text());
    bencher.counter(bytes).bench(|| parse(black_box(&source), Format::Yaml).unwrap());
}
