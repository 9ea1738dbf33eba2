//! The three kinds of request that are counted apart and can be disturbed apart.

use axum::http::Method;
use serde::{Deserialize, Serialize};

/// Which of the two APIs a route belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The read protocol, which Venice uses.
    Edge,
    /// The management API, which a sync uses.
    Api,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Group {
    /// `GET` and `HEAD` of the read protocol.
    Reads,
    /// What changes the store.
    Writes,
    /// What only looks, in the management API.
    ApiReads,
}

impl Group {
    pub(super) fn of(side: Side, method: &Method) -> Self {
        match side {
            Side::Edge => Self::Reads,
            Side::Api if method.is_safe() => Self::ApiReads,
            Side::Api => Self::Writes,
        }
    }
}
