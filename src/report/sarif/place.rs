//! Places as SARIF has them: relative URIs below a root that is declared, regions in characters.
//!
//! In: labels with masked sources. Out: locations. Code scanning refuses a whole file for one location without an
//! artifact, so that what is in a commit's message is anchored to a file of the change and says in a logical location
//! where it really is.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region,
};

use super::message;
use crate::finding::Label;
use crate::report::clipped;
use crate::source::{Origin, RepoPath, escape_line, escape_text};

/// What paths are relative to.
pub(super) const ROOT: &str = "%SRCROOT%";

/// RFC 3986's unreserved characters and the slash stay as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// No more of a line is quoted than this many characters.
const LONGEST_SNIPPET: usize = 200;

fn artifact(path: &RepoPath) -> ArtifactLocation {
    let uri = percent_encode(path.bytes(), ESCAPED).to_string();
    ArtifactLocation::builder().uri(uri).uri_base_id(ROOT).build()
}

/// A file as a whole.
pub(super) fn of_path(path: &RepoPath) -> Location {
    let region = Region::builder().start_line(1).build();
    let physical = PhysicalLocation::builder().artifact_location(artifact(path)).region(region).build();
    Location::builder().physical_location(physical).build()
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn in_file(path: &RepoPath, label: &Label) -> Location {
    let start = label.source.position(label.span.start);
    let end = label.source.position(label.span.end.max(label.span.start));
    let mut region = Region::builder()
        .start_line(number(start.line))
        .start_column(number(start.column))
        .end_line(number(end.line))
        .end_column(number(end.column))
        .build();
    let text = label.source.slice(label.span);
    if !text.is_empty() && !label.redact {
        let text = escape_text(text);
        region.snippet = Some(ArtifactContent::builder().text(clipped(&text, LONGEST_SNIPPET)).build());
    }
    let physical = PhysicalLocation::builder().artifact_location(artifact(path)).region(region).build();
    Location::builder().physical_location(physical).build()
}

/// Where a label is; `anchor` is the file that stands for the change where it is in none.
pub(super) fn location(label: &Label, anchor: Option<&RepoPath>, id: Option<i64>) -> Location {
    let origin = label.source.origin();
    let mut out = match origin {
        Origin::File(path) => in_file(path, label),
        Origin::Commit(_) | Origin::PullRequest => {
            let line = label.source.position(label.span.start).line;
            let mut out = anchor.map_or_else(Location::default, of_path);
            let name = origin.display();
            let logical = LogicalLocation::builder()
                .fully_qualified_name(format!("{name}, line {line}"))
                .name(name)
                .kind(if matches!(origin, Origin::PullRequest) {
                    "pullRequestBody"
                } else {
                    "commitMessage"
                });
            out.logical_locations = Some(vec![logical.build()]);
            out
        }
    };
    out.id = id;
    if !label.text.is_empty() {
        out.message = Some(message(clipped(&escape_line(&label.text), 500).replace("](", "] (")));
    }
    out
}
