//! Asking a platform's API: one way for all questions, so that no answer is ever read as "there is none".
//!
//! In: a question. Out: what was asked for, whole, or an [`ApiError`] in words that a person can act on. Knows nothing
//! of what the answers mean.

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::{Client, Method, Request, Response, same_origin, shown};
use crate::source::{Secret, escape_line};

/// The header that every GraphQL door takes a token in.
pub(super) const BEARER: (&str, &str) = ("authorization", "Bearer ");

/// Pages of one list; who has more than five thousand entries in it is asked something else.
const PAGES: usize = 50;

/// Why the platform's facts are not there. Always exit 3, never "no label" or "no approval".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ApiError {
    pub what: String,
    pub mend: Option<String>,
}

impl ApiError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), mend: None }
    }

    #[must_use]
    pub(super) fn mended_by(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
}

/// What became of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    Created,
    Updated,
    /// It said the same already.
    Unchanged,
}

/// What a commit's status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Success,
    Failure,
}

/// A pull request that was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    pub number: u64,
    pub url: Option<String>,
    pub title: String,
    pub merged_at: Timestamp,
    pub labels: Vec<String>,
}

/// How a platform is spoken to.
pub(super) struct Manners {
    pub(super) platform: &'static str,
    /// Sent with each question.
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// What mends a refusal, where that can be told from it.
    pub(super) mend: fn(&Response) -> Option<String>,
    /// The address of the next page.
    pub(super) next: fn(&Response) -> Option<String>,
}

/// Where the API is, and who asks.
pub(super) struct Session {
    client: Client,
    base: String,
    header: (&'static str, &'static str),
    token: Secret,
    manners: Manners,
    date: Cell<Option<Timestamp>>,
}

/// Nothing of the token, and nothing of an address that a variable gave.
impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} at {}", self.manners.platform, shown(&self.base))
    }
}

impl Session {
    /// `header` is the name of the token's header, and what stands before the token in it.
    pub(super) fn new(
        client: Client,
        base: &str,
        header: (&'static str, &'static str),
        token: Secret,
        manners: Manners,
    ) -> Self {
        let base = base.trim().trim_end_matches('/').to_owned();
        Self { client, base, header, token, manners, date: Cell::new(None) }
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// How far the platform's clock is ahead of `now`, by its last answer.
    pub(super) fn clock_skew(&self, now: Timestamp) -> Option<SignedDuration> {
        self.date.get().map(|date| date.duration_since(now))
    }

    /// Everything but what a list has on further pages; `path` begins with a slash.
    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        let response = self.ask(Request::get(format!("{}{path}", self.base)))?;
        self.read(&self.succeeded(response)?)
    }

    /// The same, where "not found" is an answer.
    pub(super) fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ApiError> {
        let response = self.ask(Request::get(format!("{}{path}", self.base)))?;
        if response.status == 404 {
            return Ok(None);
        }
        self.read(&self.succeeded(response)?).map(Some)
    }

    /// All entries of a list.
    pub(super) fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, ApiError> {
        let pages: Vec<Vec<T>> = self.pages(path)?;
        Ok(pages.into_iter().flatten().collect())
    }

