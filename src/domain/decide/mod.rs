//! The decision: serve from Atlas, or fetch from Paris and why.

pub mod decision;
pub mod freshness;
pub mod records;
pub mod route;
