//! This machine as its tools see it: variables, the person's own folder, files of bounded size.
//!
//! In: a variable's name or a path. Out: what stands there, parsed by `crate::document`, or why it can't be told. What it
//! says of a failure repeats nothing of a file: these files hold keys.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::document::{self, Document, Format, ParseError};
use crate::source::{Origin, RepoPath, SourceFile};

/// Bytes of one file; `limits::BYTES` of a document is more.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What a reader may look at.
pub(super) struct Machine<'a> {
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
    pub(super) home: Option<PathBuf>,
    /// Where a pod finds what it is: `/var/run/secrets/kubernetes.io/serviceaccount`.
    pub(super) service_account: PathBuf,
}

/// A file that was read.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    pub(super) document: Document,
}

impl Machine<'_> {
    pub(super) fn says(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// What a variable names, else a path below the person's own folder.
    pub(super) fn place(&self, name: &str, below_home: &str) -> Option<PathBuf> {
        match self.says(name) {
            Some(path) => Some(self.expanded(PathBuf::from(path))),
            None => Some(self.home.as_ref()?.join(below_home)),
        }
    }

    /// `~/x` in a variable: no shell has seen it.
    pub(super) fn expanded(&self, path: PathBuf) -> PathBuf {
        match (path.strip_prefix("~"), &self.home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path,
        }
    }

    /// A path as it is shown: without the name of whose folder it is.
    pub(super) fn shown(&self, path: &Path) -> String {
        let below = self.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        below.map_or_else(|| path.display().to_string(), |below| format!("~/{}", below.display()))
    }

    /// A file's bytes; `None` where there is no such file.
    pub(super) fn bytes(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        let failed = |why: &str| format!("{} can't be read: {why}", self.shown(path));
        let of_error = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Ok(None),
            kind => Err(failed(&kind.to_string())),
        };
        match std::fs::metadata(path) {
            Ok(found) if found.is_file() => {}
            // A pipe would be waited for without end.
            Ok(_) => return Err(failed("it is no file")),
            Err(error) => return of_error(error),
        }
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) => return of_error(error),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| failed(&error.kind().to_string()))?;
        if bytes.len() as u64 > LARGEST {
            return Err(failed(&format!("it is larger than {LARGEST} bytes")));
        }
        Ok(Some(bytes))
    }

    /// A file that is parsed; `None` where there is no such file.
    pub(super) fn document(&self, path: &Path, format: Format) -> Result<Option<Content>, String> {
        let Some(bytes) = self.bytes(path)? else { return Ok(None) };
        let failed = |why: String| format!("{} can't be read: {why}", self.shown(path));
        // Azure's own tools write a byte order mark.
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).to_vec();
        let origin = Origin::File(RepoPath::from(self.shown(path).as_str()));
        let source = SourceFile::decode(origin, text).map_err(|error| failed(format!("it {error}")))?;
        let document = document::parse(&source, format).map_err(|error| match error {
            ParseError::Syntax { format, span, .. } => {
                failed(format!("line {} is not valid {format}", source.position(span.start).line))
            }
            ParseError::Limit { what, limit, .. } => {
                failed(format!("over a limit: {what} (at most {limit})"))
            }
        })?;
        Ok(Some(Content { bytes, document }))
    }
}
