//! What is published: payloads, envelopes, checksums, and the canonical form that they are made of.

pub mod canonical;
pub mod checksum;
pub mod envelope;
pub mod in_order;
pub mod payload;
pub mod seal;
pub mod text;
