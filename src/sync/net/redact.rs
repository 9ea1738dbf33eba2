//! Removes secrets from the words of others: a server, a gateway or a proxy may repeat what it was sent, whole or in part.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::sync::shown::is_control;

const REDACTED: &str = "[redacted]";
/// This many consecutive characters of a secret are no coincidence.
const PART: usize = 16;
/// As many letters of base64 are no coincidence; fewer may be any word.
const LEAST_BASE64: usize = 6;
/// How much of a text is searched, as a multiple of what is shown.
const AHEAD: usize = 8;

#[derive(Debug, Clone, Default)]
pub struct Redactor(Vec<SecretString>);

impl Redactor {
    /// Each secret counts as it is, and as a URL, JSON and base64 spell it. Empty ones are ignored.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let given = secrets.into_iter().filter(|secret| !secret.expose_secret().is_empty());
        let spellings = |secret: SecretString| {
            let plain = [in_url(&secret), in_json(&secret)];
            plain.into_iter().chain(in_base64(&secret)).chain([secret])
        };
        Self(given.flat_map(spellings).collect())
    }

    /// The text without the secrets and without long parts of them.
    pub fn clean(&self, text: &str) -> String {
        let secrets = || self.0.iter().map(ExposeSecret::expose_secret);
        // All of them first: a part of one spelling may be all but a few letters of another.
        let text = secrets().fold(text.to_owned(), |text, secret| text.replace(secret, REDACTED));
        secrets().fold(text, |text, secret| without_parts(&text, secret))
    }

    /// The clean text without control characters, cut after `most` characters.
    pub fn shown(&self, text: &str, most: usize) -> String {
        let looked_at: String = text.chars().take(most * AHEAD).collect();
        let clean = self.clean(&looked_at);
        let mut shown: String = clean.chars().map(|c| if is_control(c) { ' ' } else { c }).take(most).collect();
        if looked_at.len() < text.len() || clean.chars().nth(most).is_some() {
            shown.push('…');
        }
        shown
    }
}

/// Percent-encoded (RFC 3986, section 2).
fn in_url(secret: &SecretString) -> SecretString {
    let spell = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    secret.expose_secret().bytes().map(spell).collect::<String>().into()
}

/// What stands between the quotes of a JSON string.
fn in_json(secret: &SecretString) -> SecretString {
    let quoted = Value::from(secret.expose_secret()).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().into()
}

/// In both alphabets (RFC 4648, sections 4 and 5), after 0, 1 and 2 bytes of something else, as in `Basic` of a user and a
/// password: without the letters at its ends that it shares with what stands beside it.
fn in_base64(secret: &SecretString) -> Vec<SecretString> {
    let after = |before: usize| {
        let bytes = [vec![0; before].as_slice(), secret.expose_secret().as_bytes()].concat();
        let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        BASE64_STANDARD.encode(bytes).get(own).filter(|letters| letters.len() >= LEAST_BASE64).map(str::to_owned)
    };
    let in_both = |letters: String| [letters.replace('+', "-").replace('/', "_"), letters];
    (0..3).filter_map(after).flat_map(in_both).map(SecretString::from).collect()
}

fn without_parts(text: &str, secret: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(after) = after_part(rest, secret) {
            clean.push_str(REDACTED);
            rest = after;
        } else {
            clean.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    clean
}

/// The rest of the text, if it begins with a part of the secret.
fn after_part<'a>(text: &'a str, secret: &str) -> Option<&'a str> {
    let ends = || text.char_indices().map(|(at, c)| at + c.len_utf8());
    let least = ends().nth(PART - 1)?;
    let is_part = |end: &usize| text.get(..*end).is_some_and(|part| secret.contains(part));
    is_part(&least).then(|| ends().skip(PART - 1).take_while(is_part).last())?.and_then(|end| text.get(end..))
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};

    use super::*;

    const KEY: &str = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl";

    fn clean(text: &str) -> String {
        Redactor::new([KEY.into(), "".into()]).clean(text)
    }

    #[test]
    fn a_secret_is_taken_out_whole_or_cut() {
        assert_eq!(clean(&format!("no `{KEY}` here, {KEY}")), "no `[redacted]` here, [redacted]");
        for (from, to) in [(0, 16), (0, 40), (10, 30), (KEY.len() - 16, KEY.len())] {
            assert_eq!(clean(&format!("é {}… é", &KEY[from..to])), "é [redacted]… é", "{from}..{to}");
        }
        assert_eq!(clean(&format!("{}…", &KEY[..15])), format!("{}…", &KEY[..15]));
        assert_eq!(clean("nothing of it"), "nothing of it");
    }

    #[test]
    fn a_secret_is_taken_out_in_each_of_its_spellings() {
        let redactor = Redactor::new([r#"p@"s\/w"#.into(), "long enough: 16 characters".into()]);
        for spelled in [
            r#"p@"s\/w"#,
            r#"p@\"s\\/w"#,
            "p%40%22s%5C%2Fw",
            "long enough: 16 characters",
            "long%20enough%3A%2016%20characters",
        ] {
            assert_eq!(redactor.clean(&format!("<{spelled}>")), "<[redacted]>");
        }
    }

    /// `Authorization: Basic` has the base64 of a user, a colon and the password.
    #[test]
    fn a_secret_is_taken_out_of_base64_wherever_it_begins() {
        for secret in [KEY, "s3cr3t-77c1", "p@ß>>>??~~"] {
            let redactor = Redactor::new([secret.into()]);
            for around in ["", "u", "me", "you", "user"] {
                for engine in [BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD] {
                    let spelled = engine.encode(format!("{around}:{secret}:{around}"));
                    let clean = redactor.clean(&format!("Basic {spelled}."));
                    assert!(clean.starts_with("Basic ") && clean.contains(REDACTED), "{clean}");
                    let left: String = clean.replace("Basic ", "").replace(REDACTED, "");
                    // What is left are the neighbours, and the letters that they share with the secret.
                    assert!(left.len() <= 2 * around.len() + 11, "{secret} around {around:?}: {clean}");
                }
            }
        }
        assert_eq!(Redactor::new(["abc".into()]).clean("YWJj"), "YWJj", "too short to be no coincidence");
    }

    #[test]
    fn a_short_secret_is_taken_out_whole() {
        assert_eq!(Redactor::new(["s3cr3t".into()]).clean("a s3cr3t b"), "a [redacted] b");
    }

    #[test]
    fn what_is_shown_is_short_and_has_no_control_characters() {
        let redactor = Redactor::new([KEY.into()]);
        assert_eq!(redactor.shown("a\n\u{1b}[31m\u{202e}b", 500), "a  [31m b");
        assert_eq!(redactor.shown(&"é".repeat(500), 500), "é".repeat(500));
        assert_eq!(redactor.shown(&"é".repeat(501), 500), format!("{}…", "é".repeat(500)));
        // Cut in the middle of the secret, there would be a part of it to see.
        let around = format!("{}{KEY}{}", "x".repeat(490), "y".repeat(9000));
        assert!(!redactor.shown(&around, 500).contains("eyJ"));
        assert!(!format!("{redactor:?}").contains("eyJ"));
    }
}
