//! Where a value stands in its document: `spec.containers[web].env[LOG_LEVEL].value`.
//!
//! In: keys and list items on the way down. Out: a text that stays the same when lines or siblings move.

use crate::document::Node;

/// A key is cut behind this many bytes, so that many leaves under a giant key stay cheap.
const KEY_BYTES: usize = 96;
/// A path stops to grow at this length.
const PATH_BYTES: usize = 1024;

/// What items of a list are known by, the first that there is.
const IDENTITIES: [&str; 3] = ["name", "key", "id"];

/// A path that grows and shrinks with a walk.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyPath(String);

/// How long a path was, to go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(usize);

impl KeyPath {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// A path of plain keys.
    pub(super) fn of(keys: &[&str]) -> Self {
        let mut path = Self::default();
        for key in keys {
            path.push_key(key);
        }
        path
    }

    /// Goes down to a key of a mapping.
    pub(super) fn push_key(&mut self, key: &str) -> Mark {
        let mark = Mark(self.0.len());
        if self.0.len() < PATH_BYTES {
            let plain = !key.is_empty() && !key.contains(['.', '[', ']', '"']);
            let key = cut(key);
            if plain {
                if !self.0.is_empty() {
                    self.0.push('.');
                }
                self.0.push_str(key);
            } else {
                self.0.push_str("[\"");
                self.0.push_str(key);
                self.0.push_str("\"]");
            }
        }
        mark
    }

    /// Goes down to an item of a list, by its name where it has one.
    pub(super) fn push_item(&mut self, item: &Node, index: usize) -> Mark {
        let name = identity(item).map_or_else(|| index.to_string(), |name| cut(&name).to_owned());
        self.push_bracket(&name)
    }

    pub(super) fn push_bracket(&mut self, name: &str) -> Mark {
        let mark = Mark(self.0.len());
        if self.0.len() < PATH_BYTES {
            self.0.push('[');
            self.0.push_str(cut(name));
            self.0.push(']');
        }
        mark
    }

    /// The name of the innermost list's item on the way.
    pub(super) fn last_item(&self) -> Option<&str> {
        last_item(&self.0)
    }

    pub(super) fn back(&mut self, mark: Mark) {
        self.0.truncate(mark.0);
    }
}

/// The name of the innermost list's item of a path; an index is no name.
pub(super) fn last_item(path: &str) -> Option<&str> {
    let (_, rest) = path.rsplit_once('[')?;
    let name = rest.split_once(']')?.0;
    (!name.starts_with('"') && !name.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

/// What a list's item is known by.
pub(super) fn identity(item: &Node) -> Option<std::borrow::Cow<'_, str>> {
    IDENTITIES.iter().find_map(|key| item.get(key)?.scalar())
}

fn cut(key: &str) -> &str {
    let mut end = key.len().min(KEY_BYTES);
    while !key.is_char_boundary(end) {
        end -= 1;
    }
    key.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_dots_are_quoted() {
        assert_eq!(
            KeyPath::of(&["metadata", "annotations", "a.b/c"]).as_str(),
            "metadata.annotations[\"a.b/c\"]"
        );
    }

    #[test]
    fn a_giant_key_is_cut_at_a_character() {
        let mut path = KeyPath::default();
        let mark = path.push_key(&"ü".repeat(5000));
        assert!(path.as_str().len() <= KEY_BYTES);
        path.back(mark);
        assert_eq!(path.as_str(), "");
        for _ in 0..1000 {
            path.push_key("abcdefgh");
        }
        assert!(path.as_str().len() < PATH_BYTES + KEY_BYTES);
    }
}
