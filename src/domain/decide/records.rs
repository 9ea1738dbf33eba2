//! What a decision asks of a verified entry's records. They stay in the value that is served, wherever that is kept: a
//! copy of their names would cost a reader as much memory as a third of the snapshot.

use serde_json::Value;

/// The records of a verified entry, wherever its value is kept. What the entry does not have is not there.
pub trait Records {
    /// Whether there is a schema of this widget type, in any version.
    fn has_widget_type(&self, widget_type: &str) -> bool;
    /// Whether there is this version of this widget type's schema.
    fn has_schema(&self, widget_type: &str, version: &str) -> bool;
    /// What a lookup compares of the template with this id.
    fn template(&self, id: &str) -> Option<TemplateHead>;
    /// Whether there is this plan.
    fn has_plan(&self, plan: &str) -> bool;
    /// Whether this value, which a read has just brought, has the very text of one that was judged before.
    /// `overlaps` says that the read began before that judgement was made. Both are then of one time, so a client that
    /// gives the same object again need not have it written out once more.
    fn is_same_text(&self, judged: &Self, overlaps: bool) -> bool;
    /// The value was verified, so its text is not compared again and need not be kept.
    fn forget_text(&self) {}
}

/// What a lookup compares of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateHead {
    /// The widget type that the template is for.
    pub widget_type: String,
    /// The schema version that its defaults follow.
    pub schema_version: String,
}

/// An entry as `serde_json` holds it.
impl Records for Value {
    fn has_widget_type(&self, widget_type: &str) -> bool {
        record(self, widget_type).is_some()
    }

    fn has_schema(&self, widget_type: &str, version: &str) -> bool {
        record(self, widget_type).is_some_and(|versions| versions.get(version).is_some())
    }

    fn template(&self, id: &str) -> Option<TemplateHead> {
        let template = record(self, id)?;
        let text = |name| template.get(name)?.as_str().map(str::to_owned);
        Some(TemplateHead { widget_type: text("widgetType")?, schema_version: text("schemaVersion")? })
    }

    fn has_plan(&self, plan: &str) -> bool {
        record(self, plan).is_some()
    }

    fn is_same_text(&self, judged: &Self, _: bool) -> bool {
        self == judged
    }
}

fn record<'a>(entry: &'a Value, name: &str) -> Option<&'a Value> {
    entry.get("payload")?.get(name)
}
