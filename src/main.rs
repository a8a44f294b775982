//! Parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    deploy_guard::cli::run()
}
