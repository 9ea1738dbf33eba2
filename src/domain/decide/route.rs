//! Routing: the keys that a lookup needs.

use crate::domain::key::{EntryKey, EntrySet};

/// The longest name that a lookup may ask for, in UTF-16 units: the package's `request.js` passes on no longer one. So the
/// writer publishes no record with a longer name.
pub const LONGEST_NAME: usize = 4096;

/// What Venice asks for in one request: the records that one widget instance needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lookup<'a> {
    /// The instance's widget type, such as `content.faq`.
    pub widget_type: Option<&'a str>,
    /// The instance's template.
    pub template_id: Option<&'a str>,
    /// The instance's schema version, such as `2025-09-01`.
    pub schema_version: Option<&'a str>,
    /// The owner's plan.
    pub plan: Option<&'a str>,
}

/// How much a lookup depends on an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Without it there is no hit.
    Required,
    /// Without it a hit carries the fail-closed hints.
    Hint,
    /// The lookup does not look at it.
    Unneeded,
}

/// The entries that a lookup looks at, by what it names.
pub fn needed(has_template: bool, has_plan: bool) -> EntrySet {
    EntrySet::of(|key| match key {
        EntryKey::WidgetSchemas => true,
        EntryKey::WidgetTemplates => has_template,
        EntryKey::PlanHints => has_plan,
    })
}

impl Lookup<'_> {
    /// The entries that it looks at.
    pub fn needed(&self) -> EntrySet {
        needed(self.template_id.is_some(), self.plan.is_some())
    }
}

/// How much a lookup that looks at these entries depends on `key`. (The manifest is always required.)
pub fn need(needed: EntrySet, key: EntryKey) -> Need {
    match key {
        _ if !needed.contains(key) => Need::Unneeded,
        EntryKey::WidgetSchemas | EntryKey::WidgetTemplates => Need::Required,
        EntryKey::PlanHints => Need::Hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_needs_the_schemas_and_what_it_names() {
        let bare = Lookup { widget_type: Some("content.faq"), ..Lookup::default() };
        let full = Lookup { template_id: Some("faq"), plan: Some("free"), ..bare };
        assert_eq!(bare.needed().iter().collect::<Vec<_>>(), [EntryKey::WidgetSchemas]);
        assert_eq!(full.needed(), EntrySet::ALL);
        assert_eq!(need(full.needed(), EntryKey::PlanHints), Need::Hint);
    }
}
