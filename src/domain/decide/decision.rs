//! The decision: serve from Atlas, or fetch from Paris and why. A total function of what was read, the request and
//! the time.

use serde::Serialize;

use super::freshness::{Freshness, classify};
use super::records::Records;
use super::route::{Lookup, Need, need, needed};
use crate::domain::json::excerpt::quoted;
use crate::domain::key::{EntryKey, Key};
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;
use crate::domain::verify::VerifiedManifest;
use crate::domain::verify::fault::Fault;

/// What a lookup found in the store, each part verified or the reason why not.
pub trait View {
    /// An entry's value.
    type Value: Records;
    /// The manifest.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn manifest(&self) -> Result<&VerifiedManifest, Fault>;
    /// An entry that the lookup looks at, as this manifest names it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn entry(&self, key: EntryKey) -> Result<&Self::Value, Fault>;
}

/// What a reader holds against the store.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The greatest age of a snapshot, in milliseconds since its `checkedAt`.
    pub max_age_ms: u64,
    /// The highest version that this reader has served; 0 if none.
    pub version_floor: u64,
    /// Whether the manifest must be signed.
    pub signature: Signature,
}

impl Policy {
    /// Whether a reader may take over a verified manifest.
    ///
    /// # Errors
    ///
    /// [`Reason::SignatureInvalid`], then [`Reason::Rollback`].
    pub fn admits(&self, manifest: &VerifiedManifest) -> Result<(), Miss> {
        let refused = |reason, message| Err(Miss { key: Some(Key::Manifest), ..Miss::new(reason, message) });
        // No signature can be checked yet, so none is good.
        if self.signature == Signature::Required {
            let message = "a public key is configured, and the manifest has no signature that can be checked";
            return refused(Reason::SignatureInvalid, message.to_owned());
        }
        if manifest.version() < self.version_floor {
            let message = format!("expected version {} or later, found {}", self.version_floor, manifest.version());
            return refused(Reason::Rollback, message);
        }
        Ok(())
    }
}

/// Whether the manifest must be signed. Signing comes later; its place among the checks is kept, and whoever asks for
/// it today gets no hit rather than an unsigned one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signature {
    /// No public key is configured.
    #[default]
    Unchecked,
    /// A public key is configured.
    Required,
}

/// Why Atlas does not serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The first check that failed.
    pub reason: Reason,
    /// The key at fault, if it is one key's.
    pub key: Option<Key>,
    /// What was expected and what was found.
    pub message: String,
}

impl Miss {
    /// A miss that is no key's fault.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, key: None, message: message.into() }
    }

    /// A miss for what is wrong under a key.
    #[must_use]
    pub fn of(key: Key, fault: &Fault) -> Self {
        Self { reason: fault.reason(), key: Some(key), message: format!("{key}: {fault}") }
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
    /// Milliseconds since `checkedAt`.
    pub age_ms: u64,
    /// Whether the plan's hints can be served; otherwise the fail-closed ones are.
    pub plan_known: bool,
    /// What the hit survived.
    pub warning: Option<Warning>,
}

/// Decides, by the checks of the contract in their order.
///
/// # Errors
///
/// The first check that fails, as a [`Miss`].
pub fn decide(view: &impl View, lookup: &Lookup<'_>, policy: &Policy, now: Timestamp) -> Result<Hit, Miss> {
    // 1. to 3. The needed keys are there, of a known format, and what was published: across all of them, the reason
    // that stands first in the table.
    let manifest = view.manifest().map_err(|fault| Miss::of(Key::Manifest, &fault))?;
    let required = EntryKey::ALL.into_iter().filter(|key| need(lookup, *key) == Need::Required);
    let faults = required.filter_map(|key| view.entry(key).err().map(|fault| Miss::of(Key::Entry(key), &fault)));
    if let Some(miss) = faults.min_by_key(|miss| miss.reason) {
        return Err(miss);
    }
    // 4. and 5. The manifest is signed, if it must be, and not older than what was served before.
    policy.admits(manifest)?;
    // 6. and 7. It was confirmed recently, by a clock that agrees with ours.
    let age_ms = match classify(manifest.checked_at(), now, policy.max_age_ms) {
        Freshness::Fresh { age_ms } => age_ms,
        Freshness::Skewed { ahead_ms } => {
            let message = format!("checkedAt {} is {ahead_ms} ms ahead of {now}", manifest.checked_at());
            return Err(Miss { key: Some(Key::Manifest), ..Miss::new(Reason::ClockSkew, message) });
        }
        Freshness::Expired { age_ms } => {
            let message =
                format!("checkedAt {} is {age_ms} ms ago, over {} ms", manifest.checked_at(), policy.max_age_ms);
            return Err(Miss { key: Some(Key::Manifest), ..Miss::new(Reason::Expired, message) });
        }
    };
    // 8. and 9. It has the instance's records, in the instance's schema version.
    find_records(view, lookup)?;
    let warning = plan_warning(view, lookup);
    Ok(Hit { age_ms, plan_known: lookup.plan.is_some() && warning.is_none(), warning })
}

