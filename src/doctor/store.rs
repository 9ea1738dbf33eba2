//! The store: whether the token reads and writes it, what it holds, and how full it is.

use super::database::judged;
use super::finding::{Check, Finding};
use crate::domain::decide::freshness::{DEFAULT_MAX_AGE_MS, Freshness, classify};
use crate::domain::key::{Key, marked_version};
use crate::domain::verify::{EntryVerdict, VerifiedSnapshot};
use crate::sync::clock::now;
use crate::sync::content::Content;
use crate::sync::net::error::RemoteError;
use crate::sync::plan::{MAX_BYTES, Stored, WARN_PERCENT};
use crate::sync::signature::Signing;
use crate::sync::store::{Item, Operation, Store, StoreError};

/// Reads all items, and judges the snapshot in them, as a job with these keys does.
pub async fn read(store: &dyn Store, signing: Option<&Signing>, findings: &mut Vec<Finding>) -> Option<Vec<Item>> {
    match store.items().await {
        Ok(items) => {
            findings.push(Finding::ok(Check::Store, format!("read {}", store.describe())));
            let stored = Stored::of(items.clone());
            let is_foreign = signing.is_some_and(|signing| signing.trusts(stored.signed().as_ref()).is_err());
            findings.push(snapshot(&if is_foreign { stored.as_foreign() } else { stored }));
            Some(items)
        }
        Err(error) => {
            findings.push(Finding::problem(Check::Store, error.to_string()));
            None
        }
    }
}

fn snapshot(stored: &Stored) -> Finding {
    let Some(manifest) = stored.snapshot.as_ref().map(VerifiedSnapshot::manifest) else {
        if stored.is_empty {
            return Finding::warning(Check::Snapshot, "there is none yet: run `atlas-sync sync`");
        }
        let failed = stored.verdicts.iter().filter_map(failure).collect::<Vec<_>>().join("; ");
        let message = format!("it does not verify, so Venice falls back to Paris: {failed}: run `atlas-sync sync`");
        return Finding::problem(Check::Snapshot, message);
    };
    let version = manifest.version();
    match classify(manifest.checked_at(), now(), DEFAULT_MAX_AGE_MS) {
        Freshness::Fresh if stored.held(now()).is_some() => {
            let message = format!(
                "version {version} was restored and is held, so changes are not published: run `atlas-sync release` when \
                 Michael's rows are right"
            );
            Finding::warning(Check::Snapshot, message)
        }
        Freshness::Fresh => Finding::ok(Check::Snapshot, format!("version {version} verifies")),
        Freshness::Expired { age_ms } => {
            let hours = age_ms / 3_600_000;
            let message = format!(
                "version {version} was last confirmed {hours} h ago, and readers refuse it after 13 h: see why no sync \
                 runs, then run `atlas-sync sync`"
            );
            Finding::problem(Check::Snapshot, message)
        }
        Freshness::Skewed { .. } => {
            let message = format!("version {version} is from the future: set the clock that is wrong, then sync");
            Finding::problem(Check::Snapshot, message)
        }
    }
}

fn failure(verdict: &EntryVerdict) -> Option<String> {
    let reason = verdict.reason?.code();
    Some(format!("{} is {reason}", verdict.key))
}

/// Whether the token may write, without writing: a request to delete one item, by a random name that no item has. Vercel
/// either refuses it, since there is no such item, after it has let the token through; or does it, and nothing changes.
/// There is no state of the store in which it takes something away.
pub async fn write(store: &dyn Store, readable: bool) -> Finding {
    if !readable {
        return Finding::skipped(Check::StoreWrite, "not tried, since the store cannot be read");
    }
    let nothing = Operation::delete(&format!("atlas_doctor_{:032x}", fastrand::u128(..)));
    match store.patch(&[nothing]).await {
        Ok(()) | Err(StoreError::Conflict { .. }) => Finding::ok(Check::StoreWrite, "the token may write"),
        Err(StoreError::Remote(error)) if matches!(*error, RemoteError::Answered { status: 404, .. }) => {
            Finding::ok(Check::StoreWrite, "the token may write")
        }
        Err(error) => Finding::problem(Check::StoreWrite, error.to_string()),
    }
}

pub fn clock(store: &dyn Store) -> Finding {
    judged(Check::StoreClock, "the store", store.clock_ahead_ms())
}

/// How much of the store the next snapshot will use, beside what is not Atlas's.
pub fn size(items: &[Item], content: Option<&Content>, max_bytes: u64) -> Finding {
    let bytes = |item: &Item| length(&item.key).saturating_add(length(item.value.text()));
    let is_own = |item: &&Item| Key::from_stored(&item.key).is_some() || marked_version(&item.key).is_some();
    let stored: u64 = items.iter().filter(is_own).map(bytes).sum();
    let others: u64 = items.iter().map(bytes).sum::<u64>().saturating_sub(stored);
    // What surrounds the payloads changes little.
    let payloads = content.map(|content| content.payloads.values().map(|payload| length(&payload.text)).sum());
    let own = payloads.unwrap_or(0).max(stored);
    let total = own.saturating_add(others);
    let percent = total.saturating_mul(100) / MAX_BYTES;
    let of_others = if others == 0 { String::new() } else { format!(", {others} of them not Atlas's") };
    let found = format!("{total} of {MAX_BYTES} bytes{of_others}");
    if own > max_bytes {
        let message = format!("the snapshot has {own} bytes, more than --max-bytes allows ({max_bytes}): publish less");
        Finding::problem(Check::Size, message)
    } else if total > MAX_BYTES {
        let message =
            format!("the store has no room for the snapshot: {found}: remove what is not Atlas's, or publish less");
        Finding::problem(Check::Size, message)
    } else if percent >= WARN_PERCENT {
        let message = format!("the store is {percent} % full: {found}: remove what is not Atlas's, or publish less");
        Finding::warning(Check::Size, message)
    } else {
        Finding::ok(Check::Size, found)
    }
}

fn length(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}
