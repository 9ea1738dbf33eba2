//! What readers report: log events, counters, health.

pub mod health;
pub mod journal;
pub mod log;
pub mod monitor;
pub mod stats;
