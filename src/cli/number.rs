//! Whole numbers on the command line. What was found is shown by the command line's own error.

use std::str::FromStr;

use crate::sync::plan::HIGHEST_FLOOR;

pub fn bytes(text: &str) -> Result<u64, String> {
    let fits = |bytes: &u64| *bytes > 0;
    whole(text).filter(fits).ok_or_else(|| "expected a whole number of bytes, 1 or more, such as 1000000".to_owned())
}

pub fn version(text: &str) -> Result<u64, String> {
    let fits = |version: &u64| *version <= HIGHEST_FLOOR;
    whole(text).filter(fits).ok_or_else(|| format!("expected a whole number from 0 to {HIGHEST_FLOOR}"))
}

pub fn count(text: &str) -> Result<usize, String> {
    whole(text).ok_or_else(|| "expected a whole number, such as 1".to_owned())
}

fn whole<N: FromStr>(text: &str) -> Option<N> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_each_limit() {
        let highest = HIGHEST_FLOOR.to_string();
        let above = (HIGHEST_FLOOR + 1).to_string();
        assert_eq!([bytes("0").is_ok(), bytes("1").is_ok()], [false, true]);
        assert_eq!([version("0").is_ok(), version(&highest).is_ok(), version(&above).is_ok()], [true, true, false]);
        for bad in ["", "x", "-1", "1.5", "1e6", "1_000"] {
            let errors = [bytes(bad).err(), version(bad).err(), count(bad).err()];
            assert!(
                errors.iter().all(|error| error.as_ref().is_some_and(|error| error.starts_with("expected"))),
                "{bad}"
            );
        }
    }
}
