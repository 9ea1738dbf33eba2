//! What the writer needs from a store: read all items, change some of them in one all-or-nothing request, and read
//! earlier states. [`FileStore`] keeps a store in one file on this machine, [`VercelStore`] is the real one.
//!
//! Keys and values are Edge Config's here: what an item means to Atlas is not known.

mod disk;
mod error;
mod file;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod operation;
pub mod state;
mod state_file;
mod store_schema;
mod token;
mod vercel;
mod vercel_answer;

pub use error::{IsConflict, StoreError, refusal};
pub use file::FileStore;
pub use json::Json;
pub use operation::{Operation, OperationKind};
pub(crate) use token::StoredToken;
pub use vercel::{API_URL, ApiName, VercelConfig, VercelStore};

use async_trait::async_trait;
use serde::{Deserialize, Deserializer};

use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Item {
    /// The stored key, such as `atlas_v1_manifest`.
    pub key: String,
    pub value: Json,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backup {
    pub id: String,
    /// When that state was written, in milliseconds since the Unix epoch.
    #[serde(deserialize_with = "whole")]
    pub last_modified: u64,
}

/// A `number` in Vercel's reference, with a fraction or not.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(format!("{:.0}", f64::deserialize(deserializer)?).parse().unwrap_or(0))
}

impl Backup {
    pub fn written_at(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.last_modified).unwrap_or(i64::MAX))
    }
}

#[async_trait]
pub trait Store: Send + Sync {
    /// The store's name, for logs and reports, without secrets.
    fn describe(&self) -> String;

    /// How far this machine's clock was ahead of the store's at its last answer, in milliseconds; `None` if the store
    /// does not tell the time.
    fn clock_ahead_ms(&self) -> Option<i64> {
        None
    }

    /// All items, in the order of their keys.
    async fn items(&self) -> Result<Vec<Item>, StoreError>;

    /// Does all of the operations, or none. It is a conflict if an item that should be new is there, or one that should be
    /// there is not; a request that breaks a rule of the store is refused.
    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError>;

    /// Whether a write may still be done when nobody waits for it any more.
    fn may_write_late(&self) -> bool {
        true
    }

    /// The earlier states that are kept, the latest first.
    async fn backups(&self) -> Result<Vec<Backup>, StoreError>;

    /// The items of an earlier state, in the order of their keys; if no such state is kept, it is refused with
    /// [`refusal::BACKUP_NOT_FOUND`]. One that is kept and cannot be read is a [`StoreError::BadBackup`].
    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError>;
}
