//! A store in one file, `file:PATH`: `atlas-sync dev` serves it, and syncs on the same machine write to it. Any number of
//! processes may use it at once.

use super::disk::{self, Exclusive};
use super::state::State;
use super::{Backup, Item, Operation, Store, StoreError, state_file};
use async_trait::async_trait;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A missing file is an empty store, and the first write makes it.
#[derive(Clone)]
pub struct FileStore {
    path: PathBuf,
    now_ms: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl FileStore {
    /// The store in this file. `now_ms` gives the time, in milliseconds since the Unix epoch.
    pub fn new(path: impl Into<PathBuf>, now_ms: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { path: path.into(), now_ms: Arc::new(now_ms) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state as it is now. Blocks on the disk.
    pub fn load(&self) -> Result<State, StoreError> {
        match disk::read(&self.path).map_err(disk::failed("read", &self.path))? {
            Some(bytes) => state_file::parse(&bytes)
                .map_err(|damage| StoreError::Unreadable { place: self.path.display().to_string(), damage }),
            None => Ok(State::empty((self.now_ms)())),
        }
    }

    /// Puts an earlier state's items in place of all that is there. Gives the state before and the state after.
    pub async fn restore(&self, backup: &str) -> Result<(State, State), StoreError> {
        let (store, id) = (self.clone(), backup.to_owned());
        self.change(move |state, now| state.restore(&store.load_kept(state, &id)?, now)).await
    }

    pub async fn kept(&self, backup: &str) -> Result<State, StoreError> {
        let (store, id) = (self.clone(), backup.to_owned());
        self.blocking(move || store.load_kept(&store.load()?, &id)).await
    }

    /// The state before the last write; an empty one if there was none.
    pub async fn previous(&self, state: &State) -> Result<State, StoreError> {
        match state.backups.front() {
            Some(latest) => self.kept(&latest.id).await,
            None => Ok(State::empty(state.created_at)),
        }
    }

    fn load_kept(&self, state: &State, id: &str) -> Result<State, StoreError> {
        let listed = state.kept(id)?;
        let file = disk::kept(&self.path, id);
        let bad = |found: &dyn Display| {
            let message = format!("its file {}{found}", file.display());
            StoreError::BadBackup { id: id.to_owned(), message }
        };
        // Somebody, or a later write, may have removed it.
        let bytes = disk::read(&file).map_err(|error| bad(&format_args!(" cannot be read: {error}")))?;
        let bytes = bytes.ok_or_else(|| bad(&" is missing"))?;
        let kept = state_file::parse(&bytes).map_err(|damage| bad(&format_args!(", {damage}")))?;
        // Somebody may have put the file of another one in its place.
        if (kept.backup_id(), kept.updated_at) == (listed.id.clone(), listed.updated_at) {
            Ok(kept)
        } else {
            Err(bad(&" holds another state than the one that was kept there"))
        }
    }

    /// Writes the state that `next` makes of the state and the time, alone among all writers. Gives the state before and
    /// the state after.
    pub(crate) async fn change<F>(&self, next: F) -> Result<(State, State), StoreError>
    where
        F: FnOnce(&State, u64) -> Result<State, StoreError> + Send + 'static,
    {
        let store = self.clone();
        let exclusive = Exclusive::acquire(&self.path).await?;
        let prepare = move || {
            let before = store.load()?;
            let after = next(&before, (store.now_ms)())?;
            if after.backups.front().is_some_and(|backup| backup.id == before.backup_id()) {
                exclusive.keep(&before.backup_id())?;
            }
            exclusive.prepare(state_file::print(&after).as_bytes())?;
            Ok((exclusive, before, after))
        };
        let (exclusive, before, after) = self.blocking(prepare).await?;
        // Not on another thread: a run that stops waiting, at a deadline or an interrupt, reports what stands at that
        // moment, so whatever is not in place by then must never be.
        exclusive.replace()?;
        let finish = move || {
            exclusive.flush()?;
            let kept: Vec<_> = after.backups.iter().map(|backup| backup.id.as_str()).collect();
            exclusive.keep_only(&kept, State::is_backup_id);
            Ok((before, after))
        };
        self.blocking(finish).await
    }

    async fn loaded(&self) -> Result<State, StoreError> {
        let store = self.clone();
        self.blocking(move || store.load()).await
    }

    /// Runs what waits for the disk on a thread where it holds up nobody else.
    pub(crate) async fn blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, StoreError> + Send + 'static,
    {
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
            Err(StoreError::Io {
                action: "finish the work on",
                path: self.path.clone(),
                source: io::Error::other(error),
            })
        })
    }
}

fn items_of(state: State) -> Vec<Item> {
    state.items.into_iter().map(|(key, item)| Item { key, value: item.value }).collect()
}

#[async_trait]
impl Store for FileStore {
    fn describe(&self) -> String {
        format!("file:{}", self.path.display())
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        Ok(items_of(self.loaded().await?))
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        let operations = operations.to_vec();
        self.change(move |state, now| state.apply(&operations, now)).await.map(|_| ())
    }

    fn may_write_late(&self) -> bool {
        false
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        let state = self.loaded().await?;
        let backups = state.backups.into_iter();
        Ok(backups.map(|kept| Backup { id: kept.id, last_modified: kept.updated_at }).collect())
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        Ok(items_of(self.kept(id).await?))
    }
}
