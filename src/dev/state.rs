//! What requests share, and what the store is called.

use std::path::PathBuf;
use std::sync::Arc;

use super::faults::Faults;
use super::live::Live;
use super::stats::Stats;
use crate::sync::store::{Clock, FileStore};

/// The id of the store that is served.
pub const STORE_ID: &str = crate::sync::store::state::LOCAL_ID;

/// The token that reads it, as it stands in the connection string. Not a secret.
pub const READ_TOKEN: &str = "local";

/// The token that writes it. Not a secret.
pub const WRITE_TOKEN: &str = "local-write";

/// What the server serves.
pub struct DevConfig {
    /// The state file. It need not be there yet.
    pub state: PathBuf,
    /// Gives the time that writes are stamped with.
    pub clock: Clock,
}

/// All that requests share.
pub(super) struct Dev {
    pub(super) store: FileStore,
    pub(super) live: Live,
    pub(super) faults: Faults,
    pub(super) stats: Stats,
}

pub(super) type Shared = Arc<Dev>;

impl Dev {
    /// The store in its file.
    pub(super) fn open(config: DevConfig) -> Shared {
        let store = FileStore::new(config.state, config.clock);
        Arc::new(Self { live: Live::new(store.clone()), store, faults: Faults::default(), stats: Stats::default() })
    }
}
