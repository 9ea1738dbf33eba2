//! `verify` over a store that was damaged in its file.

use std::process::Command;

use crate::support::{Place, stderr};

/// A byte in every forty of the items' lines; the library's own test does every bit of every entry.
#[test]
fn a_flipped_byte_is_named_with_both_checksums_and_ends_with_8() {
    let place = Place::new();
    place.run("sync");
    let original = std::fs::read(place.store()).unwrap();
    let text = String::from_utf8(original.clone()).unwrap();
    let mut flips = 0;
    for line in text.lines().filter(|line| line.starts_with("{\"key\":\"atlas_v1_") && !line.contains("_rev_")) {
        let start = text.find(line).unwrap();
        let value = start + line.find("\"value\":").unwrap() + "\"value\":".len();
        let end = start + line.rfind(",\"createdAt\"").unwrap();
        let key = line.split('"').nth(3).unwrap();
        for at in (value..end).step_by(41) {
            let mut bytes = original.clone();
            bytes[at] ^= 1;
            std::fs::write(place.store(), &bytes).unwrap();
            let output = place.command("verify").output().unwrap();
            assert_eq!(output.status.code(), Some(8), "{key}, byte {at}: {}", stderr(&output));
            let told = stderr(&output);
            let broken_json = serde_json::from_slice::<serde_json::Value>(&bytes).is_err();
            if broken_json {
                assert!(told.contains(key), "{told}");
            } else {
                assert!(told.contains(&key.replace('_', ":")), "{told}");
                assert!(told.contains("expected ") && told.contains("computed sha256:"), "{told}");
            }
            flips += 1;
        }
    }
    assert!(flips > 100, "{flips}");
}

/// Each command that ends with 8 for it is named in the help.
#[test]
fn an_empty_store_has_nothing_to_verify() {
    let help = Command::new(env!("CARGO_BIN_EXE_atlas-sync")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let of_8 = help.lines().find(|line| line.starts_with("  8 ")).unwrap();
    for command in ["verify", "export", "release"] {
        let output = Place::new().command(command).output().unwrap();
        assert_eq!(output.status.code(), Some(8), "{command}: {}", stderr(&output));
        assert!(of_8.contains(command), "{command}: {of_8}");
    }
    let output = Place::new().command("verify").output().unwrap();
    assert!(stderr(&output).contains("atlas:v1:manifest: key_missing"), "{}", stderr(&output));
}

/// A file that can be read and is no state holds no snapshot, whichever command asks.
#[test]
fn a_damaged_file_is_8_for_each_command_that_needs_a_snapshot() {
    for command in ["verify", "export", "release"] {
        let place = Place::new();
        std::fs::write(place.store(), "{").unwrap();
        let output = place.command(command).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
        assert_eq!(output.status.code(), Some(8), "{command}: {said}");
        assert!(said.contains("repair that line, or move the file away"), "{command}: {said}");
    }
}
