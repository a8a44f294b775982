//! What a repository was when the run began: where it lies, its refs, its HEAD and its settings.
//!
//! In: the installed git. Out: one [`State`], asked once, so that a ref that moves meanwhile mixes nothing.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::program::{PATIENCE, Program};
use crate::change::opening;
use crate::change::work_tree::system_path;
use crate::change::{ObjectId, ReadError, ReadErrorKind};

/// A ref, not peeled.
pub(super) struct Reference {
    pub id: ObjectId,
    pub symbolic: Option<String>,
    pub upstream: Option<String>,
}

pub(super) struct State {
    /// Asks from the top of the work tree, or where there is none from where the run began.
    pub program: Program,
    pub work_tree: Option<PathBuf>,
    pub is_shallow: bool,
    /// The commits at which a shallow clone ends.
    pub ends: HashSet<ObjectId>,
    pub head: Option<String>,
    pub refs: BTreeMap<Vec<u8>, Reference>,
    settings: Vec<(String, String)>,
}

impl State {
    pub(super) fn read(folder: &Path, told: bool) -> Result<Self, ReadError> {
        let program = Program::find(folder, told)?;
        let mut found = Place::of(&program, folder)?;
        if !found.in_work_tree && found.git_folder.ends_with(".git") && !told {
            // Inside `.git`: the work tree is around it.
            let around = found.git_folder.parent().unwrap_or(folder).to_path_buf();
            let outer = Place::of(&program.clone().at(around.clone(), Vec::new()), &around)?;
            if outer.in_work_tree {
                found = outer;
            }
        }
        let mut variables = Vec::new();
        if told {
            variables.push(("GIT_DIR", found.git_folder.clone()));
            variables.extend(found.work_tree.clone().map(|top| ("GIT_WORK_TREE", top)));
        }
        let stand = found.work_tree.clone().unwrap_or_else(|| folder.to_path_buf());
        let program = program.at(stand, variables);
        let settings = settings(&program.ask(&["config", "--list", "-z"])?);
        let program = without_filters(program, &settings)?;
        let ends = if found.is_shallow { ends_of_history(&program)? } else { HashSet::new() };
        Ok(Self {
            work_tree: found.work_tree,
            is_shallow: found.is_shallow,
            ends,
            head: head(&program)?,
            refs: references(&program)?,
            settings,
            program,
        })
    }

    /// Relative to the folder in git's answer, where it is not absolute.
    pub(super) fn common_folder(&self) -> Option<PathBuf> {
        let printed = self.program.ask(&["rev-parse", "--git-common-dir"]).ok()?;
        Some(self.program.folder().join(path(&printed)))
    }

    /// Names of configured remotes, each with its URLs as written and as rewritten.
    pub(super) fn remotes(&self) -> Vec<(String, Vec<String>)> {
        let mut remotes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in &self.settings {
            let Some((name, variable)) = key.strip_prefix("remote.").and_then(|rest| rest.rsplit_once('.'))
            else {
                continue;
            };
            let urls = remotes.entry(name.to_owned()).or_default();
            let rewriters: &[&str] = match variable {
                "url" => &["insteadof", "pushinsteadof"],
                "pushurl" => &["insteadof"],
                _ => continue,
            };
            let rewritten = rewriters.iter().filter_map(|rewriter| self.rewritten(value, rewriter));
            urls.extend(std::iter::once(value.clone()).chain(rewritten));
        }
        remotes.into_iter().filter(|(_, urls)| !urls.is_empty()).collect()
    }

    fn rewritten(&self, url: &str, rewriter: &str) -> Option<String> {
        let bases = self.settings.iter().filter_map(|(key, start)| {
            let (base, variable) = key.strip_prefix("url.")?.rsplit_once('.')?;
            (variable == rewriter && url.starts_with(start.as_str())).then_some((base, start))
        });
        let (base, start) = bases.max_by_key(|(_, start)| start.len())?;
        Some(format!("{base}{}", url.strip_prefix(start.as_str())?))
    }

    /// The remote that has what a partial clone left out.
    pub(super) fn promisor(&self) -> Option<&str> {
        self.settings.iter().find_map(|(key, value)| {
            if key == "extensions.partialclone" {
                return Some(value.as_str());
            }
            let name = key.strip_prefix("remote.")?.strip_suffix(".promisor")?;
            matches!(value.as_str(), "true" | "yes" | "on" | "1" | "").then_some(name)
        })
    }
}

/// Where a repository lies.
struct Place {
    in_work_tree: bool,
    is_shallow: bool,
    git_folder: PathBuf,
    work_tree: Option<PathBuf>,
}

