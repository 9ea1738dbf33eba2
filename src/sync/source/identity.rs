//! A name of a database that says nothing about it, by which two jobs can tell that they do not read the same one.

use crate::domain::format::checksum::Checksum;

/// How many hexadecimal digits tell one database from another.
const DIGITS: usize = 16;

/// `kind` is how the database is known; only names of one kind can be compared.
pub fn identity(kind: &str, parts: &[&str]) -> String {
    let checksum = Checksum::of(parts.join("\n").as_bytes()).to_string();
    let digits: String = checksum.rsplit(':').next().unwrap_or_default().chars().take(DIGITS).collect();
    format!("{kind}:{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_databases_of_a_server_apart_and_shows_none() {
        let [one, other, again] =
            ["michael", "staging", "michael"].map(|name| identity("postgres", &["7714045", name]));
        assert!(one == again && one != other, "{one} {other}");
        assert!(one.len() == "postgres:".len() + DIGITS && !one.contains("7714045"), "{one}");
    }
}
