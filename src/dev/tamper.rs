//! What a faulty store may show in place of its state: the state before the last write, or a value with one wrong byte.

use super::fault::{FaultKind, InjectedFault};
use super::live::Loaded;
use crate::sync::store::state::State;
use crate::sync::store::{FileStore, Json, StoreError};
use std::sync::Arc;

/// The store as these faults show it. The digest is that of what is shown, so that no cache hides the difference.
pub(super) async fn apply(
    faults: &[InjectedFault],
    store: &FileStore,
    loaded: Arc<Loaded>,
) -> Result<Arc<Loaded>, StoreError> {
    if !faults.iter().any(|fault| matches!(fault.kind, FaultKind::OldVersion {} | FaultKind::Corrupt { .. })) {
        return Ok(loaded);
    }
    let is_old = faults.iter().any(|fault| fault.kind == FaultKind::OldVersion {});
    let mut state = if is_old { store.previous(&loaded.state).await? } else { loaded.state.clone() };
    for fault in faults {
        if let FaultKind::Corrupt { key } = &fault.kind {
            corrupt(&mut state, key);
        }
    }
    Ok(Arc::new(Loaded::new(state)))
}

fn corrupt(state: &mut State, key: &str) {
    if let Some(item) = state.items.get_mut(key)
        && let Some(damaged) = flip(item.value.text())
    {
        item.value = damaged;
    }
}

/// The value with the lowest bit of one letter or digit flipped: the first from the middle of the text on, or else the
/// last before it, whose flip leaves valid JSON.
fn flip(json: &str) -> Option<Json> {
    let middle = json.len() / 2;
    (middle..json.len()).chain((0..middle).rev()).find_map(|at| {
        json.as_bytes().get(at).filter(|byte| byte.is_ascii_alphanumeric())?;
        let mut bytes = json.as_bytes().to_vec();
        *bytes.get_mut(at)? ^= 1;
        Json::from_text(String::from_utf8(bytes).ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_is_flipped_and_the_text_stays_json() {
        for (given, flipped) in [
            (r#""a""#, r#""`""#),
            (r#"{"a":1,"bc":22}"#, r#"{"a":1,"cc":22}"#),
            (r#"{"first":111111111}"#, r#"{"first":101111111}"#),
            (r#"["\u0041\n\"","z"]"#, r#"["\u0041\n\"","{"]"#),
            (r#"["\\","y"]"#, r#"["\\","x"]"#),
        ] {
            assert_eq!(flip(given).unwrap().text(), flipped);
        }
    }

    #[test]
    fn a_value_that_no_flip_leaves_valid_stays() {
        for given in ["null", "true", r#""""#, r#"["é"]"#] {
            assert!(flip(given).is_none(), "{given}");
        }
    }
}
