//! The files that operators load: alerting rules for Prometheus and a dashboard for Grafana, which use only the metrics
//! that `serve` exposes. This module makes them part of the binary.

pub const ALERTS: &str = include_str!("alerts.yaml");

pub const DASHBOARD: &str = include_str!("dashboard.json");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decide::freshness::DEFAULT_MAX_AGE_MS;
    use crate::domain::reason::Reason;
    use crate::domain::report::health::DEGRADED_HIT_RATE;
    use crate::sync::clock::WARN_MS;
    use crate::sync::plan::WARN_PERCENT;

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
    fn the_alert_on_the_hit_rate_says_of_each_reason_whose_fault_it_is() {
        let (_, alert) = ALERTS.split_once("alert: AtlasHitRateLow").unwrap();
        let (alert, _) = alert.split_once("- alert:").unwrap();
        for reason in Reason::ALL {
            let names_it = alert.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == reason.code());
            assert!(names_it, "it does not say {}", reason.code());
        }
    }

    #[test]
    fn the_dashboard_is_json() {
        let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
        assert!(dashboard["panels"].as_array().is_some_and(|panels| !panels.is_empty()));
    }
}
