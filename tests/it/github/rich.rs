//! One report with something of everything, made by hand: what every format for people is shown by.

use std::sync::Arc;

use deploy_guard::change::{
    Approvals, Asker, Change, Entry, FileChange, ObjectId, PullRequest, PullRequests, Side, ToldBy, Tree,
};
use deploy_guard::engine::{
    Coverage, Evaluation, FileCoverage, Judged, Overridden, Understanding, Unjudged, Waived,
};
use deploy_guard::finding::waiver::Waiver;
use deploy_guard::finding::{Finding, Fingerprint, Label, Severity};
use deploy_guard::gate::{OpenEmergency, Preview};
use deploy_guard::pipeline::{Pipeline, Platform, Trust};
use deploy_guard::report::Report;
use deploy_guard::source::{Origin, RepoPath, SourceFile, Span};
use deploy_guard::verdict::{Verdict, decide};

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example/shop/web:latest
          env:
            - name: API_PASSWORD
              value: ************
            - name: STAGE_URL
              value: https://stage.example.org/`a|b`
";

pub(super) fn file(path: impl Into<Vec<u8>>, text: &str) -> Arc<SourceFile> {
    SourceFile::new(Origin::File(RepoPath::new(path)), text.to_owned())
}

/// A label on the first place where these words stand.
pub(super) fn on(source: &Arc<SourceFile>, words: &str, text: &str) -> Label {
    let start = source.text().find(words).unwrap();
    Label::new(source, Span::new(start, start + words.len()), text)
}

pub(super) fn judged(policy: &str, title: &str, severity: Severity, finding: Finding) -> Judged {
    Judged {
        policy: policy.to_owned(),
        title: title.to_owned(),
        severity,
        environment: Some("production".to_owned()),
        fingerprint: Fingerprint::of(policy, "production", &finding.subject, &finding.evidence),
        finding,
    }
}

fn id(digit: char) -> ObjectId {
    ObjectId::parse(&digit.to_string().repeat(40)).unwrap()
}

fn side(label: &str, digit: char) -> Side {
    Side { label: label.to_owned(), commit: Some(id(digit)), tree: Tree::Object(id(digit)) }
}

/// A change with nothing in it but what it goes from and to.
pub(super) fn change() -> Change {
    Change {
        asker: Asker::PullRequest,
        base: side("main", 'a'),
        head: side("pull request 12", 'b'),
        files: Vec::new(),
        commits: Vec::new(),
        target: None,
        force: None,
        authority: None,
        pull_requests: PullRequests::None,
        cut_at: None,
        notes: Vec::new(),
    }
}

fn pull_request() -> PullRequest {
    PullRequest {
        number: 12,
        url: Some("https://example.org/shop/deploy/pull/12".to_owned()),
        title: "Next release".to_owned(),
        body: String::new(),
        author: "opener".to_owned(),
        source_branch: "release".to_owned(),
        target_branch: "main".to_owned(),
        head: id('b'),
        labels: Vec::new(),
        approvals: Approvals::Unknown("there is no token to ask with".to_owned()),
        told_by: ToldBy::Api { at: "2026-11-17T10:00:05Z".parse().unwrap() },
    }
}

fn findings(deployment: &Arc<SourceFile>) -> Vec<Judged> {
    let body =
        SourceFile::new(Origin::PullRequest, "## Rollback plan\n\nlater\n\n## Owner\n\n@octo\n".to_owned());
    let requirements = file("requirements.txt", "kafka-python\nrequests==2.0\n");
    vec![
        judged(
            "floating-image-tag",
            "image can change after it was reviewed",
            Severity::Block,
            Finding::new(
                "`registry.example/shop/web:latest` is whatever was pushed last under that name",
                on(deployment, "registry.example/shop/web:latest", "moves with every push"),
                "shop/web",
            ),
        ),
        judged(
            "missing-rollback-plan",
            "nobody has written down how to go back",
            Severity::Block,
            Finding::new(
                "the rollback plan says `later`, which is no plan",
                on(&body, "later", "says nothing"),
                "plan",
            ),
        ),
        judged(
            "foreign-environment-value",
            "a value belongs to another environment",
            Severity::Block,
            Finding::new(
                "production is pointed at staging by `STAGE_URL`",
                on(deployment, "https://stage.example.org/`a|b`", "names staging"),
                "shop/web STAGE_URL",
            )
            .related(on(&file("k8s/stage/web.yaml", "url: https://stage.example.org\n"), "https", "as here"))
            .remedy("write production's own address:\n  value: https://www.example.org/\n\nor take it out"),
        ),
        judged(
            "unpinned-kafka-client",
            "a Kafka client can move by itself",
            Severity::Warn,
            Finding::new(
                "`kafka-python` has no version here",
                on(&requirements, "kafka-python", "any version"),
                "kafka-python",
            ),
        ),
    ]
}

