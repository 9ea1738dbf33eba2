//! A plan with signatures in its manifest: still the same snapshot, verified as a reader would.

use super::planner::{Plan, PlanError};
use crate::domain::key::Key;
use crate::sync::signature::{Signatures, SignedManifest};
use crate::sync::store::{Json, Operation};

impl Plan {
    /// The manifest to sign, if the plan writes one.
    pub fn to_sign(&self) -> Option<SignedManifest> {
        let operation = self.operations.iter().find(|operation| is_manifest(operation))?;
        SignedManifest::of(operation.value.as_ref()?.text())
    }

    /// The plan with these signatures, which the caller has verified.
    pub fn signed(mut self, manifest: SignedManifest, signatures: Signatures) -> Result<Self, PlanError> {
        let text = manifest.with(&signatures)?;
        let same = self.snapshot.with_manifest(&text);
        self.snapshot =
            same.map_err(|fault| PlanError(format!("a reader would reject the signed manifest: {fault}")))?;
        let value = Json::from_text(text)?;
        if let Some(operation) = self.operations.iter_mut().find(|operation| is_manifest(operation)) {
            operation.value = Some(value);
        }
        self.signatures = signatures;
        Ok(self)
    }
}

fn is_manifest(operation: &Operation) -> bool {
    operation.key == Key::Manifest.stored()
}
