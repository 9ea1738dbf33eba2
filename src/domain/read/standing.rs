//! For how long a hit from memory stays the same, and what a driver may do about it without asking the reader.

use crate::domain::time::Timestamp;

/// For how long a hit from memory stays the same: until a read is due, and not once its snapshot has expired.
///
/// Then a driver may read the manifest alone, where there is one here. If that is the same, the hit stays the same for
/// `refresh_ms` from the beginning of that read, unless a later read was known. [`Reader::catch_up`] must be told before
/// anything else is asked of the reader. Whatever else the read brings belongs to [`Reader::receive`], after which no earlier
/// standing counts.
///
/// [`Reader::catch_up`]: super::reader::Reader::catch_up
/// [`Reader::receive`]: super::reader::Reader::receive
#[derive(Debug)]
pub struct Standing<'a, V> {
    /// From then on a read is due.
    pub due_at: Timestamp,
    /// From then on the snapshot is too old to be served.
    pub expires_at: Timestamp,
    /// The manifest, if nothing but it would be read, no read has failed since the last that succeeded, and the clock was not
    /// set back.
    pub manifest: Option<&'a V>,
    /// The number of the read that brought it, or confirmed it last.
    pub number: u64,
    /// How long a read counts, in milliseconds.
    pub refresh_ms: u64,
}

impl<V> Standing<'_, V> {
    /// The time from which a hit may be another one.
    pub fn until(&self) -> Timestamp {
        self.due_at.min(self.expires_at)
    }
}
