//! `completions` and `man`: both made from the arguments themselves.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Failure;
use super::arguments::Arguments;

pub(super) fn completions(shell: Shell) -> String {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "deploy-guard", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

pub(super) fn page() -> Result<String, Failure> {
    let mut out = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut out)
        .map_err(|error| Failure::unable(format!("the manual page can't be made: {error}")))?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}
