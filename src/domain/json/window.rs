//! Reading text through a window: a verifier reads a megabyte of JSON and keeps nothing of it, so it needs room for one
//! record, not for the whole. At the edge this matters, since the memory of a Wasm instance never shrinks.

use super::error::JsonError;
use super::scanner::Scanner;
use super::skip::Skip;

/// How many bytes a window holds, unless one record is longer.
const WINDOW: usize = 8 * 1024;

/// A JSON text (RFC 8259) in UTF-8, wherever it is stored.
pub trait Text {
    /// Its length in bytes.
    fn length(&self) -> usize;

    /// Copies its bytes from `at` on and fills `into`. The text must be long enough.
    fn read(&self, at: usize, into: &mut [u8]);

    /// The canonical form (RFC 8785) of its value; `None` if this text is in that form already.
    ///
    /// # Errors
    ///
    /// Why it has none.
    fn canonical(&self) -> Result<Option<Box<dyn Text>>, String>;
}

/// The whole text; empty if it is not UTF-8.
pub fn whole(text: &dyn Text) -> String {
    let mut bytes = vec![0; text.length()];
    text.read(0, &mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}

/// A position in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many bytes precede it.
    pub at: usize,
    /// How many brackets they leave open.
    depth: u32,
}

/// A text, the part of it that is at hand, and how far it has been read.
pub struct Window<'t> {
    text: &'t dyn Text,
    room: Vec<u8>,
    /// How many bytes are at hand: the first of the room, `from` bytes into the text.
    held: usize,
    from: usize,
    /// How many of them have been read, and how many brackets are open there.
    at: usize,
    depth: u32,
}

impl<'t> Window<'t> {
    /// A window at the beginning of a text.
    pub fn new(text: &'t dyn Text) -> Self {
        Self { text, room: vec![0; WINDOW], held: 0, from: 0, at: 0, depth: 0 }
    }

    /// How far the text has been read.
    pub fn place(&self) -> Place {
        Place { at: self.from + self.at, depth: self.depth }
    }

    /// Returns to an earlier position.
    pub fn go_back(&mut self, place: Place) {
        (self.from, self.at, self.depth) = (place.at, 0, place.depth);
        self.held = 0;
    }

    fn unread(&self) -> &[u8] {
        self.room.get(self.at..self.held).unwrap_or_default()
    }

