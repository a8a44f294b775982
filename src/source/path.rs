//! Paths of a tree: bytes, as git stores them, never touched on disk.

use super::safe_text::escape_line;

/// A path inside a git tree. Bytes, because git promises no encoding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Vec<u8>);

impl RepoPath {
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as text, with what is no UTF-8 replaced. For matching globs and names, not for printing.
    pub fn lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    pub fn is_utf8(&self) -> bool {
        std::str::from_utf8(&self.0).is_ok()
    }

    /// The path in one line, safe to print: bytes that are no UTF-8 as `\xNN`, controls escaped.
    pub fn display(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for chunk in self.0.utf8_chunks() {
            out.push_str(&escape_line(chunk.valid()));
            for byte in chunk.invalid() {
                out.push_str(&format!("\\x{byte:02x}"));
            }
        }
        out
    }

    /// The last component.
    pub fn file_name(&self) -> std::borrow::Cow<'_, str> {
        let start = self.0.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
        String::from_utf8_lossy(self.0.get(start..).unwrap_or_default())
    }

    /// The folder, without a trailing slash; empty at the root.
    pub fn folder(&self) -> std::borrow::Cow<'_, str> {
        let end = self.0.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        String::from_utf8_lossy(self.0.get(..end).unwrap_or_default())
    }

    /// Where a relative path leads that is written in this file; `None` out of the tree, and for an absolute one.
    pub fn beside(&self, relative: &str) -> Option<Self> {
        if relative.starts_with('/') {
            return None;
        }
        let folder = self.folder();
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(parts.join("/").as_str().into())
    }

    /// The file name's part after its last dot, in lower case.
    pub fn extension(&self) -> Option<String> {
        let name = self.file_name();
        let (stem, extension) = name.rsplit_once('.')?;
        (!stem.is_empty()).then(|| extension.to_ascii_lowercase())
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl std::fmt::Display for RepoPath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_is_followed_inside_of_the_tree_only() {
        let from = RepoPath::from("a/b/kustomization.yaml");
        assert_eq!(from.beside("./c.env"), Some("a/b/c.env".into()));
        assert_eq!(from.beside("../c/d.env"), Some("a/c/d.env".into()));
        assert_eq!(from.beside("../../../d.env"), None);
        assert_eq!(from.beside("/etc/d.env"), None);
        assert_eq!(RepoPath::from("compose.yaml").beside(".env"), Some(".env".into()));
    }
}
