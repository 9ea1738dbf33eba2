//! What all connections of this binary share.

pub(crate) mod connections;
pub mod error;
pub mod http;
pub mod listen;
pub(crate) mod loopback;
pub(crate) mod redact;
pub(crate) mod tls;
