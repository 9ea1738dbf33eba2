//! How and what to log, on the command line.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// The format of log lines on standard error; auto is text on a terminal and JSON otherwise.
    #[arg(long, env = "ATLAS_LOG_FORMAT", value_name = "FORMAT", default_value = "auto")]
    pub log_format: LogFormat,
    /// Which log lines are written, such as info, debug, or atlas=debug.
    #[arg(long, env = "ATLAS_LOG", value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    pub log: String,
}

/// Checks a filter for log lines. A bare word must be a level: a misspelt one would silently select nothing.
fn log_filter(text: &str) -> Result<String, String> {
    let level = |word: &str| {
        ["off", "error", "warn", "info", "debug", "trace"].iter().any(|level| level.eq_ignore_ascii_case(word))
    };
    let directive = |part: &str| match part.split_once('=') {
        Some((target, wanted)) => !target.trim().is_empty() && level(wanted.trim()),
        None => level(part.trim()),
    };
    if text.split(',').all(directive) && EnvFilter::try_new(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err("expected off, error, warn, info, debug or trace, or a list such as warn,atlas=debug".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// One object a line.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_filter_is_levels_alone_or_of_targets() {
        for good in ["info", "DEBUG", "off", "warn,atlas=debug", "atlas::sync=trace, info"] {
            assert!(log_filter(good).is_ok(), "{good}");
        }
        for bad in ["", "verbose", "atlas", "info,", "atlas=loud", "=info", "info=debug=x"] {
            assert!(log_filter(bad).is_err(), "{bad}");
        }
    }
}
