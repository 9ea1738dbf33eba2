//! sync

pub mod store;
