//! Values as people paste them: what stands around one and is no part of it, and the quotes that make it another one.

/// The value without the spaces and line breaks around it, and without a byte order mark. A file that was written on
/// Windows ends each line with CR LF, and `docker run --env-file` keeps the CR.
pub fn tidy(value: &str) -> &str {
    value.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{feff}')
}

/// Whether a value is in quotes, as in a shell or a `.env` file: `docker run --env-file` and a dashboard keep them.
pub fn is_quoted(value: &str) -> bool {
    let value = tidy(value);
    ['"', '\''].iter().any(|quote| value.len() > 1 && value.starts_with(*quote) && value.ends_with(*quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_value_is_no_part_of_it() {
        for pasted in ["a b", " a b", "a b\r", "a b\r\n", "\u{feff}a b", "\u{feff} a b\t\n"] {
            assert_eq!(tidy(pasted), "a b", "{pasted:?}");
        }
        assert_eq!(tidy("\u{feff}\r\n"), "");
    }

    #[test]
    fn quotes_are_a_pair() {
        for (value, quoted) in [
            ("'a'", true),
            ("\"a\"\r\n", true),
            ("''", true),
            ("'", false),
            ("'a", false),
            ("\"a'", false),
            ("", false),
        ] {
            assert_eq!(is_quoted(value), quoted, "{value:?}");
        }
    }
}
