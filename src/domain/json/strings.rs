//! JSON strings as they stand between their quotes.

use super::skip::equal;

/// How many bytes precede the first quote or backslash. Both are ASCII, so the run ends between two characters.
pub(crate) fn plain(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let ends = equal(word, b'"') | equal(word, b'\\');
        if ends != 0 {
            return place * 8 + (ends.trailing_zeros() / 8) as usize;
        }
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    words.len() * 8 + end.unwrap_or(rest.len())
}

/// Decodes a string, given as it stands between the quotes; `None` if it contains a lone surrogate or is not UTF-8.
pub fn unescape(raw: &[u8]) -> Option<String> {
    let mut rest = std::str::from_utf8(raw).ok()?;
    let mut text = String::with_capacity(raw.len());
    loop {
        let (unescaped, escape) = rest.split_at_checked(plain(rest.as_bytes()))?;
        text.push_str(unescaped);
        let mut chars = escape.chars();
        if chars.next().is_none() {
            return Some(text);
        }
        text.push(match chars.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut code = 0;
                for _ in 0..4 {
                    code = code * 16 + chars.next()?.to_digit(16)?;
                }
                char::from_u32(code)?
            }
            same => same,
        });
        rest = chars.as_str();
    }
}
