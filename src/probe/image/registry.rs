//! Asking a registry whether an image is there, by the distribution API of the OCI.
//!
//! In: a registry's address and an image. Out: [`There`]. A registry that names where tokens are given is followed there
//! once, for a token of nobody's; the token goes back to the registry alone.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::reference::{Reference, is_docker_hub};
use crate::http::{Answer, Door, Follow, HttpError, Request, Response, same_origin, shown};
use crate::probe::{Asked, digest};
use crate::source::Secret;

/// Manifests and lists of them, as the OCI and as Docker call them.
const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                        application/vnd.docker.distribution.manifest.list.v2+json, \
                        application/vnd.docker.distribution.manifest.v2+json";

/// What a registry says of an image.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum There {
    /// With its digest.
    Yes(String),
    No,
    /// Why nobody can tell.
    Unknown(String),
}

pub(super) struct Registry<'a> {
    base: &'a str,
    door: &'a Door,
}

impl<'a> Registry<'a> {
    pub(super) fn at(base: &'a str, door: &'a Door) -> Self {
        Self { base: base.trim_end_matches('/'), door }
    }

    pub(super) fn holds(&self, image: &Reference, asked: &mut Vec<Asked>) -> There {
        let url = format!("{}/v2/{}/manifests/{}", self.base, image.name, image.version());
        let answer = match self.ask(&url, None, asked) {
            Ok(answer) if answer.status == 401 => match self.token(&answer, image, asked) {
                Ok(token) => self.ask(&url, Some(&token), asked),
                Err(why) => return There::Unknown(why),
            },
            other => other,
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return There::Unknown(error.what),
        };
        let host = shown(self.base);
        match answer.status {
            200 => settled(image, &answer),
            404 => There::No,
            401 | 403 => There::Unknown(format!("{host} does not show it without a login")),
            429 => There::Unknown(format!("{host} answers no more for now: too much was asked of it")),
            status => There::Unknown(format!("{host} answered {status}")),
        }
    }

    fn ask(&self, url: &str, token: Option<&Secret>, asked: &mut Vec<Asked>) -> Result<Response, HttpError> {
        let mut request = Request::get(url).header("accept", ACCEPTED);
        if let Some(token) = token {
            request = request.secret_header("authorization", "Bearer ", token);
        }
        let Answer { response, route, .. } = self.door.ask(&request, Follow::WithinRules)?;
        asked.push(Asked::there(shown(url), &route, Some(&response.body)));
        Ok(response)
    }

    /// A token of nobody's, from where the registry says that they are given.
    fn token(&self, refusal: &Response, image: &Reference, asked: &mut Vec<Asked>) -> Result<Secret, String> {
        let host = shown(self.base);
        let challenge = refusal
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"))
            .find_map(|(_, value)| Challenge::parse(value))
            .ok_or_else(|| format!("{host} wants a login"))?;
        // A plain connection is for this machine alone, and no registry elsewhere may send us there.
        if !challenge.realm.starts_with("https://") && !same_origin(&challenge.realm, self.base) {
            return Err(format!("{host} gives tokens at {}, which is not https", shown(&challenge.realm)));
        }
        let joint = if challenge.realm.contains('?') { '&' } else { '?' };
        let service = challenge.service.map(|service| format!("service={}&", encoded(&service)));
        let scope = encoded(&format!("repository:{}:pull", image.name));
        let url = format!("{}{joint}{}scope={scope}", challenge.realm, service.unwrap_or_default());
        let answer = self.door.ask(&Request::get(&url), Follow::Never).map_err(|error| error.what)?;
        // Without a digest: what came is a token.
        asked.push(Asked::there(shown(&url), &answer.route, None));
        if answer.response.status != 200 {
            return Err(format!("{} gives no token: it answered {}", shown(&url), answer.response.status));
        }
        let given: Option<Given> = serde_json::from_slice(&answer.response.body).ok();
        given
            .and_then(|given| given.token.or(given.access_token))
            .and_then(|token| Secret::new(&token))
            .ok_or_else(|| format!("{} gives no token that can be read", shown(&url)))
    }
}

/// The image's digest is that of what was answered, whatever a header says of it.
fn settled(image: &Reference, answer: &Response) -> There {
    let found = format!("sha256:{}", digest(&answer.body));
    let stated = answer.header("docker-content-digest").filter(|stated| stated.starts_with("sha256:"));
    let wanted = image.digest.as_deref().filter(|wanted| wanted.starts_with("sha256:"));
    match stated.into_iter().chain(wanted).find(|other| *other != found) {
        Some(_) => There::Unknown("the registry's answer is not what its digest says".to_owned()),
        None => There::Yes(found),
    }
}

#[derive(Deserialize)]
struct Given {
    token: Option<String>,
    access_token: Option<String>,
}

/// `Bearer realm="https://auth.example.org/token",service="registry.example.org"`
struct Challenge {
    realm: String,
    service: Option<String>,
}

impl Challenge {
    fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let parameter = |name: &str| {
            let value = rest.split(&format!("{name}=\"")).nth(1)?;
            Some(value.split('"').next()?.to_owned())
        };
        Some(Self { realm: parameter("realm")?, service: parameter("service") })
    }
}

/// Whether an image lies in a registry.
pub(super) fn is_at(image: &Reference, base: &str) -> bool {
    let base = shown(base);
    let host =
        base.split_once("://").map_or(base.as_str(), |(_, rest)| rest).split('/').next().unwrap_or_default();
    host == image.host || (is_docker_hub(host) && is_docker_hub(&image.host))
}

fn encoded(text: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_says_where_tokens_are_given() {
        let read = |text: &str| Challenge::parse(text).map(|found| (found.realm, found.service));
        assert_eq!(
            read("Bearer realm=\"https://auth.example.org/token\",service=\"r\",scope=\"x\""),
            Some(("https://auth.example.org/token".to_owned(), Some("r".to_owned())))
        );
        assert_eq!(read("Basic realm=\"x\""), None);
        assert_eq!(read("Bearer service=\"x\""), None);
    }

    #[test]
    fn docker_hub_has_many_names_and_others_have_one() {
        let of = |text: &str| Reference::parse(text).unwrap();
        assert!(is_at(&of("nginx"), "https://registry-1.docker.io"));
        assert!(is_at(&of("registry.example.org:5000/a/b:1"), "https://registry.example.org:5000/"));
        assert!(!is_at(&of("registry.example.org/a/b:1"), "https://registry.example.org:5000/"));
        assert!(!is_at(&of("nginx"), "https://registry.example.org"));
    }
}
