//! Stores in which something happens at a moment that no fault switch can meet.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use async_trait::async_trait;
use atlas::sync::store::{Backup, Item, Operation, Store, StoreError, VercelStore};

/// What happens at some moment of a run.
pub type Event = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What a look shows in place of what there is.
type Show = Box<dyn Fn(&mut Vec<Item>) + Send + Sync>;

/// A store that shows something else than it holds, or in which something happens between two requests.
pub struct Skewed {
    store: VercelStore,
    written: AtomicU64,
    times: AtomicU64,
    show: Show,
    before_a_write: Option<Event>,
    before_a_look: Option<Event>,
}

impl Skewed {
    fn new(store: VercelStore) -> Self {
        let (written, times) = (AtomicU64::new(0), AtomicU64::new(1));
        Self { store, written, times, show: Box::new(|_| {}), before_a_write: None, before_a_look: None }
    }

    /// The first look after the first write shows this.
    pub fn once_after_a_write(store: VercelStore, show: impl Fn(&mut Vec<Item>) + Send + Sync + 'static) -> Self {
        Self { show: Box::new(show), ..Self::new(store) }
    }

    /// So many looks after the first write show this.
    pub fn times_after_a_write(
        store: VercelStore,
        times: u64,
        show: impl Fn(&mut Vec<Item>) + Send + Sync + 'static,
    ) -> Self {
        Self { times: AtomicU64::new(times), ..Self::once_after_a_write(store, show) }
    }

    /// Every look after the first write shows this.
    pub fn always_after_a_write(store: VercelStore, show: impl Fn(&mut Vec<Item>) + Send + Sync + 'static) -> Self {
        Self { times: AtomicU64::new(u64::MAX), ..Self::once_after_a_write(store, show) }
    }

    /// This happens right before the first write.
    pub fn once_before_a_write(
        store: VercelStore,
        event: impl Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync + 'static,
    ) -> Self {
        Self { before_a_write: Some(Box::new(event)), ..Self::new(store) }
    }

    /// This happens right after the first write, before the look at it.
    pub fn once_before_a_look(
        store: VercelStore,
        event: impl Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync + 'static,
    ) -> Self {
        Self { before_a_look: Some(Box::new(event)), ..Self::new(store) }
    }

    /// And the look after it shows this.
    pub fn which_shows(self, show: impl Fn(&mut Vec<Item>) + Send + Sync + 'static) -> Self {
        Self { show: Box::new(show), ..self }
    }

    fn takes_one(&self) -> bool {
        self.times.fetch_update(SeqCst, SeqCst, |times| times.checked_sub(1)).is_ok()
    }
}

#[async_trait]
impl Store for Skewed {
    fn describe(&self) -> String {
        self.store.describe()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        if self.written.load(SeqCst) == 0 {
            return self.store.items().await;
        }
        let skewed = self.takes_one();
        if let (true, Some(event)) = (skewed, &self.before_a_look) {
            event().await;
        }
        let mut items = self.store.items().await?;
        if skewed {
            (self.show)(&mut items);
        }
        Ok(items)
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        if let Some(event) = self.before_a_write.as_ref().filter(|_| self.takes_one()) {
            event().await;
        }
        self.written.fetch_add(1, SeqCst);
        self.store.patch(operations).await
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.store.backups().await
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        self.store.backup(id).await
    }
}

/// A store that cannot be read any more after so many writes.
pub struct Closing {
    store: VercelStore,
    writes_left: AtomicU64,
}

impl Closing {
    pub fn after_writes(store: VercelStore, writes: u64) -> Self {
        Self { store, writes_left: AtomicU64::new(writes) }
    }
}

#[async_trait]
impl Store for Closing {
    fn describe(&self) -> String {
        self.store.describe()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        if self.writes_left.load(SeqCst) == 0 {
            return Err(StoreError::Refused { code: "closed".to_owned(), message: "nothing is shown".to_owned() });
        }
        self.store.items().await
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        let _ = self.writes_left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        self.store.patch(operations).await
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.store.backups().await
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        self.store.backup(id).await
    }
}
