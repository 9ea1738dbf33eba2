//! Texts of others as people are shown them: names in rows, what the store holds, the words of other machines. None of
//! them may steer a terminal, or look like a line of Atlas's own.

use std::borrow::Cow;

use crate::domain::json::excerpt::shorten;

/// Escapes control characters, so that a name in a row, or a text from another machine, can neither colour a terminal nor
/// move its cursor. Line breaks stay, since Atlas's own messages have several lines.
pub fn escaped(text: &str) -> Cow<'_, str> {
    escape(text, |letter| letter != '\n' && is_control(letter), |letter| letter.escape_default().to_string())
}

/// Like [`escaped`], but escapes line breaks too.
pub fn one_line(text: &str) -> Cow<'_, str> {
    escape(text, is_control, |letter| letter.escape_default().to_string())
}

/// The beginning of a text of others, on one line, as a part of a message.
pub fn excerpt(text: &str) -> String {
    one_line(&shorten(text)).into_owned()
}

/// Escapes the same characters as JSON does. In valid JSON they occur in strings only.
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    escape(json, |letter| letter != '\n' && is_control(letter), |letter| format!("\\u{:04x}", u32::from(letter)))
}

/// Control characters, and those that change the direction of what follows (Unicode's `Bidi_Control`).
pub fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escape(text: &str, control: impl Fn(char) -> bool, spell: impl Fn(char) -> String) -> Cow<'_, str> {
    if !text.contains(&control) {
        return Cow::Borrowed(text);
    }
    let letter = |letter: char| if control(letter) { spell(letter) } else { letter.to_string() };
    Cow::Owned(text.chars().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_spelled_out() {
        let hostile = "\u{1b}]0;title\u{7} \u{9b}31m \u{202e} é";
        assert_eq!(one_line(hostile), r"\u{1b}]0;title\u{7} \u{9b}31m \u{202e} é");
        assert_eq!((escaped("a\nb"), one_line("a\nb")), ("a\nb".into(), r"a\nb".into()));
    }

    #[test]
    fn json_with_such_characters_says_the_same_in_escapes() {
        let json = serde_json::json!({ "a\u{9b}": "\u{1b}\u{7f}\u{9b}\u{2028}\u{202e}\u{2069} é" });
        let text = json.to_string();
        let spelled = escaped_json(&text);
        assert!(!spelled.chars().any(is_control), "{spelled:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&spelled).unwrap(), json);
    }
}
