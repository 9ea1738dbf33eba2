//! What every connection of this binary has in common.

pub mod connections;
pub mod error;
pub mod http;
pub mod loopback;
pub mod redact;
pub mod tls;
