//! What the handlers share.

use super::faults::Faults;
use super::live::Live;
use crate::sync::store::FileStore;
use crate::sync::store::state::LOCAL_ID;
use std::sync::Arc;

pub const STORE_ID: &str = LOCAL_ID;

/// Who owns the store, as the management API says.
pub(super) const OWNER_ID: &str = "team_local";

pub(super) struct Dev {
    pub(super) store: FileStore,
    pub(super) live: Live,
    pub(super) faults: Arc<Faults>,
}

pub(super) type Shared = Arc<Dev>;
