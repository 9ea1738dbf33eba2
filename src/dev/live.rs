//! The current state, read from the file again only when the file has changed.
//!
//! A file's modification time is only as fine as the file system's clock. So a copy is reused while time and length stay
//! the same, but only if the file had been unchanged for a moment when it was read.

use crate::sync::store::state::{State, digest};
use crate::sync::store::{FileStore, StoreError};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long a file must have been unchanged before its time is sure to show the next change. The coarsest clock of a
/// system ticks every 10 ms.
const STILL: Duration = Duration::from_millis(100);

/// The same where the file system keeps whole seconds, or every other one, as on a memory card or a share.
const STILL_WHOLE_SECONDS: Duration = Duration::from_millis(2_100);

pub(super) struct Loaded {
    pub(super) state: State,
    pub(super) items: String,
    pub(super) digest: String,
}

impl Loaded {
    pub(super) fn new(state: State) -> Self {
        let items = state.items_json();
        Self { digest: digest(&items), items, state }
    }
}

pub(super) struct Live {
    store: FileStore,
    copy: Arc<Mutex<Copy>>,
}

/// The state that was read last, if it may be used again, and the stamp of its file.
type Copy = Option<(Stamp, Arc<Loaded>)>;

/// Shows whether a file changed. `None` is a file that does not exist.
type Stamp = Option<(SystemTime, u64)>;

impl Live {
    pub(super) fn new(store: FileStore) -> Self {
        Self { store, copy: Arc::default() }
    }

    pub(super) async fn current(&self) -> Result<Arc<Loaded>, StoreError> {
        let (store, copy) = (self.store.clone(), Arc::clone(&self.copy));
        self.store.blocking(move || refresh(&store, &copy)).await
    }
}

fn refresh(store: &FileStore, copy: &Mutex<Copy>) -> Result<Arc<Loaded>, StoreError> {
    let mut copy = copy.lock().unwrap_or_else(PoisonError::into_inner);
    // Taken before the read: a change in between makes the copy look old, but never hides the change.
    let stamp = stamp_of(store.path());
    if let Some((_, loaded)) = copy.as_ref().filter(|(known, _)| *known == stamp) {
        return Ok(Arc::clone(loaded));
    }
    let still = is_still(stamp, SystemTime::now());
    let loaded = Arc::new(Loaded::new(store.load()?));
    *copy = still.then(|| (stamp, Arc::clone(&loaded)));
    Ok(loaded)
}

fn stamp_of(path: &Path) -> Stamp {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// A missing file is never still, so its empty store is made anew each time, with the current time.
fn is_still(stamp: Stamp, now: SystemTime) -> bool {
    stamp.is_some_and(|(modified, _)| {
        let is_whole = modified.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|time| time.subsec_nanos() == 0);
        let still = if is_whole { STILL_WHOLE_SECONDS } else { STILL };
        now.duration_since(modified).is_ok_and(|age| age >= still)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use tempfile::TempDir;

    /// A state file with the item `a`, last changed so long ago.
    struct Subject {
        live: Live,
        directory: TempDir,
    }

    impl Subject {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let store = FileStore::new(directory.path().join("state.json"), || 0);
            Self { live: Live::new(store), directory }
        }

        /// Writes in place, with the same length each time, as if it were done at this time.
        fn write(&self, digit: u8, modified: SystemTime) {
            let path = self.directory.path().join("state.json");
            let item = format!("{{\"key\":\"a\",\"value\":{digit},\"createdAt\":0,\"updatedAt\":0}}");
            let head =
                "\"format\":2,\"id\":\"ecfg_local\",\"slug\":\"s\",\"createdAt\":0,\"updatedAt\":0,\"revision\":1";
            fs::write(&path, format!("{{{head},\"items\":[{item}],\"backups\":[]}}")).unwrap();
            File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        }

        async fn items(&self) -> String {
            self.live.current().await.unwrap().items.clone()
        }
    }

    #[tokio::test]
    async fn a_file_that_was_still_is_not_read_again_until_it_changes() {
        let (subject, long_ago) = (Subject::new(), SystemTime::now() - Duration::from_mins(1));
        subject.write(1, long_ago);
        let first = subject.live.current().await.unwrap();
        assert!(Arc::ptr_eq(&first, &subject.live.current().await.unwrap()));
        subject.write(2, long_ago + Duration::from_millis(1));
        assert_eq!(subject.items().await, r#"{"a":2}"#);
    }

    #[tokio::test]
    async fn a_change_within_one_tick_of_the_file_systems_clock_is_seen() {
        let (subject, now) = (Subject::new(), SystemTime::now());
        subject.write(1, now);
        assert_eq!(subject.items().await, r#"{"a":1}"#);
        subject.write(2, now);
        assert_eq!(subject.items().await, r#"{"a":2}"#);
    }

    #[test]
    fn a_file_is_still_from_a_tenth_of_a_second_on() {
        let written = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
        for (age, still) in [(0, false), (99, false), (100, true), (101, true)] {
            assert_eq!(is_still(Some((written, 1)), written + Duration::from_millis(age)), still, "{age}");
        }
        assert!(!is_still(Some((written, 1)), SystemTime::UNIX_EPOCH), "a file from the future");
        // Another change within two seconds may have the same time.
        let written = SystemTime::UNIX_EPOCH + Duration::from_secs(2);
        for (age, still) in [(100, false), (1_999, false), (2_100, true)] {
            assert_eq!(
                is_still(Some((written, 1)), written + Duration::from_millis(age)),
                still,
                "whole seconds, {age}"
            );
        }
        assert!(!is_still(None, written));
    }
}
