//! A payload as a tree of values with names for its places.
//!
//! In: bytes that anybody may have written. Out: values, or an error that names the place and never repeats what stands
//! there.

use serde_json::Value;

use crate::change::ObjectId;

/// No event is larger (A2).
const LIMIT: usize = 25 * 1024 * 1024;

/// Why a payload was not understood. The run can't judge by it: exit 3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event can't be read: {0}")]
pub struct PayloadError(pub String);

/// A value with the way to it.
#[derive(Debug, Clone)]
pub struct Payload<'a> {
    value: &'a Value,
    way: String,
}

/// Parses a payload.
pub fn parse(bytes: &[u8]) -> Result<Value, PayloadError> {
    if bytes.len() > LIMIT {
        return Err(PayloadError(format!("{} bytes, and at most {LIMIT} are read", bytes.len())));
    }
    // The parser's own words repeat the input.
    serde_json::from_slice(bytes).map_err(|error| {
        PayloadError(format!("it is no JSON at line {}, column {}", error.line(), error.column()))
    })
}

impl<'a> Payload<'a> {
    pub const fn root(value: &'a Value) -> Self {
        Self { value, way: String::new() }
    }

    fn child(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        let dot = if self.way.is_empty() { "" } else { "." };
        Some(Self { value, way: format!("{}{dot}{name}", self.way) })
    }

    /// The value at a dotted way, where there is one that is not null.
    pub fn at(&self, way: &str) -> Option<Self> {
        way.split('.').try_fold(self.clone(), |at, name| at.child(name))
    }

    /// The value at a dotted way, which has to be there.
    pub fn need(&self, way: &str) -> Result<Self, PayloadError> {
        let dot = if self.way.is_empty() { "" } else { "." };
        self.at(way).ok_or_else(|| PayloadError(format!("it has no `{}{dot}{way}`", self.way)))
    }

    fn wrong(&self, wanted: &str) -> PayloadError {
        PayloadError(format!("`{}` is no {wanted}", self.way))
    }

    pub fn text(&self) -> Result<String, PayloadError> {
        self.value.as_str().map(str::to_owned).ok_or_else(|| self.wrong("text"))
    }

    pub fn number(&self) -> Result<u64, PayloadError> {
        self.value.as_u64().ok_or_else(|| self.wrong("number"))
    }

    pub fn truth(&self) -> Result<bool, PayloadError> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// The name of a git object.
    pub fn object(&self) -> Result<ObjectId, PayloadError> {
        self.value.as_str().and_then(ObjectId::parse).ok_or_else(|| self.wrong("name of a git object"))
    }

    pub fn list(&self) -> Result<Vec<Self>, PayloadError> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("list"))?;
        let item = |(number, value)| Self { value, way: format!("{}[{number}]", self.way) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// Text that may be missing: empty then.
    pub fn text_at(&self, way: &str) -> Result<String, PayloadError> {
        self.at(way).map_or(Ok(String::new()), |found| found.text())
    }

    /// A flag that may be missing: false then.
    pub fn flag_at(&self, way: &str) -> Result<bool, PayloadError> {
        self.at(way).map_or(Ok(false), |found| found.truth())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_place_and_never_repeats_what_stands_there() {
        let value = parse(br#"{"a":{"b":"canary"}}"#).unwrap();
        let root = Payload::root(&value);
        for error in [
            root.need("a.c").map(|_| ()).unwrap_err(),
            root.need("a.b").unwrap().number().map(|_| ()).unwrap_err(),
            root.need("a.b").unwrap().object().map(|_| ()).unwrap_err(),
            parse(b"{\"a\": canary}").map(|_| ()).unwrap_err(),
        ] {
            assert!(!error.to_string().contains("canary"), "{error}");
        }
        assert_eq!(root.need("a.c").map(|_| ()).unwrap_err().0, "it has no `a.c`");
    }
}