impl Place {
    fn of(program: &Program, folder: &Path) -> Result<Self, ReadError> {
        let question =
            ["rev-parse", "--is-inside-work-tree", "--is-shallow-repository", "--absolute-git-dir"];
        let answer = program.run(&question, Vec::new(), PATIENCE)?;
        if answer.code != Some(0) {
            let why = answer.complaint();
            return Err(if why.starts_with("not a git repository") {
                opening::no_repository(folder)
            } else if why.contains("dubious ownership") {
                opening::not_trusted(folder)
            } else {
                ReadError::new(ReadErrorKind::Unsupported, format!("this repository can't be opened: {why}"))
            });
        }
        let mut lines = answer.stdout.splitn(3, |byte| *byte == b'\n');
        let mut line = || lines.next().ok_or_else(|| unexpected("rev-parse"));
        let (in_work_tree, is_shallow) = (line()? == b"true", line()? == b"true");
        let git_folder = path(line()?);
        // Outside of a work tree that `GIT_WORK_TREE` names there is one as well; where there is none git fails here.
        let top = program.run(&["rev-parse", "--show-toplevel"], Vec::new(), PATIENCE)?;
        let work_tree = match top.code {
            Some(0) => Some(path(&top.stdout)),
            _ if in_work_tree => return Err(unexpected("rev-parse")),
            _ => None,
        };
        Ok(Self { in_work_tree, is_shallow, git_folder, work_tree })
    }
}

pub(super) fn unexpected(command: &str) -> ReadError {
    ReadError::new(ReadErrorKind::Other, format!("`git {command}` answered something that is not understood"))
}

fn path(line: &[u8]) -> PathBuf {
    system_path(line.strip_suffix(b"\n").unwrap_or(line))
}

/// Keys in lower case, as git prints them, each with its value; one without a value is true.
fn settings(printed: &[u8]) -> Vec<(String, String)> {
    let records = printed.split(|byte| *byte == 0).filter(|record| !record.is_empty());
    records
        .map(|record| {
            let record = String::from_utf8_lossy(record);
            match record.split_once('\n') {
                Some((key, value)) => (key.to_owned(), value.to_owned()),
                None => (record.into_owned(), String::new()),
            }
        })
        .collect()
}

/// A filter is a program that the repository's `.gitattributes` can call for: none runs, as in libgit2.
fn without_filters(program: Program, settings: &[(String, String)]) -> Result<Program, ReadError> {
    let mut off = Vec::new();
    for (key, _) in settings {
        let Some((name, variable)) = key.strip_prefix("filter.").and_then(|rest| rest.rsplit_once('.'))
        else {
            continue;
        };
        if name.contains(['=', '\n']) {
            let what = "a filter's name in git's configuration holds `=` and can't be switched off";
            return Err(ReadError::new(ReadErrorKind::Unsupported, what));
        }
        let value = if variable == "required" { "false" } else { "" };
        off.push(format!("filter.{name}.{variable}={value}"));
    }
    Ok(program.with_settings(off))
}

fn ends_of_history(program: &Program) -> Result<HashSet<ObjectId>, ReadError> {
    let place = path(&program.ask(&["rev-parse", "--git-path", "shallow"])?);
    let place = program.folder().join(place);
    let text = std::fs::read_to_string(&place).map_err(|error| {
        ReadError::new(ReadErrorKind::Other, format!("where this shallow clone ends can't be read: {error}"))
    })?;
    Ok(text.lines().filter_map(ObjectId::parse).collect())
}

/// The ref that HEAD names; `None` where it is detached.
fn head(program: &Program) -> Result<Option<String>, ReadError> {
    symbolic(program, "HEAD")
}

pub(super) fn symbolic(program: &Program, name: &str) -> Result<Option<String>, ReadError> {
    let answer = program.run(&["symbolic-ref", "--quiet", name], Vec::new(), PATIENCE)?;
    match answer.code {
        Some(0) => Ok(Some(String::from_utf8_lossy(&answer.stdout).trim_end_matches('\n').to_owned())),
        Some(1) => Ok(None),
        _ => Err(ReadError::new(ReadErrorKind::Other, format!("reading {name}: {}", answer.complaint()))),
    }
}

/// One setting, where it is set and says something.
pub(super) fn setting(program: &Program, name: &str) -> Option<String> {
    let answer = program.run(&["config", "--get", name], Vec::new(), PATIENCE).ok()?;
    let said = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    (answer.code == Some(0) && !said.is_empty()).then_some(said)
}

fn references(program: &Program) -> Result<BTreeMap<Vec<u8>, Reference>, ReadError> {
    let format = "--format=%(refname)%00%(objectname)%00%(symref)%00%(upstream)";
    let printed = program.ask(&["for-each-ref", format])?;
    let mut refs = BTreeMap::new();
    for line in printed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let mut fields = line.split(|byte| *byte == 0);
        let mut field = || fields.next().ok_or_else(|| unexpected("for-each-ref"));
        let (name, id, symbolic, upstream) = (field()?, field()?, field()?, field()?);
        let id = std::str::from_utf8(id).ok().and_then(ObjectId::parse);
        let id = id.ok_or_else(|| unexpected("for-each-ref"))?;
        let text = |bytes: &[u8]| (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned());
        refs.insert(name.to_vec(), Reference { id, symbolic: text(symbolic), upstream: text(upstream) });
    }
    Ok(refs)
}
