//! The page in a real browser: it fits where it is looked at, and nothing in it runs or asks for anything.
//!
//! Chromium is not everywhere: without one this is left out, unless `DEPLOY_GUARD_CHROMIUM` says `required`.

use std::path::Path;

use deploy_guard::board::html;

use super::samples;
use crate::sandbox::{Sandbox, inherited};

/// Run in the page by the test and not by the page: the script is of a frame around it.
const PROBE: &str = r#"<!DOCTYPE html><meta charset="utf-8"><body style="margin:0"><script>
const widths = [320, 375, 768, 1280, 1920];
const source = document.currentScript.dataset, out = [];
async function look() {
  for (const width of widths) {
    const frame = document.createElement('iframe');
    frame.style.cssText = `width:${width}px;height:900px;border:0`;
    frame.src = 'page.html';
    await new Promise(done => { frame.onload = done; document.body.append(frame); });
    const page = frame.contentDocument, root = page.documentElement;
    const heading = page.querySelector('h1').getBoundingClientRect();
    const wide = [...page.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1);
    out.push(`width=${width} over=${root.scrollWidth - root.clientWidth} wide=${wide.length}` +
      ` heading=${heading.top >= 0 && heading.bottom <= 900} scripts=${page.scripts.length}` +
      ` outside=${page.querySelectorAll('img,link,iframe,object,embed,video,audio,a,form,svg,base').length}` +
      ` requests=${frame.contentWindow.performance.getEntriesByType('resource').length}`);
    for (const details of page.querySelectorAll('details')) details.open = true;
    out.push(`open=${width} over=${root.scrollWidth - root.clientWidth}`);
    frame.remove();
  }
  const result = document.createElement('pre');
  result.textContent = 'RESULT\n' + out.join('\n') + '\nEND';
  document.body.append(result);
}
look();
</script></body>"#;

fn chromium() -> Option<&'static str> {
    let required = inherited("DEPLOY_GUARD_CHROMIUM").is_some_and(|value| value == "required");
    let found = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = found.into_iter().find(|program| Path::new(program).exists());
    assert!(found.is_some() || !required, "no Chromium here, and DEPLOY_GUARD_CHROMIUM says it is required");
    found
}

/// Where somebody wants to look at the pages: `.ci/page` does.
#[test]
fn the_pages_are_kept_for_whoever_wants_to_look_at_them() {
    let Some(folder) = inherited("DEPLOY_GUARD_PAGES") else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, board) in samples::all() {
        std::fs::write(folder.join(format!("{name}.html")), html::render(&board)).unwrap();
    }
}

#[test]
fn the_page_fits_a_phone_a_desk_and_a_screen_on_the_wall_whatever_is_in_it() {
    let Some(chromium) = chromium() else {
        eprintln!("left out: no Chromium here");
        return;
    };
    let sandbox = Sandbox::new();
    for (name, board) in samples::all() {
        let folder = sandbox.path(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("page.html"), html::render(&board)).unwrap();
        std::fs::write(folder.join("probe.html"), PROBE).unwrap();
        let outcome = sandbox
            .run(chromium, &folder)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"])
            .args(["--disable-background-networking", "--disable-component-update"])
            .args(["--allow-file-access-from-files", "--virtual-time-budget=20000", "--dump-dom"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .arg(format!("file://{}", folder.join("probe.html").display()))
            .finish();
        let result = outcome.stdout.split_once("RESULT\n").map(|(_, rest)| rest);
        let result = result.and_then(|rest| rest.split_once("\nEND")).map(|(result, _)| result);
        let result = result.unwrap_or_else(|| panic!("{name}: {outcome}"));
        for width in [320, 375, 768, 1280, 1920] {
            let good = format!(
                "width={width} over=0 wide=0 heading=true scripts=0 outside=0 requests=0\nopen={width} over=0"
            );
            assert!(result.contains(&good), "{name}: {result}");
        }
    }
}
