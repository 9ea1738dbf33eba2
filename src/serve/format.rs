//! The two formats of Prometheus. Its server asks for `OpenMetrics` with the `Accept` header; any other client gets the
//! older text format, which `promtool check metrics` reads.

use std::fmt::Write as _;

use axum::http::{HeaderMap, header};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `OpenMetrics` 1.0.
    OpenMetrics,
    /// Prometheus's text format 0.0.4.
    Text,
}

impl Format {
    pub fn accepted(headers: &HeaderMap) -> Self {
        let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let open = accepts.flat_map(|value| value.split(',')).any(|media| {
            let name = media.split(';').next().unwrap_or_default().trim();
            name.eq_ignore_ascii_case("application/openmetrics-text")
        });
        if open { Self::OpenMetrics } else { Self::Text }
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// The same metrics in the text format: it has no `UNIT`, and names a counter's family as its samples, with `_total`.
pub fn to_text_format(open_metrics: &str) -> String {
    let counters: Vec<&str> =
        open_metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines().filter(|line| !line.starts_with("# UNIT ")) {
        let head = ["# HELP ", "# TYPE "].into_iter().find_map(|head| Some((head, line.strip_prefix(head)?)));
        // Writing to a `String` cannot fail.
        let _ = match head.and_then(|(head, rest)| Some((head, rest.split_once(' ')?))) {
            Some((head, (name, rest))) if counters.contains(&name) => writeln!(text, "{head}{name}_total {rest}"),
            _ => writeln!(text, "{line}"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_asks_for_open_metrics_gets_it() {
        let accepted = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, value.parse().unwrap());
            Format::accepted(&headers)
        };
        assert_eq!(accepted("application/openmetrics-text;version=1.0.0,*/*;q=0.1"), Format::OpenMetrics);
        assert_eq!(accepted("text/plain;version=0.0.4"), Format::Text);
        assert_eq!(accepted("*/*"), Format::Text);
        assert_eq!(Format::accepted(&HeaderMap::new()), Format::Text);
    }

    #[test]
    fn counters_are_named_as_the_text_format_names_them() {
        let open = "# HELP a_runs Runs.\n# TYPE a_runs counter\na_runs_total{o=\"x\"} 1\n# HELP a_age_seconds Age.\n\
                    # TYPE a_age_seconds gauge\n# UNIT a_age_seconds seconds\na_age_seconds 2.0\n";
        let text = "# HELP a_runs_total Runs.\n# TYPE a_runs_total counter\na_runs_total{o=\"x\"} 1\n\
                    # HELP a_age_seconds Age.\n# TYPE a_age_seconds gauge\na_age_seconds 2.0\n";
        assert_eq!(to_text_format(open), text);
    }
}
