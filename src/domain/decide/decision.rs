//! The decision: serve from Atlas, or fetch from Paris, and why. It is a total function of what was read, the request
//! and the time.

use serde::Serialize;

use super::freshness::{Freshness, classify};
use super::records::Records;
use super::route::{Lookup, Need, need};
use crate::domain::json::excerpt::quoted;
use crate::domain::key::{EntryKey, Key};
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;
use crate::domain::verify::VerifiedManifest;
use crate::domain::verify::fault::Fault;

/// What a lookup found in the store: the manifest, and each entry as the manifest names it or what is wrong with it.
#[derive(Clone, Copy)]
pub struct Found<'f, V> {
    /// The manifest.
    pub manifest: &'f VerifiedManifest,
    /// What is known of its signatures.
    pub signature: &'f Signature,
    /// The entries' values.
    pub entry: &'f dyn Fn(EntryKey) -> Result<&'f V, Fault>,
}

impl<'f, V> Found<'f, V> {
    fn entry(&self, key: EntryKey) -> Result<&'f V, Miss> {
        (self.entry)(key).map_err(|fault| Miss::of(Key::Entry(key), &fault))
    }
}

/// The limits that a reader sets.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The greatest age of a snapshot, in milliseconds since its `checkedAt`.
    pub max_age_ms: u64,
    /// The version below which nothing is served: the highest that this reader has served or has embedded, or its
    /// `minVersion`. 0 for none.
    pub version_floor: u64,
    /// Whether the manifest must be signed.
    pub signed: bool,
}

impl Policy {
    /// Whether a reader may adopt a verified manifest: it is signed, if it must be, and no older than what was served.
    ///
    /// # Errors
    ///
    /// [`Reason::SignatureInvalid`], then [`Reason::Rollback`].
    pub fn admits(&self, manifest: &VerifiedManifest, signature: &Signature) -> Result<(), Miss> {
        if self.signed {
            let fault = match signature {
                Signature::Valid => None,
                Signature::Invalid(fault) => Some(fault.as_str()),
                Signature::Unchecked => Some("the signatures were not checked"),
            };
            if let Some(fault) = fault {
                return Err(Miss::at(Key::Manifest, Reason::SignatureInvalid, fault));
            }
        }
        if manifest.version() < self.version_floor {
            let (floor, found) = (self.version_floor.to_string(), manifest.version().to_string());
            let message = ["expected version ", &floor, " or later, found ", &found].concat();
            return Err(Miss::at(Key::Manifest, Reason::Rollback, message));
        }
        Ok(())
    }

    /// Whether a manifest was confirmed recently, by a clock that agrees with the reader's.
    fn is_fresh(&self, manifest: &VerifiedManifest, now: Timestamp) -> Result<(), Miss> {
        let (reason, ms, relation, limit) = match classify(manifest.checked_at(), now, self.max_age_ms) {
            Freshness::Fresh => return Ok(()),
            Freshness::Skewed { ahead_ms } => (Reason::ClockSkew, ahead_ms, " ms ahead of ", now.text()),
            Freshness::Expired { age_ms } => {
                (Reason::Expired, age_ms, " ms ago, over ", self.max_age_ms.to_string() + " ms")
            }
        };
        let message = ["checkedAt ", &manifest.checked_at().text(), " is ", &ms.to_string(), relation, &limit].concat();
        Err(Miss::at(Key::Manifest, reason, message))
    }
}

/// What is known of a manifest's signatures. They are checked outside of this crate's Wasm: the platform has Ed25519.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Signature {
    /// Nobody has checked them.
    #[default]
    Unchecked,
    /// As many of the configured keys as are required have signed the manifest.
    Valid,
    /// Too few have: what was expected, and what was found.
    Invalid(String),
}

/// Why Atlas does not serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The first check that failed.
    pub reason: Reason,
    /// The key at fault, if there is one.
    pub key: Option<Key>,
    /// What was expected and what was found.
    pub message: String,
}

impl Miss {
    /// A miss for a reason that lies with no key.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, key: None, message: message.into() }
    }

    /// A miss for a reason that lies with one key.
    pub fn at(key: Key, reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, key: Some(key), message: message.into() }
    }

    /// A miss for a fault of one key's value.
    pub fn of(key: Key, fault: &Fault) -> Self {
        Self::at(key, fault.reason(), [key.logical(), ": ", &fault.message()].concat())
    }
}

