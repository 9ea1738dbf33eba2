//! Files that somebody has named, on the command line or in the environment.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// How many links may lead to a file, as on Linux.
const MOST_LINKS: usize = 40;

/// The bytes of a file, or an error if there are more than this: what was named by mistake may have no end.
pub fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(most);
    // One that has to grow would leave copies in memory, and a key may be among it.
    let mut bytes = Vec::with_capacity(length.min(most) + 1);
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("expected at most {most} bytes, found more")));
    }
    Ok(without_mark(bytes))
}

/// A text without the byte order mark that some editors and shells put before it, and that is no part of it (RFC 8259,
/// section 8.1).
pub fn without_mark(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    bytes
}

/// As [`read`], for text.
pub fn read_text(path: &Path, most: usize) -> io::Result<String> {
    let text = String::from_utf8(read(path, most)?);
    // The error itself holds the bytes.
    text.map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error()))
}

/// The file that symbolic links lead to, whether it exists or not, so that a link is written through and never replaced.
pub fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = directory_of(&path).join(target),
            Err(_) => break,
        }
    }
    path
}

pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for (bytes, good) in [(0, true), (9, true), (10, true), (11, false)] {
            fs::write(&path, "x".repeat(bytes)).unwrap();
            assert_eq!(read_text(&path, 10).map(|text| text.len()).ok(), good.then_some(bytes), "{bytes}");
        }
        assert_eq!(read(Path::new("/dev/zero"), 10).unwrap_err().to_string(), "expected at most 10 bytes, found more");
        fs::write(&path, "\u{feff}{}").unwrap();
        assert_eq!(read_text(&path, 10).unwrap(), "{}");
        fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path, 10).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
