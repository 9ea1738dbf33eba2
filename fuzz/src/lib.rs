//! What the targets compare Atlas with: a verifier that shares no code with it, slow and plain.

pub mod reference;

/// Text for a target: input that is not UTF-8 is not of interest, since every text is read as UTF-8 before.
pub fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// The first byte of an input, to choose by, and the rest.
pub fn choice(data: &[u8]) -> Option<(usize, &str)> {
    let (first, rest) = data.split_first()?;
    Some((usize::from(*first), text(rest)?))
}
