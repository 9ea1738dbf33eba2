//! The files that operators load: alerting rules for Prometheus and a dashboard for Grafana, which use only the metrics
//! that `serve` exposes. This module makes them part of the binary.

pub const ALERTS: &str = include_str!("alerts.yaml");

pub const DASHBOARD: &str = include_str!("dashboard.json");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decide::freshness::DEFAULT_MAX_AGE_MS;
    use crate::domain::report::health::DEGRADED_HIT_RATE;
    use crate::sync::clock::WARN_MS;
    use crate::sync::plan::protection::WARN_PERCENT;

    #[test]
    fn the_thresholds_are_those_of_the_code() {
        let expiry = DEFAULT_MAX_AGE_MS / 3_600_000;
        for threshold in [
            format!("> ({expiry} - 4) * 3600"),
            format!("> ({expiry} - 1) * 3600"),
            format!("> {}", WARN_MS / 1000),
            format!("< {DEGRADED_HIT_RATE}"),
            format!("> 0.{}", WARN_PERCENT / 10),
        ] {
            assert!(ALERTS.lines().any(|line| line.trim_end().ends_with(&threshold)), "no line ends with {threshold}");
        }
    }

    #[test]
    fn the_dashboard_is_json() {
        let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
        assert!(dashboard["panels"].as_array().is_some_and(|panels| !panels.is_empty()));
    }
}
