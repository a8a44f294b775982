//! The probes of what a release goes to: programs, images, checks of the platform.

mod checks;
#[cfg(unix)]
mod command;
mod image;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use deploy_guard::http::Door;
use deploy_guard::probe::{Around, Evidence, Kind, Release};
use jiff::Timestamp;

/// An item's `[check]` table as a checklist holds it.
fn kind(text: &str) -> Kind {
    let kind: Kind = toml::from_str(text).unwrap();
    kind.probe().validate().unwrap();
    kind
}

/// A run around a release.
#[expect(clippy::struct_field_names, reason = "as `Around` calls it")]
struct Run<'a> {
    release: Release,
    door: Option<&'a Door>,
    may_run: bool,
    cluster_state: Option<String>,
    stop: AtomicBool,
}

impl Run<'_> {
    fn in_(folder: &Path) -> Self {
        Run {
            release: Release { folder: folder.to_owned(), ..Release::default() },
            door: None,
            may_run: true,
            cluster_state: None,
            stop: AtomicBool::new(false),
        }
    }

    fn gather(&self, text: &str) -> Evidence {
        self.around(|around| kind(text).gather(around))
    }

    fn around<T>(&self, look: impl FnOnce(&Around<'_>) -> T) -> T {
        look(&Around {
            release: &self.release,
            door: self.door,
            clock: &|| Timestamp::UNIX_EPOCH,
            may_run: self.may_run,
            cluster_state: self.cluster_state.as_deref().map(str::as_bytes),
            stop: &self.stop,
        })
    }
}
