//! What requests share, and what the store is called.

use std::path::PathBuf;
use std::sync::Arc;

use super::faults::Faults;
use super::live::Live;
use super::stats::Stats;
use crate::sync::store::{FileStore, StoreClock};

pub const STORE_ID: &str = crate::sync::store::state::LOCAL_ID;

/// Who owns it, as the management API says.
pub(super) const OWNER_ID: &str = "team_local";

/// The token that reads it, as it stands in the connection string. Not a secret.
pub const READ_TOKEN: &str = "local";

/// The token that writes it. Not a secret.
pub const WRITE_TOKEN: &str = "local-write";

pub struct DevConfig {
    pub state: PathBuf,
    pub clock: StoreClock,
}

pub(super) struct Dev {
    pub(super) store: FileStore,
    pub(super) live: Live,
    pub(super) faults: Faults,
    pub(super) stats: Stats,
}

pub(super) type Shared = Arc<Dev>;

impl Dev {
    pub(super) fn open(config: DevConfig) -> Shared {
        let store = FileStore::new(config.state, config.clock);
        Arc::new(Self { live: Live::new(store.clone()), store, faults: Faults::default(), stats: Stats::default() })
    }
}
