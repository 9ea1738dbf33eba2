//! What a run writes: what stands, what differs, what is refused, and the request. Pure.

mod difference;
mod hold;
mod planner;
mod protection;
pub(crate) mod provenance;
mod signed;
mod stored;

pub use difference::{Change, Counts, RecordChange, count};
pub use hold::{Hold, HoldChange};
pub use protection::{Guarded, MAX_BYTES, Protection, Refusal, WARN_PERCENT, protect};
pub use stored::Stored;

pub use planner::{HIGHEST_FLOOR, IF_FORGED, Plan, PlanError, PlanKind, PlanPolicy, adoption, plan};
