//! Which Michael a snapshot was made from, so that two jobs that publish two databases to one store can tell.
//!
//! It stands beside the version in the value of the revision marker, which every write touches and no reader reads, so it is
//! not part of the snapshot. It is not authenticated, and leads to a warning only.

use serde_json::{Value, json};

/// The longest name of a source, in bytes: more than any writer gives.
const LONGEST: usize = 64;

pub(super) fn marker_value(version: u64, source: Option<&str>) -> Value {
    match source {
        Some(source) => json!({ "source": source, "version": version }),
        None => json!({ "version": version }),
    }
}

/// The source in the value of a marker, if there is one. Whoever holds the write token may have put anything there.
pub(super) fn in_marker(value: &str) -> Option<String> {
    let value: Value = serde_json::from_str(value).ok()?;
    let source = value.get("source")?.as_str()?;
    (source.len() <= LONGEST && source.bytes().all(|byte| byte.is_ascii_graphic())).then(|| source.to_owned())
}

/// Whether two names certainly belong to two databases. The kind of source stands before the colon: a Supabase project and
/// its database have a name each, which cannot be compared.
pub(super) fn are_different_databases(one: &str, other: &str) -> bool {
    one != other && one.split(':').next() == other.split(':').next()
}

/// What to say before a write over a version that was made from another Michael than the one that is `shown`.
pub(crate) fn warning(version: u64, shown: &str) -> String {
    format!(
        "version {version} was last written by a job that had read another database than {shown}, and a sync writes over it: \
         if that job still runs, each undoes what the other publishes, so give each database a store of its own; after a \
         move to another database this is said once"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_two_kinds_cannot_be_compared() {
        assert!(are_different_databases("postgres:a", "postgres:b"));
        assert!(
            !are_different_databases("postgres:a", "postgres:a")
                && !are_different_databases("postgres:a", "supabase:b")
        );
    }

    #[test]
    fn a_marker_may_hold_anything() {
        assert_eq!(in_marker(&marker_value(1, Some("postgres:a")).to_string()).as_deref(), Some("postgres:a"));
        let long = json!({ "source": "a".repeat(LONGEST + 1) }).to_string();
        for odd in [
            &long,
            r#"{"source":"a\nb"}"#,
            "7",
            "null",
            "{}",
            "[]",
            r#"{"source":7}"#,
            r#"{"source":null,"version":1}"#,
        ] {
            assert_eq!(in_marker(odd), None, "{odd}");
        }
    }
}
