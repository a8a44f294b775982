//! The page on a terminal of its own, where what the command prints goes elsewhere.

use super::released;
use crate::sandbox::Sandbox;

#[cfg(target_os = "linux")]
#[test]
fn the_page_is_on_the_terminal_though_the_output_goes_to_a_file() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    if work.run("bash").args(["-c", "command -v script"]).finish().code != 0 {
        return;
    }
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    // Somebody looks for a moment, and leaves.
    let session = format!(
        "(sleep 2; printf q; sleep 1) | TERM=xterm script -qec 'stty rows 30 cols 100; {guard} go-nogo --base base > .git/board.txt' .git/typed"
    );
    let outcome = work.run("bash").args(["-c", &session]).finish();
    let read = |name: &str| {
        String::from_utf8_lossy(&std::fs::read(work.folder.join(name)).unwrap_or_default()).into_owned()
    };
    let (page, board) = (read(".git/typed"), read(".git/board.txt"));
    assert!(page.contains("ROLLBACK OWNER"), "{outcome}\n{page}");
    assert!(board.contains("NO-GO") && board.contains("left before the end"), "{board}\n{page}");
    assert!(!board.contains('\u{1b}'), "{board:?}");
}
