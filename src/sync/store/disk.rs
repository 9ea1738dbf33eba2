//! One file that is only ever seen whole: it is replaced by renaming a finished neighbour over it, and every change
//! happens under an exclusive lock on another neighbour.
//!
//! `PATH.backups/` holds what was replaced, each under a name of its own, as a second link to the same file, which costs no
//! copy. `PATH.tmp` is the next state being written; its name is fixed, which the lock makes safe, so the next process
//! overwrites what a killed one left. `PATH.lock` is never removed: a lock on a removed file excludes nobody.

use super::StoreError;
use crate::sync::files::{self, behind_links, directory_of};
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, chown, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Many times what the items of a full store take, with their times and descriptions.
const MOST_BYTES: usize = 100_000_000;

/// `None` if there is no such file.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match files::read(path, MOST_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where a backup of this file is kept.
pub(super) fn kept(path: &Path, name: &str) -> PathBuf {
    kept_path(&behind_links(path), name)
}

const LOCK_WAIT: Duration = Duration::from_millis(5);

/// After so many tries the log says what is waited for.
const LONG: u32 = 100;

/// The right to change a file, until it is dropped or the process ends, however it ends.
pub(super) struct Exclusive {
    path: PathBuf,
    _lock: File,
}

impl Exclusive {
    /// Waits until no other process or task holds the right. Makes the directory if it is missing.
    pub(super) async fn acquire(path: &Path) -> Result<Self, StoreError> {
        // All who come by links take the same lock.
        let path = behind_links(path);
        let directory = directory_of(&path);
        fs::create_dir_all(directory).map_err(failed("make the directory", directory))?;
        let lock_path = beside(&path, ".lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(failed("open the lock file", &lock_path))?;
        copy_owner(&path, &lock_path);
        for tries in 1_u32.. {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_WAIT).await,
                Err(TryLockError::Error(error)) => return Err(failed("lock", &lock_path)(error)),
            }
            if tries == LONG {
                tracing::warn!(lock = %lock_path.display(), "waiting for another process to release the store's file");
            }
        }
        Ok(Self { path, _lock: lock })
    }

    /// Writes the new contents beside the old.
    pub(super) fn prepare(&self, contents: &[u8]) -> Result<(), StoreError> {
        let temporary = beside(&self.path, ".tmp");
        let there = fs::metadata(&self.path).ok();
        write_through(&temporary, contents, there.as_ref()).map_err(|error| {
            // On a full disk half a state would hold the space that the next one needs.
            let _ = fs::remove_file(&temporary);
            failed("write", &temporary)(error)
        })
    }

    /// Puts the prepared contents in place of the old. A crash at any moment leaves the one or the other.
    pub(super) fn replace(&self) -> Result<(), StoreError> {
        fs::rename(beside(&self.path, ".tmp"), &self.path).map_err(failed("replace", &self.path))
    }

    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let directory = directory_of(&self.path);
        File::open(directory).and_then(|open| open.sync_all()).map_err(failed("flush the directory", directory))
    }

    pub(super) fn keep(&self, name: &str) -> Result<(), StoreError> {
        let (directory, kept) = (beside(&self.path, ".backups"), kept_path(&self.path, name));
        fs::create_dir_all(&directory).map_err(failed("make the directory", &directory))?;
        copy_owner(&self.path, &directory);
        // A killed process, or another history of the file, may have left one.
        match fs::remove_file(&kept) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove the old backup", &kept)(error)),
            _ => link_or_copy(&self.path, &kept).map_err(failed("keep a backup at", &kept)),
        }
    }

    /// Removes every other backup; one that cannot be removed stays, and so does what somebody else has put there.
    pub(super) fn keep_only(&self, names: &[&str], is_backup: impl Fn(&str) -> bool) {
        let entries = fs::read_dir(beside(&self.path, ".backups")).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json"));
            if name.is_some_and(|name| is_backup(name) && !names.contains(&name)) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn kept_path(path: &Path, name: &str) -> PathBuf {
    beside(path, ".backups").join(format!("{name}.json"))
}

/// A second link to a file or, where there are none, a copy. It never writes to a file that is there, which could be a link
/// to the same one: a copy would empty both.
fn link_or_copy(file: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(file, to).or_else(|_| {
        let (mut from, mut copy) = (File::open(file)?, File::create_new(to)?);
        copy.set_permissions(from.metadata()?.permissions())?;
        io::copy(&mut from, &mut copy).map(drop)
    })
}

/// Gives what the superuser has made beside the file to the file's owner, who could not write there otherwise.
fn copy_owner(file: &Path, beside: &Path) {
    if let Ok(there) = fs::metadata(file) {
        // Nobody else may give it away, and who owns both need not.
        let _ = chown(beside, Some(there.uid()), Some(there.gid()));
    }
}

/// Gives the file the owner and the permissions of the one that it replaces before it holds anything.
fn write_through(path: &Path, contents: &[u8], there: Option<&Metadata>) -> io::Result<()> {
    let mut file = File::create(path)?;
    if let Some(there) = there {
        // The superuser alone may give a file away.
        let _ = fchown(&file, Some(there.uid()), Some(there.gid()));
        file.set_permissions(there.permissions())?;
    }
    file.write_all(contents)?;
    file.sync_all()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { action, path, source }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_backup_is_never_written_over_the_file_that_it_is_a_link_to() {
        let directory = tempfile::tempdir().unwrap();
        let (file, kept) = (directory.path().join("store.json"), directory.path().join("kept.json"));
        fs::write(&file, "state").unwrap();
        link_or_copy(&file, &kept).unwrap();
        assert_eq!(link_or_copy(&file, &kept).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&file).unwrap(), b"state");
    }

    #[tokio::test]
    async fn a_file_that_is_replaced_keeps_its_owner_and_its_mode() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.json");
        fs::write(&path, "old").unwrap();
        // Only the superuser can do this; whoever else runs the test owns both files.
        let _ = chown(&path, Some(65_534), Some(65_534));
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let of = |path: &Path| fs::metadata(path).map(|there| (there.uid(), there.gid(), there.mode())).unwrap();
        let before = of(&path);
        let exclusive = Exclusive::acquire(&path).await.unwrap();
        exclusive.keep("v1").unwrap();
        exclusive.prepare(b"new").unwrap();
        exclusive.replace().unwrap();
        assert_eq!(of(&path), before);
        // So that its owner can go on writing.
        for made in [".lock", ".backups"].map(|suffix| beside(&path, suffix)) {
            assert_eq!((of(&made).0, of(&made).1), (before.0, before.1), "{}", made.display());
        }
    }

    #[tokio::test]
    async fn on_a_full_disk_nothing_half_written_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.json");
        fs::write(&path, "old").unwrap();
        // The mode of the device too, which root would otherwise change.
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        let temporary = beside(&path, ".tmp");
        // Everything that is written there finds no space.
        std::os::unix::fs::symlink("/dev/full", &temporary).unwrap();
        let exclusive = Exclusive::acquire(&path).await.unwrap();
        assert!(exclusive.prepare(b"new").unwrap_err().to_string().contains("could not write"));
        assert!(fs::symlink_metadata(&temporary).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        exclusive.prepare(b"new").unwrap();
        exclusive.replace().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
