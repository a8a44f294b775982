//! What a program says, in bounded time.
//!
//! In: words and what is expected. Out: whether the program ended so, with the first and the last lines that it printed.
//! It runs in the released folder with this run's whole environment, tokens too: its words were reviewed, and what asks a
//! cluster needs them. A file of the repository that the words name has to be the reviewed one as well. No shell takes
//! part unless the words name one.

mod child;
mod output;
mod reviewed;

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use serde::Deserialize;

use super::piece::piece;
use super::{Around, Asked, Outcome, Probe, Sight};
use crate::calendar::Length;
use crate::source::RepoPath;
use child::{End, Ended};

/// What a program may take where nothing is stated, and at most.
const PATIENCE: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_mins(10);

/// What a program says, in bounded time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CommandRun {
    /// The program and its arguments. A path is meant from the released folder.
    pub run: Vec<String>,
    /// At most 10 minutes, which are many; 30 seconds by default.
    #[serde(default)]
    pub timeout: Option<Length>,
    #[serde(default)]
    pub expect_exit: i32,
    /// What has to stand in its standard output.
    #[serde(default)]
    pub contains: Option<String>,
}

impl Probe for CommandRun {
    fn validate(&self) -> Result<(), String> {
        if self.run.first().is_none_or(String::is_empty) {
            return Err(
                "`run` has to name a program: run = [\"./ops/smoke.sh\", \"--env\", \"prod\"]".to_owned()
            );
        }
        if self.run.iter().any(|word| word.contains('\0')) {
            return Err("no argument can hold a NUL".to_owned());
        }
        if self.timeout.is_some_and(|timeout| timeout.unsigned() > LONGEST) {
            return Err("`timeout` is at most `10m`".to_owned());
        }
        if self.contains.as_ref().is_some_and(String::is_empty) {
            return Err("`contains` is empty, which every output holds".to_owned());
        }
        Ok(())
    }

    fn subject(&self) -> String {
        self.shown()
    }

    fn files(&self, folder: &Path) -> Vec<RepoPath> {
        reviewed::named(&self.run, folder)
    }

    fn look(&self, around: &Around<'_>) -> Sight {
        let shown = self.shown();
        if !around.may_run {
            return Sight::cannot_tell("not run: its words come from the change itself")
                .detail(shown)
                .remedy("have the checklist reviewed and merged first");
        }
        if let Some(file) = reviewed::changed(&self.run, around.release) {
            let file = file.display();
            return Sight::cannot_tell(format!("not run: {file} is not as it was reviewed")).detail(shown).remedy(
                format!(
                    "`git restore --source=<base> -- {file}` brings the reviewed one back; another one is run once it is merged"
                ),
            );
        }
        if around.stop.load(std::sync::atomic::Ordering::SeqCst) {
            return Sight::cannot_tell(format!("`{shown}` was stopped with this run"));
        }
        let patience = self.timeout.map_or(PATIENCE, Length::unsigned).min(LONGEST);
        let folder = &around.release.folder;
        match child::run(&self.run, folder, patience, self.contains.as_deref(), around.stop) {
            Ok(ended) => self.judge(&shown, &ended, patience),
            Err(error) => Sight::cannot_tell(format!("`{shown}` can't be started: {}", error.kind()))
                .remedy("look whether it is there and may be run")
                .asked(Asked::here(shown, None)),
        }
    }
}

impl CommandRun {
    fn shown(&self) -> String {
        piece(&self.run.join(" "))
    }

    fn judge(&self, shown: &str, ended: &Ended, patience: Duration) -> Sight {
        let mut sight = match &ended.end {
            End::TimedOut => {
                let length = Length::of(jiff::SignedDuration::try_from(patience).unwrap_or_default());
                Sight::cannot_tell(format!("`{shown}` did not end within {length} and was stopped"))
                    .remedy("run it by hand, or give it more time with `timeout`")
            }
            End::Stopped => Sight::cannot_tell(format!("`{shown}` was stopped with this run")),
            End::Exited(status) => match status.code() {
                None => Sight::cannot_tell(format!("`{shown}` was killed{}", by_signal(*status)))
                    .remedy("run it by hand and look what killed it"),
                Some(code) if code != self.expect_exit => Sight::new(
                    Outcome::Broken,
                    format!("`{shown}` ended with {code}, and {} is expected", self.expect_exit),
                )
                .remedy("look at what it printed, and mend that"),
                Some(code) => match &self.contains {
                    Some(word) if !ended.stdout.word_found => Sight::new(
                        Outcome::Broken,
                        format!("`{shown}` ended with {code} and did not print `{}`", piece(word)),
                    )
                    .remedy("look at what it printed, and mend that"),
                    _ => Sight::new(Outcome::Holds, format!("`{shown}` ended with {code}")),
                },
            },
        };
        for (stream, printed) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
            sight.details.extend(printed.lines().into_iter().map(|line| format!("{stream}: {line}")));
        }
        sight.asked(Asked::here(shown, ended.stdout.complete().as_deref()))
    }
}

#[cfg(unix)]
fn by_signal(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal().map(|signal| format!(" by signal {signal}")).unwrap_or_default()
}

#[cfg(not(unix))]
fn by_signal(_status: ExitStatus) -> String {
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> CommandRun {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn parameters_that_make_no_sense_are_refused() {
        for text in [
            "run = []",
            "run = ['']",
            "run = [\"a\\u0000b\"]",
            "run = ['x']\ntimeout = '11m'",
            "run = ['x']\ncontains = ''",
        ] {
            assert!(parsed(text).validate().is_err(), "{text}");
        }
        assert!(parsed("run = ['x']\ntimeout = '10m'\nexpect-exit = 3\ncontains = 'y'").validate().is_ok());
        assert!(toml::from_str::<CommandRun>("run = ['x']\nshell = true").is_err());
    }

    #[test]
    fn u10_the_words_are_shown_without_secrets() {
        let shown = parsed("run = ['curl', 'https://me:planted@example.org/']").shown();
        assert_eq!(shown, "curl https://me:<redacted>@example.org/");
    }
}
