//! The network door and the platforms' APIs, against a server on loopback that has every fault.

mod github;
mod gitlab;
mod host;
mod http;
pub(crate) mod server;

use std::time::Duration;

use deploy_guard::http::Bounds;

/// Bounds that a test can wait for.
pub(crate) fn quick() -> Bounds {
    Bounds {
        connect: Duration::from_millis(500),
        attempt: Duration::from_millis(700),
        total: Duration::from_secs(20),
        pause: Duration::from_millis(5),
        ..Bounds::default()
    }
}

/// Found in no error and no debug output.
const TOKEN: &str = "planted-token-5f1c";
