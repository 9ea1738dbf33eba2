//! What a caller can get wrong. Each error has a stable code, for JavaScript to match on.

use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

/// A mistake of the caller's.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// Not in the registry.
    #[error("unknown key \"{given}\": expected one of {known}")]
    UnknownKey {
        /// What was given.
        given: String,
        /// What there is.
        known: String,
    },
    /// An option out of its range, or of another type.
    #[error("option {name}: expected {expected}, found {found}")]
    BadOption {
        /// Which option.
        name: &'static str,
        /// What is allowed.
        expected: String,
        /// What was given.
        found: String,
    },
}

impl EdgeError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownKey { .. } => "ATLAS_UNKNOWN_KEY",
            Self::BadOption { .. } => "ATLAS_BAD_OPTION",
        }
    }
}

impl From<EdgeError> for JsValue {
    fn from(error: EdgeError) -> Self {
        let thrown = Error::new(&error.to_string());
        // Setting a member of an object that was made here cannot fail.
        let _ = Reflect::set(&thrown, &"code".into(), &error.code().into());
        thrown.into()
    }
}
