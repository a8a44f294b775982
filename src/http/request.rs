//! What is asked.

use std::fmt;

use crate::source::Secret;

/// What is to be done with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }

    /// Whether doing it twice is the same as doing it once, so that it may be tried again after it has been sent.
    pub const fn may_be_repeated(self) -> bool {
        !matches!(self, Self::Post)
    }
}

/// One question. The secret goes to the host of `url` and to no other.
pub struct Request<'a> {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// A header's name, what stands before the secret, and the secret.
    pub secret: Option<(&'static str, &'static str, &'a Secret)>,
    pub json: Option<serde_json::Value>,
    /// Doing it again does no harm, whatever the method is.
    pub repeatable: bool,
    /// How much of the body is read; what the door says where it is not said here.
    pub body: Option<Take>,
}

/// How much of a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// All of it; more than so many bytes is an error.
    AtMost(usize),
    /// So many bytes, and the rest is left.
    First(usize),
}

/// Neither a query nor a body nor a header of ours is anything for a log.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method.as_str(), super::shown(&self.url))
    }
}

impl<'a> Request<'a> {
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            secret: None,
            json: None,
            repeatable: method.may_be_repeated(),
            body: None,
        }
    }

    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url)
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// `secret_header("authorization", "Bearer ", &token)`
    #[must_use]
    pub fn secret_header(mut self, name: &'static str, before: &'static str, secret: &'a Secret) -> Self {
        self.secret = Some((name, before, secret));
        self
    }

    #[must_use]
    pub fn json(mut self, body: serde_json::Value) -> Self {
        self.json = Some(body);
        self
    }

    /// A body of more bytes is an error; never more than the door's own bound.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.body = Some(Take::AtMost(bytes));
        self
    }

    /// Reads the first bytes of a body and leaves the rest.
    #[must_use]
    pub fn first(mut self, bytes: usize) -> Self {
        self.body = Some(Take::First(bytes));
        self
    }

    /// A question that only asks, although it is sent by a method that does things.
    #[must_use]
    pub fn only_asks(mut self) -> Self {
        self.repeatable = true;
        self
    }
}
