//! What is wrong with a JSON text, and where.

use std::borrow::Cow;
use std::fmt;

use super::excerpt::shorten;
use super::strings::unescape;

/// A JSON text that is not what was expected. It is boxed, so that the many functions that may return one have a small
/// result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError(Box<Wrong>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    /// What should have been there.
    expected: Cow<'static, str>,
    /// How many bytes into the text.
    at: usize,
    /// The members that lead there, the innermost first.
    members: Vec<String>,
}

impl JsonError {
    /// An error at this byte of the text.
    pub fn new(expected: impl Into<Cow<'static, str>>, at: usize) -> Self {
        Self(Box::new(Wrong { expected: expected.into(), at, members: Vec::new() }))
    }

    /// The same error, inside a member.
    #[must_use]
    pub fn inside(mut self, member: &[u8]) -> Self {
        self.0.members.push(unescape(member).map(|name| shorten(&name)).unwrap_or_default());
        self
    }

    /// What was expected, and where: the byte, and the members that lead there, the outermost first.
    pub fn message(&self) -> String {
        let Wrong { expected, at, members } = &*self.0;
        let mut message = ["expected ", expected, " at byte ", &(*at as u64).to_string()].concat();
        for (place, member) in members.iter().rev().enumerate() {
            message.push_str(if place == 0 { ", in " } else { " / " });
            message.push_str(member);
        }
        message
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for JsonError {}
