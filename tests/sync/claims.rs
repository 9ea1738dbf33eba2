//! What stands in a store, and whether what a run says of it is so. Every message of an exit 6 or 7 makes one of the
//! claims that are listed here, and each claim is held against the store.

use atlas::domain::verify::{VerifiedManifest, VerifiedSnapshot};
use atlas::sync::plan::Stored;
use atlas::sync::run::RunFailure;
use atlas::sync::store::Store;

use crate::support::{Server, name_in};

/// What stands: nothing, or a whole snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    pub version: u64,
    /// What its templates are named.
    pub name: Option<String>,
    pub checked_at: Option<String>,
    pub is_held: bool,
    pub markers: Vec<u64>,
}

impl Stands {
    pub async fn at(server: &Server) -> Self {
        let current = Stored::of(server.file().items().await.unwrap());
        // Whatever happens, what stands is whole, or nothing is there.
        assert!(current.snapshot.is_some() || current.is_empty, "{:#?}", current.verdicts);
        let manifest = current.snapshot.as_ref().map(VerifiedSnapshot::manifest);
        Self {
            version: manifest.map_or(0, VerifiedManifest::version),
            name: manifest.map(|_| name_in(&current)),
            checked_at: manifest.map(|manifest| manifest.checked_at().to_string()),
            is_held: current.hold.is_some(),
            markers: current.markers,
        }
    }
}

/// What a message says of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// What stood before the run stands.
    Before,
    /// The same, and it has this version.
    BeforeIs(u64),
    /// What stood before stands, or this version does.
    Either(u64),
    /// Another writer's snapshot stands.
    Another,
    /// What stood before was published again as this version.
    Again(u64),
    /// Either this version, or what stood before as the one after it.
    NotPutBack,
}

/// Each code with which a run may fail in the fault matrix: its exit code, and what its message says besides a claim.
const FAILURES: [(&str, u8, &str); 7] = [
    ("store_failed", 6, "the store could not be "),
    ("store_contended", 6, "times, until the deadline passed"),
    ("store_outcome_unknown", 6, "run `atlas-sync verify` to see which"),
    ("not_read_back", 6, "run `atlas-sync verify`"),
    ("read_back_differs", 7, "what was read back from the store is not version "),
    ("backup_none", 5, "expected a backup with a whole snapshot other than the one that stands, found none"),
    ("store_unverified", 8, "the store does not hold a whole, verified snapshot"),
];

type MakeClaim = fn(u64) -> Claim;

/// The words that make a claim. `{}` stands for a version.
const CLAIMS: [(&str, MakeClaim); 12] = [
    ("the previous snapshot stands, version {}", Claim::BeforeIs),
    ("the store still holds what it held before, which is not a verified snapshot", |_| Claim::BeforeIs(0)),
    ("nothing was written", |_| Claim::Before),
    ("it is not known whether version {} was written, or will be", Claim::Either),
    ("the store took version {}, but it could not be read back, so it is not known whether it stands", Claim::Either),
    ("another writer's snapshot stands", |_| Claim::Another),
    ("the previous content was published again as version {}, and verified", Claim::Again),
    ("the previous content was published again as version {}, which reads back wrong as well", Claim::Again),
    ("the previous snapshot, version {}, stands", Claim::BeforeIs),
    ("it is not known whether the previous content was published again", |_| Claim::NotPutBack),
    ("there was no previous snapshot to put back", |_| Claim::NotPutBack),
    ("the previous content could not be put back", |_| Claim::NotPutBack),
];

/// The one claim of a message.
fn claim(message: &str) -> Claim {
    let found: Vec<_> = CLAIMS.iter().filter_map(|(words, claim)| Some(claim(version_in(message, words)?))).collect();
    assert_eq!(found.len(), 1, "expected one claim about the store, found {found:?}: {message}");
    found[0]
}

/// The version that a message has in these words, if it has the words.
fn version_in(message: &str, words: &str) -> Option<u64> {
    let Some((before, after)) = words.split_once("{}") else { return message.contains(words).then_some(0) };
    let rest = &message[message.find(before)? + before.len()..];
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    rest[digits..].starts_with(after).then(|| rest[..digits].parse().ok())?
}

/// Asserts that a failure has the exit code and the words of its code.
pub fn assert_kind(failure: &RunFailure, place: &str) {
    let known = FAILURES.iter().find(|(code, ..)| *code == failure.error.code());
    let (_, exit_code, says) = known.unwrap_or_else(|| panic!("{place}"));
    assert!(failure.error.exit_code() == *exit_code && failure.to_string().contains(says), "{place}");
}

/// Asserts that what a failed run says is so. `own` tells whether what stands is what the run would publish, as this
/// version.
pub fn assert_claim(failure: &RunFailure, before: &Stands, now: &Stands, (version, own): (u64, bool), place: &str) {
    assert_kind(failure, place);
    let message = failure.error.to_string();
    if !matches!(failure.error.exit_code(), 6 | 7) {
        assert_eq!(now, before, "{place}");
        return;
    }
    let untouched = now == before;
    let is_so = match claim(&message) {
        Claim::Before => untouched,
        Claim::BeforeIs(stated) => untouched && stated == before.version,
        Claim::Either(stated) => stated == version && (untouched || own),
        Claim::Another => false,
        Claim::Again(stated) => stated > version && now.version == stated && now.name == before.name,
        Claim::NotPutBack => own || now.name == before.name,
    };
    assert!(is_so, "{place}\nbefore {before:?}\nnow    {now:?}");
    // Who does not know says how to find out.
    assert!(!message.contains("it is not known") || message.contains("run `atlas-sync verify`"), "{place}");
}

#[test]
fn a_message_makes_one_claim() {
    for (message, expected) in [
        ("the store could not be written; the previous snapshot stands, version 12: x", Claim::BeforeIs(12)),
        ("the store could not be read; nothing was written: x", Claim::Before),
        ("it is not known whether version 3 was written, or will be: x", Claim::Either(3)),
        ("wrong; the previous content was published again as version 4, and verified; found", Claim::Again(4)),
    ] {
        assert_eq!(claim(message), expected, "{message}");
    }
    for silent in ["the store could not be written: x", "it is not known whether version x was written, or will be"] {
        assert!(std::panic::catch_unwind(|| claim(silent)).is_err(), "{silent}");
    }
}
