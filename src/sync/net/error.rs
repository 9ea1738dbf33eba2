//! What can go wrong with a service behind HTTP, by what the caller may do about it: retry (no answer, 429, 5xx), or tell
//! the operator what to fix (every other answer).

use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The address or a name in it cannot be used. Nothing was sent.
    #[error("{0}")]
    Setup(String),

    /// No connection, a broken one, or a time-out.
    #[error("{place} gave no answer: {message}; check the network, and whether that is the right address")]
    NoAnswer {
        /// Method and address, without secrets.
        place: String,
        message: String,
        /// Whether the request may have arrived: it was on its way when the connection broke or the time was over.
        may_have_arrived: bool,
    },

    /// The server's certificate was not accepted, so nothing was sent.
    #[error(
        "{place} was not sent: {message}; check that this is the right address, and that nothing between here and there \
         puts a certificate of its own in place of the server's"
    )]
    Untrusted { place: String, message: String },

    #[error("{place} answered {status} {code}: {message}; {advice}")]
    Answered {
        place: String,
        status: u16,
        code: String,
        message: String,
        advice: &'static str,
        retry_after: Option<Duration>,
    },

    #[error(
        "{place}: expected {expected}, found {found}; check that ATLAS_API_URL is the address of Vercel's REST API"
    )]
    Unexpected { place: String, expected: &'static str, found: String },

    #[error(
        "{place}: expected an answer of at most {most} bytes, found a longer one; check whether that is the right address"
    )]
    TooLong { place: String, most: usize },
}

/// An error and its causes, the outermost first.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |chain, cause| format!("{chain}: {cause}"))
}

/// The JSON parser's message. Where a text ends too early the parser names column 0, which does not exist: it is left out.
pub fn json_error(error: &serde_json::Error) -> String {
    let message = error.to_string();
    if error.column() == 0 { message.replace(" column 0", "") } else { message }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    Never,
    /// After the caller's own wait.
    Soon,
    /// After this time at the earliest.
    After(Duration),
}

impl RemoteError {
    /// Whether and when to retry: after no answer, a 429 or a 5xx; never after another 4xx.
    pub fn again(&self) -> Again {
        match self {
            Self::NoAnswer { .. } => Again::Soon,
            Self::Answered { status: 429 | 500..=599, retry_after, .. } => {
                retry_after.map_or(Again::Soon, Again::After)
            }
            Self::Setup(_)
            | Self::Untrusted { .. }
            | Self::Answered { .. }
            | Self::Unexpected { .. }
            | Self::TooLong { .. } => Again::Never,
        }
    }

    pub fn may_be_done(&self) -> bool {
        match self {
            Self::NoAnswer { may_have_arrived, .. } => *may_have_arrived,
            Self::Answered { status, .. } => (500..=599).contains(status),
            Self::Unexpected { .. } | Self::TooLong { .. } => true,
            Self::Setup(_) | Self::Untrusted { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, retry_after: Option<u64>) -> RemoteError {
        RemoteError::Answered {
            place: "GET https://api.vercel.com/v1/edge-config/ecfg_1".to_owned(),
            status,
            code: "code".to_owned(),
            message: "words".to_owned(),
            advice: "do this",
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn only_429_and_5xx_are_asked_again() {
        for status in [400, 401, 402, 403, 404, 408, 409, 412, 413, 428, 430, 499, 600] {
            assert_eq!(answered(status, Some(1)).again(), Again::Never, "{status}");
        }
        for status in [429, 500, 502, 503, 504, 599] {
            assert_eq!(answered(status, None).again(), Again::Soon, "{status}");
            assert_eq!(answered(status, Some(7)).again(), Again::After(Duration::from_secs(7)), "{status}");
        }
    }

    #[test]
    fn only_a_column_that_there_is_is_named() {
        for (text, end) in [("", "at line 1"), ("[1,\n", "at line 2"), ("[1,", "at line 1 column 3")] {
            let message = json_error(&serde_json::from_str::<Vec<u8>>(text).unwrap_err());
            assert!(message.ends_with(end), "{text:?}: {message}");
        }
    }

    #[test]
    fn a_write_may_be_done_unless_it_was_never_sent_or_was_refused() {
        let unanswered = |may_have_arrived| {
            let (place, message) = (String::new(), String::new());
            RemoteError::NoAnswer { place, message, may_have_arrived }.may_be_done()
        };
        assert!(unanswered(true) && !unanswered(false));
        assert!(answered(500, None).may_be_done());
        for status in [400, 409, 429, 499] {
            assert!(!answered(status, None).may_be_done(), "{status}");
        }
    }
}
