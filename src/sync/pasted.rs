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

/// Whether a value is an address, such as a connection string, which is often pasted in place of an id, a token or a key.
pub fn is_address(value: &str) -> bool {
    value.contains("://") || value.starts_with("edge-config:")
}

/// Whether a value has more in it than a token or a key can have, as `Bearer TOKEN` and `NAME=TOKEN` do.
pub fn is_more_than_a_token(value: &str) -> bool {
    let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') && name.contains('_');
    !value.bytes().all(|b| b.is_ascii_graphic()) || value.split_once('=').is_some_and(|(name, _)| is_name(name))
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

    #[test]
    fn a_token_stands_alone() {
        for (value, more) in [
            ("sb_secret_a-B_9", false),
            ("eyJh.eyJy.c2ln==", false),
            ("AB=", false),
            ("Bearer t", true),
            ("ATLAS_EDGE_CONFIG_TOKEN=t", true),
            ("t\u{feff}", true),
            ("t\nt", true),
        ] {
            assert_eq!(is_more_than_a_token(value), more, "{value:?}");
        }
        for (value, address) in [("https://a/ecfg_1?token=t", true), ("edge-config:id=a&token=t", true), ("a:b", false)]
        {
            assert_eq!(is_address(value), address, "{value}");
        }
    }
}
