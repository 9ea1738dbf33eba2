//! Who holds the lock of a source.

use std::fmt;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    pub pid: Option<i32>,
    pub application: Option<String>,
    pub address: Option<String>,
    /// Since when it has been at it: UTC, RFC 3339.
    pub since: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(pid) = self.pid else {
            return f.write_str("the server does not tell who; run again");
        };
        let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
        write!(
            f,
            "process {pid}, application {}, from {}, since {}; wait for its end, or, if it hangs, end it \
             with: select pg_terminate_backend({pid})",
            known(&self.application),
            known(&self.address),
            known(&self.since),
        )
    }
}
