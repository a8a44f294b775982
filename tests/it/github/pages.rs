//! What people meet on the pages of a platform.

use deploy_guard::policy::Catalogue;
use deploy_guard::report::{github, markdown};

use super::rich;

fn catalogue() -> Catalogue {
    Catalogue::built_in().unwrap()
}

/// The page without the version, which changes with every release.
fn steady(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn the_annotations_of_a_rich_report() {
    insta::assert_snapshot!(github::annotations(&rich::report(), &catalogue()));
}

#[test]
fn the_summary_of_a_rich_report() {
    insta::assert_snapshot!(steady(&markdown::summary(&rich::report(), &catalogue())));
}

#[test]
fn the_comment_of_a_rich_report() {
    insta::assert_snapshot!(steady(&markdown::comment(&rich::report(), &catalogue(), "gate")));
}