    /// Reads something that must be at hand as a whole. When `read` meets the end of the window, it runs again on a
    /// larger one, so it must not have side effects.
    ///
    /// # Errors
    ///
    /// Errors of `read`.
    pub fn read<T>(&mut self, read: &mut dyn FnMut(&mut Scanner<'_>) -> Result<T, JsonError>) -> Result<T, JsonError> {
        loop {
            let Place { at, depth } = self.place();
            let mut scanner = Scanner::within(self.unread(), at, depth);
            let result = read(&mut scanner);
            let (length, depth, met_end) = (scanner.length_read(), scanner.depth(), scanner.met_end());
            if met_end && self.enlarge() {
                continue;
            }
            if result.is_ok() {
                self.at += length;
                self.depth = depth;
            }
            return result;
        }
    }

    /// Skips a value of any length.
    ///
    /// # Errors
    ///
    /// If there is no JSON value here.
    pub fn skip(&mut self) -> Result<(), JsonError> {
        if !matches!(self.read(&mut |scanner| Ok(scanner.peek()))?, Some(b'{' | b'[')) {
            return self.read(&mut |scanner| scanner.skip().map(drop));
        }
        let mut skip = Skip::default();
        loop {
            if let Some(length) = skip.over(self.unread()) {
                self.at += length;
                return Ok(());
            }
            self.at = self.held;
            if !self.enlarge() {
                return Err(JsonError::new("the end of the value", self.place().at));
            }
        }
    }

    /// Drops what has been read, and brings in what follows, as much as there is room for. If nothing was dropped from a full
    /// room, it is doubled. Returns whether there was more.
    fn enlarge(&mut self) -> bool {
        let unread = self.at..self.held;
        let held = unread.len();
        if held < self.room.len() {
            self.room.copy_within(unread, 0);
        } else {
            self.room.append(&mut vec![0; held]);
        }
        (self.from, self.at) = (self.from + self.at, 0);
        let more = (self.room.len() - held).min(self.text.length().saturating_sub(self.from + held));
        self.held = held + more;
        self.text.read(self.from + held, self.room.get_mut(held..self.held).unwrap_or_default());
        more > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let text: &dyn Text = &text;
        let mut window = Window::new(text);
        let mut names = Vec::new();
        window.read(&mut |scanner| scanner.open(b'{', "an object")).unwrap();
        while let Some(name) = window
            .read(&mut |scanner| {
                let Some(name) = scanner.member(names.is_empty())? else { return Ok(None) };
                scanner.skip()?;
                Ok(Some(String::from_utf8(name.to_vec()).unwrap()))
            })
            .unwrap()
        {
            names.push(name);
        }
        assert_eq!(window.place(), Place { at: text.length(), depth: 0 });
        names
    }

    /// An object of numbers, strings and objects, whose members' lengths vary so that a window ends at every place.
    fn object(members: usize, longest: usize) -> (Vec<String>, String) {
        let names: Vec<String> = (0..members).map(|n| format!("name {n}")).collect();
        let value = |n: usize| match n % 4 {
            0 => format!("{}", n * n),
            1 => format!("\"{}\"", "ä\\\"".repeat(n * 7 % longest)),
            2 => format!("{{\"a\":[{}{{}}]}}", "1.5e+300,".repeat(n * 5 % longest)),
            _ => "true".to_owned(),
        };
        let text: Vec<_> = names.iter().enumerate().map(|(n, name)| format!("\"{name}\":{}", value(n))).collect();
        (names, format!("{{{}}}", text.join(",")))
    }

    #[test]
    fn a_text_of_any_length_is_read_as_a_whole() {
        for (members, longest) in [(1, 1), (500, 3), (5_000, 20), (300, 1_000), (40, 20_000)] {
            let (expected, text) = object(members, longest);
            assert_eq!(names(&text), expected, "{} bytes", text.len());
            let mut window = Window::new(&text);
            window.skip().unwrap();
            assert_eq!(window.place(), Place { at: text.len(), depth: 0 });
        }
    }

    #[test]
    fn a_window_holds_what_it_reads_and_no_more() {
        let (_, text) = object(20_000, 20);
        let mut window = Window::new(&text);
        window.skip().unwrap();
        assert!(text.len() > 10 * WINDOW && window.room.len() <= 2 * WINDOW, "{}", window.room.len());
    }

    #[test]
    fn a_text_that_ends_too_early_is_an_error_at_its_end() {
        let (_, text) = object(2_000, 50);
        for length in [0, 1, 100, WINDOW - 1, WINDOW, WINDOW + 1, text.len() - 1] {
            let cut = text.get(..length).unwrap_or_default();
            let mut window = Window::new(&cut);
            let error = window.skip().unwrap_err();
            assert!(error.message().ends_with(&format!(" at byte {}", cut.len())), "{error}");
        }
    }

    #[test]
    fn a_number_that_the_window_cuts_is_read_whole() {
        for before in WINDOW - 12..WINDOW + 2 {
            let text = format!("[{}1234567890]", " ".repeat(before));
            let mut window = Window::new(&text);
            window.read(&mut |scanner| scanner.open(b'[', "an array")).unwrap();
            assert_eq!(window.read(&mut |scanner| scanner.integer()).unwrap(), 1_234_567_890);
        }
    }

    #[test]
    fn it_goes_back_to_where_it_was() {
        let (_, text) = object(3_000, 20);
        let mut window = Window::new(&text);
        window.read(&mut |scanner| scanner.open(b'{', "an object")).unwrap();
        let inside = window.place();
        assert_eq!(inside, Place { at: 1, depth: 1 });
        window.go_back(Place { at: 0, depth: 0 });
        assert_eq!(window.place(), Place { at: 0, depth: 0 });
        window.skip().unwrap();
        window.go_back(Place { at: 0, depth: 0 });
        window.skip().unwrap();
        assert_eq!(window.place(), Place { at: text.len(), depth: 0 });
    }
}
