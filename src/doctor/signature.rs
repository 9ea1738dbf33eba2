//! Signatures: whether the signing key can be used, and whether what stands is signed as the job and its readers expect.

use super::finding::{Check, Finding};
use crate::sync::plan::Stored;
use crate::sync::signature::{PublicKey, Signatures, Signing};
use crate::sync::store::Item;

/// Judges the keys, and the signatures of what the store holds, if it could be read.
pub fn check(signing: &Result<Signing, String>, items: Option<&[Item]>) -> Finding {
    let signing = match signing {
        Ok(signing) => signing,
        Err(message) => return Finding::problem(Check::Signature, message.clone()),
    };
    let Some(items) = items else {
        return Finding::skipped(Check::Signature, "not checked, since the store cannot be read");
    };
    let stored = Stored::of(items.to_vec());
    let signers = signing.signers();
    let (Some(version), Some(manifest)) = (stored.version(), stored.signed()) else {
        return Finding::skipped(Check::Signature, "there is no verified snapshot that could be signed");
    };
    let found = manifest.signatures();
    if !signing.is_on() {
        return unsigned(version, found, signing.trusts_as_reader(&manifest));
    }
    let expected = ids(&signers);
    if manifest.is_signed_by_all_and_no_other(&signers) {
        return Finding::ok(Check::Signature, format!("version {version} is signed by {expected}"));
    }
    if manifest.signed_by(&signers).is_empty() {
        let message = format!(
            "version {version} is not signed by {expected}, the key of this job, so readers with its public key fall back \
             to Paris: run `atlas-sync sync`, which signs it"
        );
        return Finding::problem(Check::Signature, message);
    }
    let message = format!(
        "version {version} carries signatures of {}, and this job signs with {expected}: run `atlas-sync sync`, which signs it anew",
        found.listed()
    );
    Finding::warning(Check::Signature, message)
}

/// A job without a signing key.
fn unsigned(version: u64, found: &Signatures, readers: Result<(), String>) -> Finding {
    match readers {
        Err(message) => {
            let message =
                format!("version {version}: {message}; sign with ATLAS_SIGNING_KEY, or correct ATLAS_PUBLIC_KEY");
            Finding::problem(Check::Signature, message)
        }
        Ok(()) if found.is_empty() => Finding::skipped(
            Check::Signature,
            "nothing is signed; `atlas-sync keys new` makes a key, and SECURITY.md says what it is for",
        ),
        Ok(()) => {
            let message = format!(
                "version {version} carries signatures of {}, and this job has no signing key, so what it writes next is not signed: \
                 set ATLAS_SIGNING_KEY",
                found.listed()
            );
            Finding::warning(Check::Signature, message)
        }
    }
}

fn ids(keys: &[PublicKey]) -> String {
    keys.iter().map(PublicKey::id).collect::<Vec<_>>().join(", ")
}
