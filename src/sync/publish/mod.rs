//! From a look at the store to a verified snapshot in it.

pub(crate) mod delivered;
pub mod protocol;
pub(crate) mod read_back;
pub(crate) mod restore;
pub(crate) mod sign;
pub(crate) mod write;
