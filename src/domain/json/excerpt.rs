//! What came from outside, as messages show it.

/// How many characters of a hostile value are shown: enough to recognise it, never enough to flood a log.
const SHORT: usize = 100;

/// The beginning of a hostile value.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHORT) {
        Some((end, _)) => [text.get(..end).unwrap_or_default(), "…"].concat(),
        None => text.to_owned(),
    }
}

/// A name from outside as a message shows it. Not by `{:?}`, whose tables of printable characters weigh 2 KB in Wasm;
/// whoever writes the message escapes it for where it goes.
pub(crate) fn quoted(name: &str) -> String {
    ["\"", &shorten(name), "\""].concat()
}