    /// All pages of a list, whatever they hold beside it.
    pub(super) fn pages<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        let mut url = format!("{}{path}", self.base);
        for _ in 0..PAGES {
            let response = self.ask(Request::get(&url))?;
            let response = self.succeeded(response)?;
            all.push(self.read(&response)?);
            let Some(next) = (self.manners.next)(&response) else { return Ok(all) };
            url = next;
        }
        Err(ApiError::new(format!(
            "{}: {} has more than {PAGES} pages, which is more than is read",
            self.manners.platform,
            shown(&format!("{}{path}", self.base))
        )))
    }

    /// Has something done; nothing of the answer is used.
    pub(super) fn write(&self, method: Method, path: &str, body: serde_json::Value) -> Result<(), ApiError> {
        let request = Request::new(method, format!("{}{path}", self.base)).json(body);
        let response = self.ask(request)?;
        self.succeeded(response).map(drop)
    }

    /// Asks in GraphQL, for what the other way of asking does not tell. `url` is on the same host.
    pub(super) fn query<T: DeserializeOwned>(
        &self,
        url: &str,
        body: serde_json::Value,
    ) -> Result<Told<T>, ApiError> {
        let response = self.ask_as(Request::new(Method::Post, url).json(body).only_asks(), BEARER)?;
        if matches!(response.status, 400..=404) && response.limit().is_none() {
            return Ok(Told::Refused(self.refusal(&response)));
        }
        let response = self.succeeded(response)?;
        let reply: Reply = self.read(&response)?;
        // What came with an error is not whole.
        if let Some(fault) = reply.errors.first() {
            let said = self.quoted(&fault.message);
            return Ok(Told::Refused(ApiError::new(format!(
                "{}: {} does not answer: {said}",
                self.manners.platform,
                shown(url)
            ))));
        }
        serde_json::from_value(reply.data.unwrap_or_default())
            .map(Told::Data)
            .map_err(|_| self.unreadable(&response, "it does not hold what it has to"))
    }

    fn ask(&self, request: Request<'_>) -> Result<Response, ApiError> {
        self.ask_as(request, self.header)
    }

    /// The token goes to the API's own host, whoever named the address: a list names its next page.
    fn ask_as(
        &self,
        mut request: Request<'_>,
        (name, before): (&'static str, &'static str),
    ) -> Result<Response, ApiError> {
        if !same_origin(&self.base, &request.url) {
            return Err(ApiError::new(format!(
                "{}: {} is no address of its API at `{}`, so it is not asked",
                self.manners.platform,
                escape_line(&shown(&request.url)),
                escape_line(&shown(&self.base))
            )));
        }
        for (name, value) in self.manners.headers {
            request = request.header(name, *value);
        }
        let request = request.secret_header(name, before, &self.token);
        let response = self.client.send(&request).map_err(|error| {
            ApiError::new(format!("{} could not be asked: {error}", self.manners.platform))
                .mended_by("run it again; where it stays so, look whether this runner reaches the platform")
        })?;
        if let Some(date) = response.date() {
            self.date.set(Some(date));
        }
        Ok(response)
    }

    /// Only an answer with a 2xx is one.
    fn succeeded(&self, response: Response) -> Result<Response, ApiError> {
        if response.is_success() {
            return Ok(response);
        }
        if let Some(limit) = response.limit() {
            let (platform, url) = (self.manners.platform, shown(&response.url));
            let until = match (limit.until, limit.wait) {
                (Some(until), _) => format!("until {}", second(until)),
                (None, Some(wait)) => format!("for {} s", wait.as_secs()),
                (None, None) => "for a while".to_owned(),
            };
            return Err(ApiError::new(format!(
                "{platform} answers nothing more {until}: {url} is over a rate limit"
            ))
            .mended_by(format!("run the job again after that; {url} answered {}", response.status)));
        }
        Err(self.refusal(&response))
    }

    fn refusal(&self, response: &Response) -> ApiError {
        let (platform, url) = (self.manners.platform, shown(&response.url));
        let tried = match response.attempts {
            0 | 1 => String::new(),
            times => format!(", {times} times"),
        };
        let said = self.message(response);
        let error = ApiError::new(format!("{platform}: {url} answered {}{tried}{said}", response.status));
        match (self.manners.mend)(response) {
            Some(mend) => error.mended_by(mend),
            None => error,
        }
    }

    fn read<T: DeserializeOwned>(&self, response: &Response) -> Result<T, ApiError> {
        serde_json::from_slice(&response.body).map_err(|error| {
            // Its own words would repeat what it stumbled over.
            let place = format!("line {}, column {}", error.line(), error.column());
            match error.classify() {
                serde_json::error::Category::Data => {
                    self.unreadable(response, &format!("it does not hold what it has to ({place})"))
                }
                _ => self.unreadable(response, &format!("it is no whole JSON ({place})")),
            }
        })
    }

    fn unreadable(&self, response: &Response, why: &str) -> ApiError {
        let url = shown(&response.url);
        ApiError::new(format!("{}: the answer of {url} can't be used: {why}", self.manners.platform))
    }

    /// What the platform says of its refusal.
    fn message(&self, response: &Response) -> String {
        let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let said = ["message", "error_description", "error"]
            .iter()
            .find_map(|name| body.get(name))
            .map(|said| said.as_str().map_or_else(|| said.to_string(), str::to_owned));
        said.map_or_else(String::new, |said| format!(": {}", self.quoted(&said)))
    }

    /// Others' words: in one line, short, and without our token.
    fn quoted(&self, text: &str) -> String {
        escape_line(&self.token.scrub(text)).chars().take(200).collect()
    }
}

/// What a question in GraphQL came to.
pub(super) enum Told<T> {
    Data(T),
    /// The platform does not answer this token, or does not know what was asked for.
    Refused(ApiError),
}

#[derive(Deserialize)]
struct Reply {
    data: Option<serde_json::Value>,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    message: String,
}

/// The address of the next page in a `Link` header.
pub(super) fn next_link(response: &Response) -> Option<String> {
    response.header("link")?.split('<').skip(1).find_map(|part| {
        let (url, parameters) = part.split_once('>')?;
        let next =
            parameters.split([';', ',']).any(|word| matches!(word.trim(), "rel=\"next\"" | "rel=next"));
        next.then(|| url.to_owned())
    })
}

/// One part of a path or of a query.
pub(super) fn encoded(part: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(part, KEPT).to_string()
}

/// An instant in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At(pub(super) Timestamp);

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| serde::de::Error::custom("no instant"))
    }
}

/// `2026-11-21 12:00:00 UTC`
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A text of at most so many characters, with a sign where something was cut.
pub(super) fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Whether a comment says what is to be said; platforms change line breaks and blanks at the ends.
pub(super) fn says_the_same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_path_stays_one_part() {
        assert_eq!(encoded("feature/x?y=1#z"), "feature%2Fx%3Fy%3D1%23z");
        assert_eq!(encoded("robot[bot]"), "robot%5Bbot%5D");
        assert_eq!(encoded("v1.2-a_b~c"), "v1.2-a_b~c");
    }

    #[test]
    fn the_next_page_is_read_from_the_link_header() {
        let next = |header: &str| {
            next_link(&Response {
                status: 200,
                url: String::new(),
                headers: vec![("link".to_owned(), header.to_owned())],
                body: Vec::new(),
                attempts: 1,
            })
        };
        let all = "<https://api.example.org/a?page=1>; rel=\"prev\", <https://api.example.org/a?page=3,4>; rel=\"next\", \
                   <https://api.example.org/a?page=9>; rel=\"last\"";
        assert_eq!(next(all).as_deref(), Some("https://api.example.org/a?page=3,4"));
        assert_eq!(next("<https://api.example.org/a?page=1>; rel=\"prev\""), None);
        assert_eq!(next("nonsense"), None);
    }

    #[test]
    fn a_text_is_cut_at_a_character() {
        assert_eq!(clipped("äöü", 3), "äöü");
        assert_eq!(clipped("äöüß", 3), "äö…");
    }

    #[test]
    fn line_breaks_and_ends_are_no_difference() {
        assert!(says_the_same("a\r\nb\r\n", "a\nb"));
        assert!(!says_the_same("a\nb", "a\nc"));
    }
}
