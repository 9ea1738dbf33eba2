//! The writing side, native only: reads Michael and publishes one verified snapshot to a store.
//!
//! [`run`] is the pipeline, top to bottom: [`source`] reads Michael's rows, [`content`] turns them into payloads, [`plan`]
//! compares these with what stands, [`signature`] signs the manifest, and [`publish`] writes the difference to a [`store`].

pub mod clock;
pub mod content;
pub mod files;
mod json_schema;
pub mod net;
pub mod pasted;
pub mod plan;
pub mod publish;
pub mod run;
pub mod shown;
pub mod signature;
pub mod source;
pub mod store;
