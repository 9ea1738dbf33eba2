//! Routing: the keys that a lookup needs.

use crate::domain::key::EntryKey;

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

/// How much a lookup depends on `key`. (The manifest is always required.)
#[must_use]
pub fn need(lookup: &Lookup<'_>, key: EntryKey) -> Need {
    match key {
        EntryKey::WidgetSchemas => Need::Required,
        EntryKey::WidgetTemplates if lookup.template_id.is_some() => Need::Required,
        EntryKey::PlanHints if lookup.plan.is_some() => Need::Hint,
        EntryKey::WidgetTemplates | EntryKey::PlanHints => Need::Unneeded,
    }
}

/// The entries that a lookup looks at.
pub fn needed<'a>(lookup: &'a Lookup<'a>) -> impl Iterator<Item = EntryKey> + 'a {
    EntryKey::ALL.into_iter().filter(|key| need(lookup, *key) != Need::Unneeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_needs_the_schemas_and_what_it_names() {
        let bare = Lookup { widget_type: Some("content.faq"), ..Lookup::default() };
        let full = Lookup { template_id: Some("faq"), plan: Some("free"), ..bare };
        assert_eq!(needed(&bare).collect::<Vec<_>>(), [EntryKey::WidgetSchemas]);
        assert_eq!(needed(&full).collect::<Vec<_>>(), EntryKey::ALL);
        assert_eq!(need(&full, EntryKey::PlanHints), Need::Hint);
    }
}
