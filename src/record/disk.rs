//! What is done to the disk: each step that a killed process may not get past, and nothing else.
//!
//! In: paths and bytes. Out: what the system said. Knows nothing of entries.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use super::RecordError;
use super::chain::shown;

/// How long somebody else may hold the record.
const PATIENCE: Duration = Duration::from_secs(10);

/// The steps. Tests have a disk that fails at each of them.
pub(super) trait Disk {
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// For adding to it; made where it does not exist.
    fn open(&self, file: &Path) -> io::Result<File>;
    /// In one call; how many bytes of it were taken.
    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize>;
    fn sync(&self, file: &File) -> io::Result<()>;
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
}

/// The machine's own.
pub(super) struct Machine;

impl Disk for Machine {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    }

    fn open(&self, file: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        by_its_own_name(&mut options);
        options.open(file)
    }

    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize> {
        let mut file = file;
        loop {
            match file.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    #[cfg(unix)]
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        match File::open(folder)?.sync_all() {
            // A file system that knows no such thing.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            other => other,
        }
    }

    #[cfg(not(unix))]
    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }
}

/// A link is not followed, and nothing that has to be waited for is.
#[cfg(unix)]
fn by_its_own_name(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    options.custom_flags(flags.bits().cast_signed()).mode(0o600);
}

#[cfg(not(unix))]
fn by_its_own_name(_options: &mut OpenOptions) {}

/// The folder that a file is in.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Opens the record to add to it; the file and its folder are made where they do not exist.
pub(super) fn open_for_writing(file: &Path, disk: &dyn Disk) -> Result<File, RecordError> {
    refuse_link(file)?;
    let folder = folder_of(file);
    if !folder.exists() {
        match disk.make_folder(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed("the record's folder can't be made", folder, &error));
            }
            _ => {
                let failed = |error| failed("the record's folder can't be kept", folder, &error);
                disk.sync_folder(folder_of(folder)).map_err(failed)?;
            }
        }
    }
    let opened = disk.open(file).map_err(|error| failed("the record can't be opened", file, &error))?;
    refuse_other_than_file(file, &opened)?;
    refuse_strangers_file(file, &opened)?;
    Ok(opened)
}

/// Opens a part of the record to read it; `None` where there is none.
pub(super) fn open_for_reading(file: &Path) -> Result<Option<File>, RecordError> {
    refuse_link(file)?;
    let mut options = OpenOptions::new();
    options.read(true);
    by_its_own_name(&mut options);
    match options.open(file) {
        Ok(opened) => refuse_other_than_file(file, &opened).map(|()| Some(opened)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("the record can't be opened", file, &error)),
    }
}

/// Says it in words; what is opened is decided by the flags above.
fn refuse_link(file: &Path) -> Result<(), RecordError> {
    if file.is_symlink() {
        return Err(RecordError::new(format!("{} is a symbolic link, and no record", shown(file)))
            .mended_by("remove the link, or name the file itself with --record"));
    }
    Ok(())
}

fn refuse_other_than_file(file: &Path, opened: &File) -> Result<(), RecordError> {
    let about = about(file, opened)?;
    if about.is_file() {
        return Ok(());
    }
    Err(RecordError::new(format!("{} is no regular file, and no record", shown(file)))
        .mended_by("remove it, or name another file with --record"))
}

#[cfg(unix)]
fn refuse_strangers_file(file: &Path, opened: &File) -> Result<(), RecordError> {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::geteuid().as_raw();
    let owner = about(file, opened)?.uid();
    if owner == own {
        return Ok(());
    }
    Err(RecordError::new(format!("{} belongs to another user (uid {owner}, this is {own})", shown(file)))
        .mended_by("run it as that user, or name another file with --record"))
}

#[cfg(not(unix))]
fn refuse_strangers_file(_file: &Path, _opened: &File) -> Result<(), RecordError> {
    Ok(())
}

fn about(file: &Path, opened: &File) -> Result<std::fs::Metadata, RecordError> {
    opened.metadata().map_err(|error| failed("the record can't be looked at", file, &error))
}

pub(super) fn length(file: &Path, opened: &File) -> Result<u64, RecordError> {
    Ok(about(file, opened)?.len())
}

/// Whether the name still means what was opened: while the lock was waited for, it may have been put aside.
#[cfg(unix)]
pub(super) fn is_still(file: &Path, opened: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(named), Ok(opened)) = (std::fs::symlink_metadata(file), opened.metadata()) else { return false };
    (named.dev(), named.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
pub(super) fn is_still(file: &Path, _opened: &File) -> bool {
    file.exists()
}

/// Whether somebody else reads or writes at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    Shared,
    Alone,
}

/// Waits for the lock, which ends with the handle.
pub(super) fn lock(file: &Path, opened: &File, lock: Lock) -> Result<(), RecordError> {
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_millis(1);
    loop {
        let tried = match lock {
            Lock::Shared => opened.try_lock_shared(),
            Lock::Alone => opened.try_lock(),
        };
        match tried {
            Ok(()) => return Ok(()),
            Err(std::fs::TryLockError::WouldBlock) if waited >= PATIENCE => {
                return Err(RecordError::new(format!(
                    "somebody else has held {} for {} seconds",
                    shown(file),
                    PATIENCE.as_secs()
                ))
                .mended_by("wait for the other deploy-guard, or end it"));
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                std::thread::sleep(pause);
                waited += pause;
                pause = (pause * 2).min(Duration::from_millis(16));
            }
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(failed("the record can't be locked", file, &error)
                    .mended_by("name a file on another file system with --record"));
            }
        }
    }
}

/// An error of the system, in a sentence.
pub(super) fn failed(what: &str, file: &Path, error: &io::Error) -> RecordError {
    RecordError::new(format!("{what}: {}: {error}", shown(file)))
}
