//! What every connection of this binary has in common.

pub(crate) mod connections;
pub mod error;
pub mod http;
pub(crate) mod loopback;
pub(crate) mod redact;
pub(crate) mod tls;
