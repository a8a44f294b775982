//! The text of the hook file: written from the template in `hooks/`, and read back.
//!
//! In: settings, or the bytes of a file. Out: bytes, or settings. Touches no file.

use std::fmt::Write as _;
use std::path::Path;

const TEMPLATE: &str = include_str!("../../../hooks/pre-push");
const MARKER: &str = "# deploy-guard-hook v";
const RECORDED: &str = "recorded=";
const IF_MISSING: &str = "if_missing=";

/// What a push meets when the binary is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum IfMissing {
    /// The push is refused.
    #[default]
    Block,
    /// The push goes on, with a line that says it was not checked.
    Warn,
}

impl IfMissing {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Warn => "warn",
        }
    }
}

/// The settings of one hook file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wrapper {
    /// Where the binary was when the hook was written; without it, or when it has moved, the PATH decides.
    pub binary: Option<String>,
    pub if_missing: IfMissing,
}

impl Wrapper {
    /// Records a binary's path as sh can run it, or not at all where a script could not hold it.
    pub(super) fn new(binary: Option<&Path>, if_missing: IfMissing) -> Self {
        Self { binary: binary.and_then(|path| in_shell_form(path, cfg!(windows))), if_missing }
    }

    /// The hook file's text.
    pub(super) fn render(&self) -> String {
        let mut text = String::with_capacity(TEMPLATE.len() + 80);
        for line in TEMPLATE.split_inclusive('\n') {
            if line.starts_with(RECORDED) {
                let quoted = self.binary.as_deref().unwrap_or_default().replace('\'', r"'\''");
                let _ = writeln!(text, "{RECORDED}'{quoted}'");
            } else if line.starts_with(IF_MISSING) {
                let _ = writeln!(text, "{IF_MISSING}{}", self.if_missing.as_str());
            } else {
                text.push_str(line);
            }
        }
        text
    }

    /// Reads the settings of a file that carries the marker; `None` for anybody else's file.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let lines = || text.lines().take(20);
        lines().find(|line| {
            line.strip_prefix(MARKER).is_some_and(|version| version.trim_end().parse::<u32>().is_ok())
        })?;
        let setting = |name: &str| lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let binary = setting(RECORDED).trim_end();
        let binary = binary.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(binary);
        let if_missing = match setting(IF_MISSING).trim_end() {
            "warn" => IfMissing::Warn,
            _ => IfMissing::Block,
        };
        Some(Self { binary: (!binary.is_empty()).then(|| binary.replace(r"'\''", "'")), if_missing })
    }
}

/// An absolute path as sh takes it: one line of UTF-8, on Windows with forward slashes and without the `\\?\` prefix.
fn in_shell_form(path: &Path, windows: bool) -> Option<String> {
    let text = path.to_str()?;
    let text =
        if windows { text.strip_prefix(r"\\?\").unwrap_or(text).replace('\\', "/") } else { text.to_owned() };
    let absolute = text.starts_with('/') || (windows && text.get(1..3) == Some(":/"));
    (absolute && !text.contains(['\0', '\n', '\r'])).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h8_the_template_holds_one_line_for_each_setting_and_the_marker() {
        for start in [RECORDED, IF_MISSING, MARKER] {
            assert_eq!(TEMPLATE.lines().filter(|line| line.starts_with(start)).count(), 1, "{start}");
        }
    }

    #[test]
    fn h8_the_text_has_a_plain_shebang_and_no_carriage_return() {
        let text = Wrapper::new(Some(Path::new("/opt/it's here/deploy-guard")), IfMissing::Warn).render();
        assert!(text.starts_with("#!/bin/sh\n# deploy-guard-hook v1\n"));
        assert!(text.is_ascii() && !text.contains('\r') && text.ends_with('\n'));
    }

    #[test]
    fn h8_what_was_written_is_read_back() {
        for binary in [
            None,
            Some("/usr/bin/deploy-guard"),
            Some("/opt/it's/a b/$(id)/`id`/\"x"),
            Some("/'"),
            Some("/é"),
        ] {
            for if_missing in [IfMissing::Block, IfMissing::Warn] {
                let wrapper = Wrapper::new(binary.map(Path::new), if_missing);
                assert_eq!(wrapper.binary.as_deref(), binary);
                assert_eq!(Wrapper::read(wrapper.render().as_bytes()), Some(wrapper));
            }
        }
    }

    #[test]
    fn h8_a_file_with_carriage_returns_is_still_known_as_ours() {
        let wrapper = Wrapper::new(Some(Path::new("/usr/bin/deploy-guard")), IfMissing::Warn);
        let broken = wrapper.render().replace('\n', "\r\n");
        assert_eq!(Wrapper::read(broken.as_bytes()), Some(wrapper));
    }

    #[test]
    fn h8_a_foreign_hook_that_mentions_us_is_not_ours() {
        for text in [
            "#!/bin/sh\ndeploy-guard hook run pre-push \"$@\"\n",
            "#!/bin/sh\n# deploy-guard-hook\n",
            "",
            "\u{0}",
        ] {
            assert_eq!(Wrapper::read(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn h8_a_path_that_a_script_could_not_hold_is_not_recorded() {
        for path in ["deploy-guard", "/a\nb", "/a\rb"] {
            assert_eq!(in_shell_form(Path::new(path), false), None, "{path:?}");
        }
    }

    #[test]
    fn h14_windows_paths_get_forward_slashes_and_lose_their_prefix() {
        let shell = |path: &str| in_shell_form(Path::new(path), true);
        assert_eq!(
            shell(r"\\?\C:\Program Files\deploy-guard.exe").as_deref(),
            Some("C:/Program Files/deploy-guard.exe")
        );
        assert_eq!(shell(r"deploy-guard.exe"), None);
    }
}