fn find_records(view: &impl View, lookup: &Lookup<'_>) -> Result<(), Miss> {
    let schemas =
        view.entry(EntryKey::WidgetSchemas).map_err(|fault| Miss::of(Key::Entry(EntryKey::WidgetSchemas), &fault))?;
    let missing = |key, message| Miss { key: Some(Key::Entry(key)), ..Miss::new(Reason::RecordMissing, message) };
    let mismatch =
        |key, message| Miss { key: Some(Key::Entry(key)), ..Miss::new(Reason::SchemaVersionMismatch, message) };

    let Some(widget_type) = lookup.widget_type else {
        return Err(missing(EntryKey::WidgetSchemas, "the instance has no widgetType".to_owned()));
    };
    if !schemas.has_widget_type(widget_type) {
        return Err(missing(EntryKey::WidgetSchemas, format!("no widget type {}", quoted(widget_type))));
    }
    let template = match lookup.template_id {
        None => None,
        Some(id) => {
            let templates = view
                .entry(EntryKey::WidgetTemplates)
                .map_err(|fault| Miss::of(Key::Entry(EntryKey::WidgetTemplates), &fault))?;
            let found = templates
                .template(id)
                .ok_or_else(|| missing(EntryKey::WidgetTemplates, format!("no template {}", quoted(id))))?;
            if *found.widget_type != *widget_type {
                let message = format!(
                    "template {} is for widget type {}, not {}",
                    quoted(id),
                    quoted(&found.widget_type),
                    quoted(widget_type)
                );
                return Err(missing(EntryKey::WidgetTemplates, message));
            }
            Some((id, found))
        }
    };
    let Some(version) = lookup.schema_version else {
        return Err(mismatch(EntryKey::WidgetSchemas, "the instance has no schemaVersion".to_owned()));
    };
    if !schemas.has_schema(widget_type, version) {
        return Err(mismatch(
            EntryKey::WidgetSchemas,
            format!("widget type {} has no schema version {}", quoted(widget_type), quoted(version)),
        ));
    }
    match template {
        Some((id, found)) if *found.schema_version != *version => {
            let message = format!(
                "template {} is of schema version {}, the instance of {}",
                quoted(id),
                quoted(&found.schema_version),
                quoted(version)
            );
            Err(mismatch(EntryKey::WidgetTemplates, message))
        }
        _ => Ok(()),
    }
}

/// Plan hints never turn a hit into a miss: what is in doubt is a warning, and fails closed.
fn plan_warning(view: &impl View, lookup: &Lookup<'_>) -> Option<Warning> {
    let plan = lookup.plan?;
    match view.entry(EntryKey::PlanHints) {
        Ok(plans) if plans.has_plan(plan) => None,
        Ok(_) => Some(Warning { code: "plan_missing", message: format!("no plan {}", quoted(plan)) }),
        Err(Fault::Missing) => Some(Warning {
            code: "plan_hints_missing",
            message: format!("{}: {}", EntryKey::PlanHints, Fault::Missing),
        }),
        Err(fault) => {
            Some(Warning { code: "plan_hints_corrupt", message: format!("{}: {fault}", EntryKey::PlanHints) })
        }
    }
}

/// Whether a lookup can be decided from these entries alone.
pub fn covers(holds: impl Fn(EntryKey) -> bool, lookup: &Lookup<'_>) -> bool {
    needed(lookup).all(holds)
}
