//! The writing side, native only: reads Michael and publishes one verified snapshot to a store.
//!
//! [`run`] is the pipeline, top to bottom: [`source`] gives Michael's rows, [`content`] makes payloads of them, [`plan`]
//! compares them with what stands, and [`publish`] writes what differs to a [`store`]. I/O stands at the rim.

pub mod clock;
pub mod content;
pub mod net;
pub mod plan;
pub mod publish;
pub mod run;
pub mod source;
pub mod store;
