//! Repeated members: JavaScript's `JSON.parse` keeps the last one and ignores the others, even one whose number no double
//! can hold. This is only used for text that `serde_json` refused.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use super::skip::{MAX_DEPTH, Skip};
use super::strings::plain;

/// The same text without members that a later one of the same name replaces; `None` if it is not JSON, or nested too
/// deeply.
pub fn without_repeats(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut written = String::with_capacity(text.len());
    Walk { text, at: 0 }.value(MAX_DEPTH)?.write(&mut written)?;
    Some(written)
}

enum Node<'t> {
    Object(BTreeMap<String, Node<'t>>),
    Array(Vec<Node<'t>>),
    Scalar(&'t str),
    /// Nested too deeply, or with a name that is no text: only a member that is replaced may be that.
    Bad,
}

impl Node<'_> {
    fn write(&self, written: &mut String) -> Option<()> {
        match self {
            Node::Object(members) => {
                written.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    written.push_str(if place > 0 { "," } else { "" });
                    written.push_str(&serde_json::to_string(name).ok()?);
                    written.push(':');
                    value.write(written)?;
                }
                written.push('}');
            }
            Node::Array(elements) => {
                written.push('[');
                for (place, element) in elements.iter().enumerate() {
                    written.push_str(if place > 0 { "," } else { "" });
                    element.write(written)?;
                }
                written.push(']');
            }
            Node::Scalar(scalar) => written.push_str(scalar),
            Node::Bad => return None,
        }
        Some(())
    }
}

/// A walk over JSON text, which reads each byte once. Its methods return `None` only where the text is not JSON. (The
/// [`Scanner`](super::scanner::Scanner) takes strings in their canonical spelling only.)
struct Walk<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Walk<'t> {
    fn value(&mut self, levels: u32) -> Option<Node<'t>> {
        match self.peek()? {
            bracket @ (b'{' | b'[') => match levels.checked_sub(1) {
                Some(levels) if bracket == b'{' => self.object(levels),
                Some(levels) => self.array(levels),
                None => {
                    self.at += Skip::default().over(self.rest())?;
                    Some(Node::Bad)
                }
            },
            b'"' => self.string().map(Node::Scalar),
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
                let length = self.rest().iter().position(ends).unwrap_or(self.rest().len());
                self.take(length).map(Node::Scalar)
            }
        }
    }

    fn object(&mut self, levels: u32) -> Option<Node<'t>> {
        let (mut members, mut is_bad) = (BTreeMap::new(), false);
        self.at += 1;
        while self.peek()? != b'}' {
            let name = serde_json::from_str(self.string()?);
            self.passes(b':');
            let value = self.value(levels)?;
            match name {
                Ok(name) => drop(members.insert(name, value)),
                Err(_) => is_bad = true,
            }
            self.passes(b',');
        }
        self.at += 1;
        Some(if is_bad { Node::Bad } else { Node::Object(members) })
    }

    fn array(&mut self, levels: u32) -> Option<Node<'t>> {
        let mut elements = Vec::new();
        self.at += 1;
        while self.peek()? != b']' {
            elements.push(self.value(levels)?);
            self.passes(b',');
        }
        self.at += 1;
        Some(Node::Array(elements))
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<&'t str> {
        self.peek().filter(|byte| *byte == b'"')?;
        let mut length = 1;
        loop {
            length += plain(self.rest().get(length..)?);
            match self.rest().get(length)? {
                b'"' => return self.take(length + 1),
                b'\\' => length += 2,
                _ => length += 1,
            }
        }
    }

    fn passes(&mut self, byte: u8) {
        self.at += usize::from(self.peek() == Some(byte));
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.at += self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.rest().first().copied()
    }

    fn take(&mut self, length: usize) -> Option<&'t str> {
        let start = self.at;
        self.at += length;
        self.text.get(start..self.at)
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_two_members_stays_whatever_the_first_held() {
        for (text, expected) in [
            (r#"{"a":1e400,"b":[{"c":"\ud800","\u0063":2}, 1],"a":3}"#, r#"{"a":3,"b":[{"c":2},1]}"#),
            (r#" { "a" : 1 , "a" : 1e400 } "#, r#"{"a":1e400}"#),
            ("{}", "{}"),
            ("[[], \"x\"]", "[[],\"x\"]"),
        ] {
            assert_eq!(without_repeats(text).as_deref(), Some(expected), "{text}");
        }
        let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(without_repeats(&format!(r#"{{"a":{},"a":1}}"#, deep(500))).as_deref(), Some(r#"{"a":1}"#));
        assert!(without_repeats(&deep(127)).is_some() && without_repeats(&deep(128)).is_none());
        for broken in ["", "{", "[1,]", r#"{"\ud800":1}"#, r#"{"a":{"\ud800":1}}"#, "1 2", "[1}", "{1:2}", "-"] {
            assert_eq!(without_repeats(broken), None, "{broken}");
        }
        assert_eq!(without_repeats(r#"{"a":{"\ud800":1},"a":[]}"#).as_deref(), Some(r#"{"a":[]}"#));
        assert_eq!(without_repeats("\t[ \"]}\\\"\" ,{\n} ,-1.5e3 ]\r").as_deref(), Some(r#"["]}\"",{},-1.5e3]"#));
    }

    /// A store's answer may have 10 MB. Read once for each level, it takes minutes in a debug build, and now a second.
    #[test]
    fn a_text_is_read_once_however_deep_it_is() {
        let (done, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let texts = ["[", "{\"a\":"].map(|open| open.repeat(5_000_000 / open.len()));
            let closed =
                [format!("{}{}", texts[0], "]".repeat(5_000_000)), format!("{}1{}", texts[1], "}".repeat(1_000_000))];
            done.send(closed.map(|text| without_repeats(&text).is_none()))
        });
        assert_eq!(wait.recv_timeout(std::time::Duration::from_mins(1)), Ok([true, true]));
    }
}
