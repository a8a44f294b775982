//! Who set a label: whoever did it last, as long as nobody took it away since. Pure; the list is whole.

use jiff::Timestamp;

use crate::change::Label;

/// A label was set or taken away.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) set: bool,
    /// None for an account that was deleted.
    pub(super) by: Option<String>,
    pub(super) at: Timestamp,
}

/// The labels that are there, each with who set it, where that is known. `same` says whether two names are one to the
/// platform.
pub(super) fn settled(
    names: Vec<String>,
    mut settings: Vec<Setting>,
    same: fn(&str, &str) -> bool,
) -> Vec<Label> {
    // Stable: two of one second stay in the order in which they came.
    settings.sort_by_key(|setting| setting.at);
    let label = |name: String| {
        let last = settings.iter().rfind(|setting| same(&setting.name, &name));
        match last.filter(|setting| setting.set) {
            Some(setting) => Label { name, by: setting.by.clone(), at: Some(setting.at) },
            None => Label { name, by: None, at: None },
        }
    };
    names.into_iter().map(label).collect()
}
