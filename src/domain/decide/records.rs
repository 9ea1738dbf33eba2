//! What a decision asks of a verified entry's records. They stay in the value that is served: an index of their names
//! would take as much memory as a third of the snapshot.

use serde_json::Value;

/// The records of a verified entry, wherever its value is stored.
pub trait Records {
    /// Whether there is a schema of this widget type, in any version.
    fn has_widget_type(&self, widget_type: &str) -> bool;
    /// Whether there is this version of this widget type's schema.
    fn has_schema(&self, widget_type: &str, version: &str) -> bool;
    /// What a lookup compares of the template with this id.
    fn template(&self, id: &str) -> Option<TemplateHead>;
    /// Whether there is this plan.
    fn has_plan(&self, plan: &str) -> bool;
    /// Whether this value, which a read has just brought, has the text of a value that was verified before, or refused.
    /// `overlaps` says that the read began before that was decided. Then both come from one moment, and a client that
    /// returns the same object again need not have it stringified again.
    fn is_same_text(&self, judged: &Self, overlaps: bool) -> bool;
    /// Drops the text: the value was verified, so its text is not compared any more.
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

/// An entry as `serde_json` holds it: what native readers, simulations and tests serve.
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
