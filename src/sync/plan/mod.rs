//! What a run writes: what stands, what differs, what is refused, and the request. Pure.

pub mod difference;
pub mod hold;
mod planner;
pub mod protection;
mod signed;
pub mod stored;

pub use difference::{Change, Counts, RecordChange, count};
pub use hold::{Hold, HoldChange};
pub use protection::{Guarded, MAX_BYTES, Protection, Refusal, protect};
pub use stored::Stored;

pub use planner::{HIGHEST_FLOOR, IF_FORGED, Kind, Plan, PlanError, Policy, adoption, plan};
