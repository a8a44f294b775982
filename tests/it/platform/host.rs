//! A run's variables say which platform is asked, and with which token.

use deploy_guard::pipeline::{Platform, host::host_of};
use jiff::Timestamp;
use serde_json::json;

use super::TOKEN;
use super::server::Server;

#[test]
fn a_platform_is_asked_where_a_token_for_it_is_given_and_by_no_other_token() {
    let server = Server::table(&[
        ("GET /repos/octo/shop", json!({ "default_branch": "on-github" })),
        ("GET /api/v4/projects/42", json!({ "default_branch": "on-gitlab" })),
    ]);
    let host = |platform: Platform, token: &str| {
        let variables = |name: &str| match name {
            "GITHUB_API_URL" => Some(server.url("")),
            "GITHUB_REPOSITORY" => Some("octo/shop".to_owned()),
            "CI_API_V4_URL" => Some(server.url("/api/v4")),
            "CI_PROJECT_ID" => Some("42".to_owned()),
            name => (name == token).then(|| TOKEN.to_owned()),
        };
        host_of(platform, &variables, Timestamp::UNIX_EPOCH).unwrap()
    };
    let on_github = host(Platform::GitHub, "GITHUB_TOKEN").unwrap();
    assert_eq!(on_github.default_branch().unwrap(), "on-github");
    let on_gitlab = host(Platform::GitLab, "GITLAB_TOKEN").unwrap();
    assert_eq!(on_gitlab.default_branch().unwrap(), "on-gitlab");
    assert!(on_gitlab.clock_skew(Timestamp::UNIX_EPOCH).is_some());
    for (platform, token) in [
        (Platform::GitHub, "GITLAB_TOKEN"),
        (Platform::GitLab, "CI_JOB_TOKEN"),
        (Platform::GitLab, "GITHUB_TOKEN"),
        (Platform::Generic, "GITHUB_TOKEN"),
    ] {
        assert!(host(platform, token).is_none(), "{platform:?} by {token}");
    }
}