/// Why a hit carries the fail-closed plan hints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A stable name.
    pub code: &'static str,
    /// What was expected and what was found.
    pub message: String,
}

/// Serve from Atlas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Whether the plan's hints can be served; otherwise the fail-closed ones are.
    pub plan_known: bool,
    /// What went wrong without costing the hit.
    pub warning: Option<Warning>,
}

/// Decides, by the checks of the contract in their order.
///
/// # Errors
///
/// The first check that fails, as a [`Miss`].
pub fn decide<V: Records>(
    found: &Found<'_, V>,
    lookup: &Lookup<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Hit, Miss> {
    // 1. to 3. The required entries are there, of a known format, and what was published. If several are not, the
    // reason that comes first in the table counts.
    let mut first: Option<Miss> = None;
    for key in EntryKey::ALL {
        if need(lookup.needed(), key) == Need::Required
            && let Err(miss) = found.entry(key)
            && first.as_ref().is_none_or(|first| miss.reason < first.reason)
        {
            first = Some(miss);
        }
    }
    if let Some(miss) = first {
        return Err(miss);
    }
    // 4. and 5. The manifest is signed, if it must be, and no older than what was served before.
    policy.admits(found.manifest, found.signature)?;
    // 6. and 7. It was confirmed recently, by a clock that agrees with the reader's.
    policy.is_fresh(found.manifest, now)?;
    // 8. and 9. The snapshot has the instance's records, in the instance's schema version.
    find_records(found, lookup)?;
    let warning = plan_warning(found, lookup);
    Ok(Hit { plan_known: lookup.plan.is_some() && warning.is_none(), warning })
}

fn find_records<V: Records>(found: &Found<'_, V>, lookup: &Lookup<'_>) -> Result<(), Miss> {
    let missing = |key, message| Err(Miss::at(Key::Entry(key), Reason::RecordMissing, message));
    let mismatch = |key, message| Err(Miss::at(Key::Entry(key), Reason::SchemaVersionMismatch, message));

    let schemas = found.entry(EntryKey::WidgetSchemas)?;
    let Some(widget_type) = lookup.widget_type else {
        return missing(EntryKey::WidgetSchemas, "the instance has no widgetType".to_owned());
    };
    if !schemas.has_widget_type(widget_type) {
        return missing(EntryKey::WidgetSchemas, ["no widget type ", &quoted(widget_type)].concat());
    }
    let mut template = None;
    if let Some(id) = lookup.template_id {
        let Some(head) = found.entry(EntryKey::WidgetTemplates)?.template(id) else {
            return missing(EntryKey::WidgetTemplates, ["no template ", &quoted(id)].concat());
        };
        if *head.widget_type != *widget_type {
            let (actual, expected) = (quoted(&head.widget_type), quoted(widget_type));
            let message = ["template ", &quoted(id), " is for widget type ", &actual, ", not ", &expected].concat();
            return missing(EntryKey::WidgetTemplates, message);
        }
        template = Some((id, head));
    }
    let Some(version) = lookup.schema_version else {
        return mismatch(EntryKey::WidgetSchemas, "the instance has no schemaVersion".to_owned());
    };
    if !schemas.has_schema(widget_type, version) {
        let message = ["widget type ", &quoted(widget_type), " has no schema version ", &quoted(version)].concat();
        return mismatch(EntryKey::WidgetSchemas, message);
    }
    match template {
        Some((id, head)) if *head.schema_version != *version => {
            let (actual, expected) = (quoted(&head.schema_version), quoted(version));
            let message =
                ["template ", &quoted(id), " is of schema version ", &actual, ", the instance of ", &expected];
            let message = message.concat();
            mismatch(EntryKey::WidgetTemplates, message)
        }
        _ => Ok(()),
    }
}

/// Plan hints never turn a hit into a miss: missing or bad ones are a warning, and the hit carries fail-closed hints.
fn plan_warning<V: Records>(found: &Found<'_, V>, lookup: &Lookup<'_>) -> Option<Warning> {
    let plan = lookup.plan?;
    let (code, message) = match found.entry(EntryKey::PlanHints) {
        Ok(plans) if plans.has_plan(plan) => return None,
        Ok(_) => ("plan_missing", ["no plan ", &quoted(plan)].concat()),
        Err(miss) if miss.reason == Reason::KeyMissing => ("plan_hints_missing", miss.message),
        Err(miss) => ("plan_hints_corrupt", miss.message),
    };
    Some(Warning { code, message })
}
