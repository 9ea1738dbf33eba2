//! The registry of keys: every key of the store in one place.
//!
//! A key has a logical name, which people see (`atlas:v1:manifest`), and a stored name, which Edge Config accepts
//! (`atlas_v1_manifest`; it allows `^[\w-]+$`, at most 256 characters). A new entry is one new variant of
//! [`EntryKey`]; the compiler then names every reader and writer that must handle it.

use std::fmt;

use crate::domain::registry::registry;

/// The prefix of a revision marker's stored key.
const MARKER_PREFIX: &str = "atlas_v1_rev_";

registry! {
    /// A key whose value is an entry with a payload.
    pub enum EntryKey by logical {
        /// Plans: branding, features and limits, as hints.
        PlanHints = "atlas:v1:planHints",
        /// JSON Schemas by widget type and schema version.
        WidgetSchemas = "atlas:v1:widgetSchemas",
        /// Templates by template id.
        WidgetTemplates = "atlas:v1:widgetTemplates",
    }
}

impl EntryKey {
    /// The name under which Edge Config holds it.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::PlanHints => "atlas_v1_planHints",
            Self::WidgetSchemas => "atlas_v1_widgetSchemas",
            Self::WidgetTemplates => "atlas_v1_widgetTemplates",
        }
    }
}

/// A set of entries, as bits by their place in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EntrySet(u8);

impl EntrySet {
    /// Every entry.
    pub const ALL: Self = Self((1 << EntryKey::ALL.len()) - 1);

    /// The set of these bits. Bits of no entry are dropped.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Its bits.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether it contains an entry.
    pub const fn contains(self, key: EntryKey) -> bool {
        self.0 >> key as u8 & 1 == 1
    }

    /// The entries of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every entry is in another set too.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether it is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The entries, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = EntryKey> {
        EntryKey::ALL.into_iter().filter(move |key| self.contains(*key))
    }

    /// The entries that a condition holds for.
    pub fn of(is: impl Fn(EntryKey) -> bool) -> Self {
        let bit = |key: EntryKey| u8::from(is(key)) << key as u8;
        Self(EntryKey::ALL.into_iter().fold(0, |bits, key| bits | bit(key)))
    }
}

/// An optional value for each entry. (A `BTreeMap` would put ten times the code into the Wasm.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryMap<T>([Option<T>; EntryKey::ALL.len()]);

impl<T> EntryMap<T> {
    /// The value of an entry.
    pub fn get(&self, key: EntryKey) -> Option<&T> {
        self.0.get(key as usize)?.as_ref()
    }

    /// Whether there is a value of an entry.
    pub fn contains(&self, key: EntryKey) -> bool {
        self.get(key).is_some()
    }

    /// Sets the value of an entry.
    pub fn insert(&mut self, key: EntryKey, value: T) {
        if let Some(slot) = self.0.get_mut(key as usize) {
            *slot = Some(value);
        }
    }

    /// Takes the value of an entry out.
    pub fn remove(&mut self, key: EntryKey) -> Option<T> {
        self.0.get_mut(key as usize)?.take()
    }

    /// The values, in the order of the entries' names.
    pub fn iter(&self) -> impl Iterator<Item = (EntryKey, &T)> {
        EntryKey::ALL.into_iter().zip(&self.0).filter_map(|(key, value)| Some((key, value.as_ref()?)))
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Default for EntryMap<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| None))
    }
}

/// A key whose value is an envelope: the manifest, or an entry that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The manifest, which names the entries.
    Manifest,
    /// One of the entries.
    Entry(EntryKey),
}

impl Key {
    /// Every key, the manifest first.
    pub const ALL: [Self; 1 + EntryKey::ALL.len()] = {
        let mut all = [Self::Manifest; 1 + EntryKey::ALL.len()];
        let mut place = 0;
        while place < EntryKey::ALL.len() {
            all[place + 1] = Self::Entry(EntryKey::ALL[place]);
            place += 1;
        }
        all
    };

    /// The logical name, as logs, errors and APIs show it.
    pub const fn logical(self) -> &'static str {
        match self {
            Self::Manifest => "atlas:v1:manifest",
            Self::Entry(key) => key.logical(),
        }
    }

    /// The name under which Edge Config holds it.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Manifest => "atlas_v1_manifest",
            Self::Entry(key) => key.stored(),
        }
    }

    /// The key with this stored name, if there is one.
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.stored() == name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.logical())
    }
}

/// The stored key of the marker that guards the write of a version: only one of two writers can create it.
pub fn marker(version: u64) -> String {
    format!("{MARKER_PREFIX}{version}")
}

/// The version of a marker, if the stored key is one as [`marker`] writes it.
pub fn marked_version(stored: &str) -> Option<u64> {
    let digits = stored.strip_prefix(MARKER_PREFIX)?;
    let version = digits.parse().ok()?;
    (marker(version) == stored).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_key_is_its_logical_name_with_underscores() {
        for key in Key::ALL {
            assert_eq!(key.stored(), key.logical().replace(':', "_"));
            assert_eq!(Key::from_stored(key.stored()), Some(key));
        }
    }

    #[test]
    fn edge_config_accepts_every_stored_key() {
        let markers = [marker(1), marker(u64::MAX)];
        let stored = Key::ALL.map(|key| key.stored().to_owned());
        for name in stored.iter().chain(&markers) {
            assert!(name.len() <= 256);
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{name}");
        }
    }

    #[test]
    fn entries_stand_in_the_order_of_their_names() {
        assert!(EntryKey::ALL.is_sorted_by_key(|key| key.logical()));
        assert!(EntryKey::ALL.is_sorted());
    }

    #[test]
    fn only_what_a_writer_wrote_is_a_marker() {
        assert_eq!(marked_version("atlas_v1_rev_42"), Some(42));
        for other in ["atlas_v1_rev_", "atlas_v1_rev_042", "atlas_v1_rev_+1", "atlas_v1_rev_1x", "atlas_v1_manifest"] {
            assert_eq!(marked_version(other), None, "{other}");
        }
    }
}
