//! What the log's events look like to whoever collects them.

use std::collections::BTreeMap;

/// Each `tracing::…!` in the sources, from its name to its end, with the file that has it.
fn events(sources: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    let calls =
        sources.iter().flat_map(|(file, source)| source.split("tracing::").skip(1).map(move |rest| (file, rest)));
    let ended = calls.filter_map(|(file, rest)| {
        let (call, _) = rest.split_once(";\n").or_else(|| rest.split_once(",\n        }"))?;
        call.split_once("!(").filter(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))?;
        Some((file.as_str(), call))
    });
    ended.collect()
}

/// A debug format is Rust's, and nobody can count or search with it. A field `message` would be a second member of that name.
#[test]
fn no_event_has_a_field_in_a_debug_format_or_a_second_message() {
    let sources = crate::sources();
    let events = events(&sources);
    assert!(events.len() > 50, "{}", events.len());
    for (file, event) in events {
        let fields = event.split_once("!(").map_or(event, |(_, fields)| fields).split('"').next().unwrap_or_default();
        assert!(!fields.contains('?'), "src/{file}: {event}");
        assert!(fields.split(',').all(|field| field.trim() != "message"), "src/{file}: {event}");
    }
}
