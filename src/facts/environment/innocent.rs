//! Places where an environment's word means something else.
//!
//! In: a word inside a value. Out: whether it is a device, a public domain, a mode, a package, a version, prose … One
//! function a reason; when in doubt a word is innocent, because an alarm about `/dev/null` costs the gate its credit.

use std::ops::Range;

use super::words::PRODUCTION;
use crate::facts::scope::lists;

/// A marker in its surroundings.
pub(super) struct Site<'a> {
    key: &'a str,
    value: &'a str,
    environment: &'a str,
    /// The environment that the value is configured in.
    own: &'a str,
    /// The marker in lower case, without a sibling's number.
    token: String,
    /// The blank-separated word around it, and where.
    word: Range<usize>,
    /// What of the word stands before and after the marker.
    before: &'a str,
    after: &'a str,
}

fn ends_word(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '|' | '<' | '>')
}

impl<'a> Site<'a> {
    pub(super) fn new(
        key: &'a str,
        value: &'a str,
        range: Range<usize>,
        environment: &'a str,
        own: &'a str,
    ) -> Self {
        let head = value.get(..range.start).unwrap_or_default();
        let tail = value.get(range.end..).unwrap_or_default();
        // A word as long as a file is no word; the bound keeps a line of thousands of markers linear.
        let start =
            head.char_indices().rev().take(512).find(|(_, character)| ends_word(*character)).map_or_else(
                || head.char_indices().rev().nth(511).map_or(0, |(at, _)| at),
                |(at, character)| at + character.len_utf8(),
            );
        let length = tail
            .char_indices()
            .take(512)
            .find(|(_, character)| ends_word(*character))
            .map_or_else(|| tail.char_indices().nth(512).map_or(tail.len(), |(at, _)| at), |(at, _)| at);
        let token = value.get(range.clone()).unwrap_or_default().to_ascii_lowercase();
        let token = super::words::without_number(&token).to_owned();
        Self {
            key,
            value,
            environment,
            own,
            token,
            word: start..range.end + length,
            before: value.get(start..range.start).unwrap_or_default(),
            after: value.get(range.end..range.end + length).unwrap_or_default(),
        }
    }

    pub(super) const fn word(&self) -> &Range<usize> {
        &self.word
    }

    /// Where the marker ends in the value.
    const fn end(&self) -> usize {
        self.word.end - self.after.len()
    }

    fn is_dev(&self) -> bool {
        self.token == "dev"
    }

    /// The name that an assignment before the marker gives it: `NODE_ENV` of `NODE_ENV=production`.
    fn assigned(&self) -> Option<&str> {
        let name = self.before.strip_suffix('=').or_else(|| self.before.strip_suffix(':'))?;
        Some(
            name.rsplit(|character: char| !character.is_alphanumeric() && character != '_')
                .next()
                .unwrap_or(name),
        )
    }

    fn next_token(&self) -> &str {
        let rest = self.after.get(1..).unwrap_or_default();
        if !self.after.starts_with(['-', '_', '.', '/', ' ']) {
            return "";
        }
        rest.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default()
    }

    fn previous_token(&self) -> &str {
        let Some(rest) = self.before.strip_suffix(['-', '_', '.', '/']) else { return "" };
        rest.rsplit(|character: char| !character.is_alphanumeric()).next().unwrap_or_default()
    }
}

