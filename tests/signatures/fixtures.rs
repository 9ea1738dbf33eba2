//! The shared fixtures, and what each public key's spelling means.

use atlas::domain::verify::verify_manifest;
use atlas::sync::signature::{PublicKey, SignedManifest, SigningKey, Trust};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;

use crate::support::{fixture, key, public};

fn names() -> Vec<String> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/signatures");
    let files = std::fs::read_dir(directory).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn each_fixture_is_signed_by_those_that_it_says() {
    let names = names();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        let fixture = fixture(&format!("signatures/{name}"));
        let text = fixture["manifest"].to_string();
        let verified = verify_manifest(&text).unwrap();
        let manifest = SignedManifest::of(&text).unwrap();
        let sum = atlas::domain::format::checksum::Checksum::of(manifest.bytes());
        assert_eq!(sum, verified.checksum(), "{name}: what is signed is what the checksum covers");
        let keys = fixture["publicKeys"].as_array().unwrap().iter();
        let keys: Vec<_> = keys.map(|key| PublicKey::parse(key.as_str().unwrap()).unwrap()).collect();
        assert_eq!(Value::from(manifest.signed_by(&keys)), fixture["expect"]["signedBy"], "{name}");
        if !keys.is_empty() {
            let required = fixture["signaturesRequired"].as_u64().unwrap();
            let trust = Trust::new(&keys, usize::try_from(required).unwrap()).unwrap();
            let refused = fixture["expect"]["decision"] == "signature_invalid";
            assert_eq!(trust.check(&manifest).is_err(), refused, "{name}");
        }
    }
}

#[test]
fn what_is_expected_and_what_is_found_is_named() {
    let text = fixture("signatures/one-of-two-is-damaged.json")["manifest"].to_string();
    let manifest = SignedManifest::of(&text).unwrap();
    let trust = Trust::new(&[public("old"), public("stranger")], 1).unwrap();
    let [old, new, stranger] = ["old", "new", "stranger"].map(|name| public(name).id());
    assert_eq!(
        trust.check(&manifest).unwrap_err(),
        format!(
            "expected valid signatures of 1 of these keys: {old}, {stranger}; found signatures of: {old} (not valid), \
             {new} (another key)"
        )
    );
}

#[test]
fn every_spelling_of_a_public_key_is_taken_and_what_is_none_is_refused() {
    let keys = fixture("keys.json");
    for name in ["old", "new", "stranger"] {
        let (shown, public) = (&keys["keys"][name], public(name));
        assert_eq!(shown["id"], public.id());
        assert_eq!(shown["publicKey"], public.to_base64url());
        assert_eq!(shown["publicPem"], public.to_pem());
    }
    for spelling in keys["spellings"].as_array().unwrap() {
        let spelling = spelling.as_str().unwrap();
        assert_eq!(PublicKey::parse(spelling), Ok(public("old")), "{spelling}");
        assert_eq!(PublicKey::parse(&format!(" {spelling}\r\n")), Ok(public("old")), "{spelling}");
    }
    for refused in keys["refused"].as_array().unwrap() {
        let error = PublicKey::parse(refused["key"].as_str().unwrap()).unwrap_err().to_string();
        assert!(error.starts_with("expected "), "{refused}: {error}");
    }
    let [pem, private] = ["publicPem", "privatePem"].map(|name| keys["keys"]["old"][name].as_str().unwrap());
    for around in AROUND {
        assert_eq!(PublicKey::parse(&around(pem)), Ok(public("old")), "{:?}", around(pem));
        let both = SigningKey::from_pem(&around(&[private, private].concat())).unwrap();
        assert_eq!(both.iter().map(SigningKey::public).collect::<Vec<_>>(), [public("old"), public("old")]);
    }
}

/// How a PEM text arrives: as it is, with its line breaks written out, in quotes, from Windows, indented, in a list.
const AROUND: [fn(&str) -> String; 6] = [
    |pem| pem.replace('\n', "\\n"),
    |pem| format!("\"{}\"", pem.replace('\n', "\\n")),
    |pem| format!("'{}'", pem.trim_end()),
    |pem| format!("\u{feff}{}", pem.replace('\n', "\r\n")),
    |pem| format!("  {}", pem.trim_end().replace('\n', "\n  ")),
    |pem| format!("key: {pem}"),
];

/// Without the check of the key, anybody signs anything.
#[test]
fn a_key_of_low_order_would_accept_a_signature_that_nobody_made() {
    let mut forged = [0; 64];
    forged[0] = 1;
    let identity: [u8; 32] = std::array::from_fn(|place| u8::from(place == 0));
    for message in [b"one".as_slice(), b"another"] {
        assert!(UnparsedPublicKey::new(&ED25519, identity).verify(message, &forged).is_ok());
    }
    assert!(PublicKey::from_raw(identity).unwrap_err().to_string().contains("low order"));
}

#[test]
fn too_many_signatures_cannot_be_required() {
    for (keys, required) in [(0, 1), (1, 0), (1, 2), (2, 3)] {
        let keys = &[public("old"), public("new")][..keys];
        assert!(Trust::new(keys, required).is_err(), "{required} of {}", keys.len());
    }
    // One key that is given twice is one key.
    assert!(Trust::new(&[public("old"), public("old")], 2).is_err());
}

#[test]
fn a_key_shows_nothing_but_its_id() {
    let key = key("old");
    assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.public().id()));
    assert_eq!(format!("{:?}", key.public()), format!("PublicKey({})", key.public().id()));
}
