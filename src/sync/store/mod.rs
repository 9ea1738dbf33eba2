//! What the writer needs of a store: read all items, change some of them in one all-or-nothing request, and look
//! at earlier states. [`FileStore`] keeps a store in one file on this machine, [`VercelStore`] is the real one.
//!
//! Nothing here knows what an item means: keys and values are Edge Config's, not Atlas's.

mod change;
mod disk;
mod error;
mod file;
mod operation;
mod raw;
pub mod state;
mod state_file;
mod store_schema;
mod token;
mod vercel;
mod vercel_answer;

pub use change::{Change, MAX_DESCRIPTION_LENGTH};
pub use error::{IsConflict, StoreError, refusal};
pub use file::{FileStore, StoreClock};
pub use operation::{Operation, OperationKind};
pub use raw::Json;
pub(crate) use token::StoredToken;
pub use token::{MAX_LABEL_LENGTH, MAX_TOKENS};
pub use vercel::{API_URL, ApiName, VercelConfig, VercelStore};

use async_trait::async_trait;

use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The stored key, such as `atlas_v1_manifest`.
    pub key: String,
    pub value: Json,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    pub id: String,
    /// When that state was written, in milliseconds since the Unix epoch.
    pub last_modified: u64,
}

impl Backup {
    pub fn written_at(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.last_modified).unwrap_or(i64::MAX))
    }
}

#[async_trait]
pub trait Store: Send + Sync {
    /// Which store this is, for logs and reports; without secrets.
    fn describe(&self) -> String;

    /// How far this machine's clock was ahead of the store's at its last answer, in milliseconds; `None` if the store
    /// does not tell the time.
    fn clock_ahead_ms(&self) -> Option<i64> {
        None
    }

    /// All items, in the order of their keys.
    async fn items(&self) -> Result<Vec<Item>, StoreError>;

    /// Does all of the operations, or none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when an item that should be new is there, or one that should be there is not;
    /// [`StoreError::Refused`] when the request breaks a rule of the store; and when the store cannot be reached,
    /// read or written.
    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError>;

    /// The earlier states that are kept, the latest first.
    async fn backups(&self) -> Result<Vec<Backup>, StoreError>;

    /// The items of an earlier state, in the order of their keys.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] with [`refusal::BACKUP_NOT_FOUND`] when no such state is kept, and when the store
    /// cannot be reached or read.
    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError>;
}