type Reason = fn(&Site<'_>) -> bool;

const REASONS: &[Reason] = &[
    is_device,
    is_public_domain,
    is_reversed_domain,
    is_well_known_name,
    is_version,
    is_package,
    is_flag,
    is_other_noun,
    is_mode,
    is_document,
    is_mailbox_or_channel,
    is_numbered_stage,
    is_staging_folder,
    is_issue_key,
    is_comment,
    is_key,
    is_release,
    is_metric_label,
    is_pattern,
    is_left_out,
    is_api_group,
    is_assigned_to,
];

pub(super) fn is_innocent(site: &Site<'_>) -> bool {
    REASONS.iter().any(|reason| reason(site)) || is_prose(site)
}

/// The same for a sentence that a person wrote: there a lone word does name an environment.
pub(super) fn is_innocent_in_prose(site: &Site<'_>) -> bool {
    REASONS.iter().any(|reason| reason(site))
}

/// `/dev/null`, `/dev/shm`, `--device=/dev/kvm:/dev/kvm`; not `/dev/shop/password`, which is a parameter's path.
fn is_device(site: &Site<'_>) -> bool {
    const DEVICES: &str = "\
        null zero full random urandom pts ptmx shm stdin stdout stderr fd mapper disk mem kmsg log net \
        tun fuse kvm dri snd input bus hugepages mqueue console core termination-log vfio infiniband cpu \
        block watchdog gpiomem usb zvol vhost-net vhost-vsock udmabuf serial raw md by-id longhorn dm \
        loop-control tcp udp kfd rfkill uinput hidraw vsock";
    const NUMBERED: &str = "\
        tty sd xvd vd hd nvme loop dm- md nvidia video rbd sg sr rtc i2c spidev nbd ram mmcblk hugepages \
        accel neuron davinci";
    let Some(root) = site.before.strip_suffix('/') else { return false };
    if !site.is_dev()
        || root.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '.' | '_' | '-' | '}'))
    {
        return false;
    }
    let Some(rest) = site.after.strip_prefix('/') else {
        return site.after.is_empty() || site.after.starts_with(':');
    };
    let name =
        rest.split(['/', ':', '=', '*', '&', '}', ']']).next().unwrap_or_default().trim_end_matches('.');
    name.is_empty()
        || lists(DEVICES, name)
        || NUMBERED.split_ascii_whitespace().any(|known| name.starts_with(known))
}

/// The top-level domain: `knative.dev`, `https://shop.dev/x`.
fn is_public_domain(site: &Site<'_>) -> bool {
    // Projects whose domain stands inside of other names: `pipelineruns.tekton.dev.yaml`.
    const PROJECTS: &str = "knative tekton konflux-ci sigstore go pub skaffold tilt web osv deps chainguard";
    let Some(host) = site.before.strip_suffix('.') else { return false };
    let label = host.rsplit(['.', '/', '@', '=', ':']).next().unwrap_or_default();
    let ends = matches!(site.after, "" | ".")
        || site.after.starts_with(['/', ':', '?', '#', ']', '}', '\\', '&', '*', '_']);
    site.is_dev() && !label.is_empty() && (ends || lists(PROJECTS, label))
}

/// A package or an event type: `dev.knative.sources.ping`; `dev.example.com` is a host.
fn is_reversed_domain(site: &Site<'_>) -> bool {
    const DOMAINS: &str = "\
        com net org info biz cloud app dev local localdomain internal svc lan corp intra example test invalid \
        systems tech site online home company group digital gov mil edu int";
    let starts = site.before.is_empty() || site.before.ends_with(['=', ':']) && !site.before.ends_with("//");
    if !site.is_dev() || !starts || !site.after.starts_with('.') || site.after.contains(['/', ':', '@']) {
        return false;
    }
    let last = site.after.rsplit('.').next().unwrap_or_default();
    let domain = lists(DOMAINS, last);
    !domain && (last.len() != 2 || last.ends_with(|c: char| c.is_ascii_digit()))
}

/// Names that hold the word and are the same in every environment.
fn is_well_known_name(site: &Site<'_>) -> bool {
    const NAMES: &str = "\
        openshift-release-dev ocp-v4.0-art-dev dev.azure.com dev.mysql.com  dev.w3.org \
        quayio-production production.cloudflare.docker.com docker-images-prod k8s-artifacts-prod \
        starport-layer-bucket dev.twitch.tv dev.bitly.com devfile dev.maxmind.com dev.socrata.com dev.virtualearth.net \
        dev.gnupg.org";
    // Let's Encrypt's real issuer is used everywhere; its staging one anywhere below production.
    const ISSUERS: &[&str] = &["letsencrypt", "lets-encrypt", "acme", "zerossl", "cert-issuer"];
    let around = site.value.get(site.word.clone()).unwrap_or_default().to_ascii_lowercase();
    let names = NAMES.split_ascii_whitespace().any(|name| around.contains(name));
    let issuer = (site.environment == PRODUCTION || site.own != PRODUCTION)
        && (ISSUERS.iter().any(|name| around.contains(name)) || around.starts_with("le-"));
    names || issuer
}

