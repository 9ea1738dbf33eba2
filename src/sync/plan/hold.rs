//! A hold: after `atlas-sync restore` a sync publishes nothing until a person releases it, or its time ends.
//!
//! It is the manifest's member `hold`, so every writer sees it, and the checksum covers it. Readers ignore it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::json::excerpt::shorten;
use crate::domain::time::Timestamp;
use crate::sync::shown::one_line;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// When it ends by itself; `None` if only `atlas-sync release` ends it.
    pub until: Option<Timestamp>,
    pub restored_from: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum HoldChange {
    /// One that has ended is left out of the next manifest.
    #[default]
    Keep,
    Set(Hold),
    Release,
}

impl Hold {
    /// The hold in a verified manifest. One that cannot be read lasts until it is released. The backup's id is shown in each
    /// run, so one that is longer than ids are is cut.
    pub fn in_manifest(manifest: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Manifest {
            hold: Option<Value>,
        }
        let hold = serde_json::from_str::<Manifest>(manifest).ok()?.hold?;
        let text = |member| hold.get(member).and_then(Value::as_str);
        let until = text("until").and_then(Timestamp::parse);
        Some(Self { until, restored_from: shorten(text("restoredFrom").unwrap_or_default()) })
    }

    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    pub fn warning(&self) -> String {
        let until = self.until.map_or_else(String::new, |until| format!(" until {until}"));
        format!(
            "the snapshot is held{until} since backup {} was restored: Michael's rows are not published; end the hold with \
             `atlas-sync release`",
            one_line(&self.restored_from)
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hold_is_read_as_it_was_written() {
        for until in [None, Some(Timestamp::from_millis(1_000))] {
            let hold = Hold { until, restored_from: "v3".to_owned() };
            let manifest = json!({ "version": 4, "hold": hold }).to_string();
            assert_eq!(Hold::in_manifest(&manifest), Some(hold));
        }
        assert_eq!(Hold::in_manifest(r#"{"version":4}"#), None);
        assert_eq!(Hold::in_manifest(r#"{"version":4,"hold":null}"#), None);
    }

    #[test]
    fn a_hold_that_cannot_be_understood_holds() {
        for odd in [json!(true), json!([]), json!({ "until": 7 }), json!({ "until": "soon" }), json!({})] {
            let hold = Hold::in_manifest(&json!({ "hold": odd }).to_string()).unwrap();
            assert!(hold.holds(Timestamp::from_millis(i64::MAX)), "{odd}");
        }
    }

    #[test]
    fn a_hold_that_somebody_forged_does_not_flood_a_warning() {
        let manifest = json!({ "hold": { "restoredFrom": "x".repeat(100_000) } }).to_string();
        assert!(Hold::in_manifest(&manifest).unwrap().warning().len() < 500);
    }

    #[test]
    fn a_hold_ends_at_its_time() {
        let hold = Hold { until: Some(Timestamp::from_millis(1_000)), restored_from: String::new() };
        assert!(hold.holds(Timestamp::from_millis(999)));
        assert!(!hold.holds(Timestamp::from_millis(1_000)));
    }
}
