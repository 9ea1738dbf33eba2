//! Files that somebody has named, on the command line or in the environment.

use std::fs;
use std::path::{Path, PathBuf};

/// How many links may lead to a file, as on Linux.
const MOST_LINKS: usize = 40;

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