fn excused(evaluation: &mut Evaluation, deployment: &Arc<SourceFile>) {
    let other = |policy: &str, message: &str| {
        judged(
            policy,
            "a title",
            Severity::Block,
            Finding::new(message, on(deployment, "API_PASSWORD", "here"), "shop/web"),
        )
    };
    evaluation.waived.push(Waived {
        judged: other("secret-key-mismatch", "the Secret has no key `API_PASSWORD`"),
        waiver: Waiver {
            policy: "secret-key-mismatch".to_owned(),
            path: None,
            resource: Some("shop/web".to_owned()),
            fingerprint: None,
            reason: "the key is added by the operator, see #123".to_owned(),
            owner: "@shop-team".to_owned(),
            expires: "2026-12-01".parse().unwrap(),
            span: Span::default(),
        },
    });
    evaluation.overridden.push(Overridden {
        judged: other("release-outside-window", "production is closed for releases on Friday"),
        reason: "customers can't pay <b>now</b>".to_owned(),
        approved_by: "second-person".to_owned(),
        until: "2026-11-21T12:00:00Z".parse().unwrap(),
    });
}

fn coverage() -> Coverage {
    let one = |path: &str, understanding| FileCoverage { path: path.into(), understanding };
    Coverage {
        changed: 7,
        in_scope: vec![
            one("k8s/prod/web.yaml", Understanding::Parsed),
            one("k8s/prod/a|b.tpl", Understanding::Not("is no YAML before it is rendered".to_owned())),
            one("requirements.txt", Understanding::Partly(vec!["line 9 is no requirement".to_owned()])),
            one("k8s/prod/old.yaml", Understanding::Removed),
        ],
        shortfalls: vec!["`charts/big.yaml` is larger than what is read".to_owned()],
    }
}

pub(super) fn report() -> Report {
    let deployment = file("k8s/prod/web.yaml", DEPLOYMENT);
    let mut evaluation = Evaluation {
        findings: findings(&deployment),
        coverage: coverage(),
        policies: 10,
        notes: vec!["the base is the merge commit's first parent".to_owned()],
        ..Evaluation::default()
    };
    evaluation.unjudged.push(Unjudged {
        policies: vec!["unacknowledged-deletion".to_owned(), "secret-key-mismatch".to_owned()],
        path: Some("k8s/prod/sealed.yaml".into()),
        reason: "is UTF-16, not UTF-8".to_owned(),
        at: None,
    });
    excused(&mut evaluation, &deployment);
    let mut change = change();
    change.pull_requests = PullRequests::Known(vec![pull_request()]);
    change.files.push(FileChange {
        path: "k8s/prod/web.yaml".into(),
        base: None::<Entry>,
        head: Some(Entry {
            kind: deploy_guard::change::EntryKind::File,
            content: deploy_guard::change::Content::Blob(id('c')),
        }),
    });
    let verdict = decide(&evaluation);
    let mut report = Report::new("libgit2", "2026-11-17T10:00:00Z".parse().unwrap(), false);
    report.add(change, evaluation, verdict);
    let gone = findings(&deployment).remove(0);
    report.changes[0].preview = Some(Preview { verdict: Verdict::Go, found: Vec::new(), lost: vec![gone] });
    report.valid_until = Some("2026-11-17T20:00:00Z".parse().unwrap());
    report.pipeline = Some(Pipeline {
        platform: Platform::GitHub,
        event: "pull_request".to_owned(),
        trust: Trust::Advisory("the workflow file comes with the pull request".to_owned()),
    });
    report.open_emergencies.push(OpenEmergency {
        policy: "release-outside-window".to_owned(),
        reason: "payments were down".to_owned(),
        place: "pull request 9".to_owned(),
        at: Some("2026-11-10T21:00:00Z".parse().unwrap()),
    });
    report
}
