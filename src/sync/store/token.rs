//! The read tokens of a store, beside the one that is built in. They are made for one machine and are no secrets: the
//! state file holds them as they are.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest label, in characters.
pub const MAX_LABEL_LENGTH: usize = 52;
pub const MAX_TOKENS: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredToken {
    /// Names the token without being it.
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) label: String,
    pub(crate) created_at: u64,
}

impl StoredToken {
    pub(crate) fn new(label: &str, now: u64) -> Self {
        let random = || Uuid::new_v4().to_string();
        Self { id: random(), token: random(), label: label.to_owned(), created_at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::store::state::State;

    #[test]
    fn an_id_is_a_uuid() {
        let StoredToken { id, token, .. } = StoredToken::new("", 1);
        assert_eq!(id.len(), 36, "{id}");
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
        assert!(id[14..].starts_with('4') && "89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, token);
    }

    #[test]
    fn labels_and_tokens_have_a_limit() {
        for (length, allowed) in [(MAX_LABEL_LENGTH, true), (MAX_LABEL_LENGTH + 1, false)] {
            let token = StoredToken::new(&"é".repeat(length), 1);
            assert_eq!(State::empty(1).with_token(token).is_ok(), allowed, "{length}");
        }
        let mut state = State::empty(1);
        for _ in 0..MAX_TOKENS {
            state = state.with_token(StoredToken::new("one", 1)).unwrap();
        }
        assert!(state.with_token(StoredToken::new("one too many", 1)).is_err());
    }

    #[test]
    fn tokens_are_deleted_by_id_or_by_themselves() {
        let (first, second) = (StoredToken::new("first", 1), StoredToken::new("second", 1));
        let state =
            State::empty(1).with_token(first.clone()).and_then(|state| state.with_token(second.clone())).unwrap();
        let left = |named: String| state.without_tokens(&[named]).tokens;
        assert_eq!(left(first.id.clone()), std::slice::from_ref(&second));
        assert_eq!(left(second.token), [first]);
        assert_eq!(left("other".to_owned()).len(), 2);
    }
}
