//! Text that is read through a window: a verifier looks at a megabyte of JSON and keeps nothing of it, so it needs room
//! for one record, not for the whole. At the edge that matters: the memory of a Wasm instance never shrinks.

use super::passing::Passing;
use super::scanner::{JsonError, Scanner};
use super::spelling::Spelling;

/// How many bytes a window holds, unless one record is longer.
pub(crate) const WINDOW: usize = 16 * 1024;

/// A JSON text (RFC 8259) in UTF-8, wherever it is kept.
pub trait Text {
    /// Its length in bytes.
    fn length(&self) -> usize;

    /// Copies its bytes from `at` on, as many as there is room for. There are as many.
    fn read(&self, at: usize, into: &mut [u8]);

    /// Judges how its strings and numbers are spelled; `None` if `JSON.stringify` wrote it, which spells them canonically.
    fn spelling(&self) -> Option<Spelling>;

    /// The canonical form of the value that it stands for.
    ///
    /// # Errors
    ///
    /// Why it stands for none.
    fn canonical(&self) -> Result<String, String>;
}

/// The whole text; empty if it is no UTF-8.
pub fn whole(text: &dyn Text) -> String {
    let mut bytes = vec![0; text.length()];
    text.read(0, &mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}

/// A place in a text: how many bytes come before, and how many brackets they leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many bytes come before.
    pub at: usize,
    depth: u32,
}

/// A text, and how far it has been read.
pub struct Window<'t> {
    text: &'t dyn Text,
    /// The bytes that can be looked at, `from` bytes into the text.
    pub(crate) bytes: Vec<u8>,
    from: usize,
    /// How many of them have been read, and how many brackets are open there.
    pub(crate) at: usize,
    depth: u32,
}

impl<'t> Window<'t> {
    /// The beginning of a text.
    #[must_use]
    pub fn new(text: &'t dyn Text) -> Self {
        Self { text, bytes: Vec::new(), from: 0, at: 0, depth: 0 }
    }

    /// How far the text has been read.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { at: self.from + self.at, depth: self.depth }
    }

    /// Goes back to an earlier place.
    pub fn go_back(&mut self, place: Place) {
        (self.from, self.at, self.depth) = (place.at, 0, place.depth);
        self.bytes.clear();
    }

    /// Reads something that is looked at as a whole. When `read` meets the end of the window, it is run anew on a larger
    /// one: it must not change anything.
    ///
    /// # Errors
    ///
    /// What `read` gives.
    pub fn read<T>(&mut self, read: &mut dyn FnMut(&mut Scanner<'_>) -> Result<T, JsonError>) -> Result<T, JsonError> {
        loop {
            let Place { at, depth } = self.place();
            let mut scanner = Scanner::within(self.bytes.get(self.at..).unwrap_or_default(), at, depth);
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

    /// Passes over a value, however long.
    ///
    /// # Errors
    ///
    /// If there is no JSON value here.
    pub fn pass(&mut self) -> Result<(), JsonError> {
        if !matches!(self.read(&mut |scanner| Ok(scanner.peek()))?, Some(b'{' | b'[')) {
            return self.read(&mut |scanner| scanner.skip().map(drop));
        }
        let mut passing = Passing::default();
        loop {
            let bytes = self.bytes.get(self.at..).unwrap_or_default();
            if let Some(length) = passing.over(bytes) {
                self.at += length;
                return Ok(());
            }
            self.at = self.bytes.len();
            if !self.enlarge() {
                return Err(JsonError::new("the end of the value", self.place().at));
            }
        }
    }

    /// Drops what has been read, and brings in what comes next: a window full, or as much again as there is. Gives
    /// whether there was more.
    pub(crate) fn enlarge(&mut self) -> bool {
        self.bytes.drain(..self.at);
        (self.from, self.at) = (self.from + self.at, 0);
        let held = self.bytes.len();
        let room = if held < WINDOW { WINDOW - held } else { held };
        let more = room.min(self.text.length().saturating_sub(self.from + held));
        self.bytes.resize(held + more, 0);
        self.text.read(self.from + held, self.bytes.get_mut(held..).unwrap_or_default());
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
            window.pass().unwrap();
            assert_eq!(window.place(), Place { at: text.len(), depth: 0 });
        }
    }

    #[test]
    fn a_window_holds_what_it_reads_and_no_more() {
        let (_, text) = object(20_000, 20);
        let mut window = Window::new(&text);
        window.pass().unwrap();
        assert!(text.len() > 10 * WINDOW && window.bytes.capacity() <= 2 * WINDOW, "{}", window.bytes.capacity());
    }

    #[test]
    fn a_text_that_ends_too_early_is_an_error_at_its_end() {
        let (_, text) = object(2_000, 50);
        for length in [0, 1, 100, WINDOW - 1, WINDOW, WINDOW + 1, text.len() - 1] {
            let cut = text.get(..length).unwrap_or_default();
            let mut window = Window::new(&cut);
            let error = window.pass().unwrap_err();
            assert_eq!(error.at, cut.len(), "{error}");
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
        window.pass().unwrap();
        window.go_back(Place { at: 0, depth: 0 });
        window.pass().unwrap();
        assert_eq!(window.place(), Place { at: text.len(), depth: 0 });
    }
}
