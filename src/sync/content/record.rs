//! What names a record. A name may hold any character, an `@` too, so names are compared by their parts, and joined only
//! to be shown.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordName {
    Template(String),
    Schema { widget_type: String, version: String },
    Plan(String),
}

impl RecordName {
    pub fn template(id: &str) -> Self {
        Self::Template(id.to_owned())
    }

    pub fn schema(widget_type: &str, version: &str) -> Self {
        Self::Schema { widget_type: widget_type.to_owned(), version: version.to_owned() }
    }

    pub fn plan(id: &str) -> Self {
        Self::Plan(id.to_owned())
    }
}

/// As people are shown it: a template id, `type@version`, or a plan id.
impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template(id) | Self::Plan(id) => f.write_str(id),
            Self::Schema { widget_type, version } => write!(f, "{widget_type}@{version}"),
        }
    }
}