/// A version before its release: `1.4.0-dev`, `2.0.dev3`.
fn is_version(site: &Site<'_>) -> bool {
    let number = site.before.strip_suffix(['-', '.', '+', '_', '~']).unwrap_or(site.before);
    let tail: &str = number.rsplit(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    let dotted = tail.contains('.') && tail.ends_with(|c: char| c.is_ascii_digit());
    dotted
        && tail.split('.').filter(|part| !part.is_empty()).count() > 1
        && !tail.starts_with('.')
        && tail.split('.').count() < 4
}

/// Packages of a distribution and their tools: `libssl-dev`, `apk add gcc musl-dev`.
fn is_package(site: &Site<'_>) -> bool {
    const TOOLS: &[&str] = &[
        "apt-get ",
        "apt install",
        "apk add",
        "apk del",
        "yum ",
        "dnf ",
        "microdnf ",
        "npm ",
        "yarn ",
        "pnpm ",
        "pip install",
        "pip3 install",
        "poetry ",
        "composer ",
        "bundle ",
        "pipenv ",
        "uv sync",
        "brew install",
    ];
    const PREFIXES: &str = "\
        lib python musl linux-headers openssl zlib postgresql mariadb build-base ruby";
    let name = site.is_dev() && site.after.is_empty() && site.before.ends_with('-');
    let packaged = name && PREFIXES.split_ascii_whitespace().any(|prefix| site.before.starts_with(prefix));
    packaged || TOOLS.iter().any(|tool| line_of(site).contains(tool))
}

/// `--dev`, `--no-sandbox`, `--only=production`.
fn is_flag(site: &Site<'_>) -> bool {
    if !site.before.starts_with('-') {
        return false;
    }
    let (name, value) =
        site.before.split_once('=').map_or((site.before, None), |(name, rest)| (name, Some(rest)));
    let chooses = ["--only", "--omit", "--include", "--without", "--with", "--group", "--extra", "--mode"];
    match value {
        None => site.before.starts_with("--"),
        Some(_) => chooses.contains(&name),
    }
}

/// A noun that the word is only a part of: `dev-tools`, `staging-area`, `multi-stage`.
fn is_other_noun(site: &Site<'_>) -> bool {
    const NEXT: &[(&str, &[&str])] = &[
        (
            "dev",
            &[
                "ops",
                "tools",
                "tool",
                "toolbar",
                "null",
                "kit",
                "rel",
                "deps",
                "dependencies",
                "dependency",
                "mode",
                "server",
                "container",
                "containers",
                "requirements",
                "only",
                "guide",
                "docs",
                "center",
                "portal",
                "team",
                "sec",
                "secops",
                "shm",
                "packages",
                "scripts",
                "workspace",
                "workspaces",
                "console",
                "spaces",
                "hub",
                "friendly",
                "experience",
            ],
        ),
        ("development", &["team", "mode", "kit", "tools", "guide", "dependencies"]),
        ("production", &["line", "lines", "mode", "ready", "grade", "readiness"]),
        ("prod", &["ready"]),
        ("stage", &["gate", "coach", "name", "names", "craft", "fright"]),
        (
            "staging",
            &[
                "area",
                "dir",
                "directory",
                "table",
                "tables",
                "path",
                "folder",
                "bucket",
                "schema",
                "location",
            ],
        ),
        ("sandbox", &["image", "mode", "policy", "attr", "attribute", "enabled"]),
    ];
    const PREVIOUS: &[(&str, &[&str])] = &[
        ("dev", &["web", "soft", "local"]),
        (
            "stage",
            &[
                "multi", "build", "two", "three", "single", "per", "by", "next", "last", "first", "early",
                "late", "post", "each", "final", "pipeline", "center", "back", "on",
            ],
        ),
        ("sandbox", &["no", "pod", "seccomp", "without"]),
        ("production", &["post", "in"]),
    ];
    let listed = |table: &[(&str, &[&str])], neighbour: &str| {
        let neighbour = neighbour.to_ascii_lowercase();
        table.iter().any(|(token, words)| *token == site.token && words.contains(&neighbour.as_str()))
    };
    listed(NEXT, site.next_token()) || listed(PREVIOUS, site.previous_token())
}

/// Being built for production is a mode and no place: `NODE_ENV=production`, `mode: production`.
fn is_mode(site: &Site<'_>) -> bool {
    const MODES: &str = "\
        node_env rails_env rack_env flask_env mix_env babel_env app_env go_env gin_mode \
        aspnetcore_environment dotnet_environment nuxt_env next_public_node_env wp_env php_env \
        django_settings_module django_configuration build_env symfony_env fastapi_env bun_env hugo_env \
        hugo_environment jekyll_env node-env react_app_env vite_mode spring_profiles_active quarkus_profile \
        micronaut_environments phx_env elixir_env";
    if site.environment != PRODUCTION && site.token != "prod" && site.token != "production" {
        return false;
    }
    let name = site.assigned().unwrap_or(site.key).to_ascii_lowercase();
    lists(MODES, name.as_str()) || name == "mode" || name.ends_with("_mode") || name.ends_with("-mode")
}

/// `development.md`, `docs/staging/setup.html`.
fn is_document(site: &Site<'_>) -> bool {
    let name = site.after.split(['#', '?']).next().unwrap_or_default();
    [".md", ".mdx", ".rst", ".txt", ".adoc", ".html", ".htm", ".pdf", ".png", ".svg"]
        .iter()
        .any(|extension| name.ends_with(extension))
}

/// People: `dev@example.com`, `#platform-dev`, `@org/dev`.
fn is_mailbox_or_channel(site: &Site<'_>) -> bool {
    let local = site.after.starts_with('@') && !site.before.contains('/');
    let whole = site.before.is_empty() || site.before.ends_with([':', '<', '=']);
    (local && whole) || site.before.starts_with(['#', '@'])
}

/// Stages of a build or a pipeline: `stage-1`, `stage2`.
fn is_numbered_stage(site: &Site<'_>) -> bool {
    let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let own = site.value.get(..site.end()).unwrap_or_default();
    site.token == "stage" && (digits(site.next_token()) || own.ends_with(|c: char| c.is_ascii_digit()))
}

/// Where data rests on its way: `/var/lib/app/staging/`, `./stage`.
fn is_staging_folder(site: &Site<'_>) -> bool {
    let local = site.before.starts_with(['/', '.', '~']) || site.before.starts_with("file:");
    let segment = site.before.ends_with('/') && (site.after.is_empty() || site.after.starts_with('/'));
    matches!(site.token.as_str(), "stage" | "staging") && local && segment
}

/// A ticket: `PRD-123`, `QA-17`.
fn is_issue_key(site: &Site<'_>) -> bool {
    let number = site.after.strip_prefix('-').unwrap_or_default();
    let upper = site.value.get(site.word.clone()).unwrap_or_default();
    let ticket = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    ticket && site.before.is_empty() && upper.starts_with(|c: char| c.is_ascii_uppercase())
}

/// A key of a file that is kept as one value: `"development": false`, `dev: {…}`.
fn is_key(site: &Site<'_>) -> bool {
    let rest = site.value.get(site.end()..).unwrap_or_default();
    let rest = rest.trim_start_matches(['"', '\'', '\\']);
    let ends = |text: &str| text.is_empty() || text.starts_with([' ', '\n', '\r', '{', '[', '"', '\\']);
    site.before.is_empty()
        && rest.strip_prefix(':').is_some_and(ends)
        && !site.value.trim_end().ends_with(':')
}

/// A Kubernetes label as Prometheus names it: every dot of a domain has become an underscore.
fn is_metric_label(site: &Site<'_>) -> bool {
    ["label_", "annotation_", "__meta_"].iter().any(|start| site.before.contains(start))
}

/// A build is called as its makers like, and a schema lies where its makers put it.
fn is_release(site: &Site<'_>) -> bool {
    let key = site.key.to_ascii_lowercase().replace(['_', '-'], "");
    matches!(
        key.as_str(),
        "version" | "tag" | "imagetag" | "newtag" | "appversion" | "digest" | "$schema" | "schema"
    )
}

/// A comment of a file that is kept as one value.
fn is_comment(site: &Site<'_>) -> bool {
    let line = line_of(site).trim_start();
    let commented = line.starts_with("# ") || line.starts_with("//") || line == "#";
    commented && (site.value.contains('\n') || line.starts_with("# "))
}

/// A piece that names are searched for: `-stage-`, `*-dev`, `^dev-.*`.
fn is_pattern(site: &Site<'_>) -> bool {
    let piece = |text: &str| matches!(text, "-" | "_" | ".");
    piece(site.before) && (site.after.is_empty() || piece(site.after))
        || site.before.is_empty() && piece(site.after)
        || [site.before, site.after].iter().any(|part| part.contains(['*', '^', '\\']))
}

/// What is named to be left out: `excludedNamespaces: [dev-tools]`.
fn is_left_out(site: &Site<'_>) -> bool {
    const WORDS: [&str; 8] = ["exclude", "ignore", "deny", "skip", "disallow", "except", "forbid", "reject"];
    let key = site.key.to_ascii_lowercase();
    let assigned = site.assigned().unwrap_or_default().to_ascii_lowercase();
    WORDS.iter().any(|word| key.contains(word) || assigned.contains(word))
}

/// A part of a name that something is assigned to: `STAGING_URL=…`, `label_dev_type=~"…"`.
fn is_assigned_to(site: &Site<'_>) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    site.before.chars().all(name) && site.after.trim_start_matches(name).starts_with('=')
}

/// A group of an API, as a permission or a webhook's path names it.
fn is_api_group(site: &Site<'_>) -> bool {
    const KEYS: &str = "apigroups apigroup apiversion verbs";
    lists(KEYS, &site.key.to_ascii_lowercase())
        || ["/validate-", "/mutate-", "/apis/"].iter().any(|start| site.before.starts_with(start))
}

/// A lone word among others: "only enable this in production environments".
fn is_prose(site: &Site<'_>) -> bool {
    let alone = |text: &str| text.chars().all(|c| matches!(c, '.' | ':' | '!' | '?' | '*' | '_' | '[' | ']'));
    if !alone(site.before) || !alone(site.after) {
        return false;
    }
    let line = line_of(site);
    let words: Vec<&str> = line.split_whitespace().take(64).collect();
    let looks_like_command =
        words.iter().any(|word| word.starts_with('-') || word.contains(['=', '/', '$', '\\']));
    words.len() >= 3 && !looks_like_command
}

/// The line of the value that the marker stands on, cut to a length that people write.
fn line_of<'a>(site: &Site<'a>) -> &'a str {
    const REACH: usize = 512;
    let mut start = site.word.start.saturating_sub(REACH);
    while !site.value.is_char_boundary(start) {
        start += 1;
    }
    let mut end = (site.word.end + REACH).min(site.value.len());
    while !site.value.is_char_boundary(end) {
        end -= 1;
    }
    let head = site.value.get(start..site.word.start).unwrap_or_default();
    let start = head.rfind('\n').map_or(start, |at| start + at + 1);
    let tail = site.value.get(site.word.end..end).unwrap_or_default();
    let end = tail.find('\n').map_or(end, |at| site.word.end + at);
    site.value.get(start..end).unwrap_or_default()
}
