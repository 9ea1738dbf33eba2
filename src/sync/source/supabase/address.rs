//! Where Supabase's REST API is.

use reqwest::Url;

use crate::sync::net::http::is_confidential;
use crate::sync::source::{SourceError, Table};

const REST: &str = "/rest/v1";

/// Reads a project's address, or that of its REST API. Away from loopback it has to be `https`: the key goes with every request.
pub fn base(url: &str) -> Result<Url, SourceError> {
    let expected = "SUPABASE_URL: expected the project's address, such as https://abcdefgh.supabase.co";
    if url.is_empty() {
        return Err(SourceError::new(format!("{expected}; it is not set")));
    }
    // It may be a key that was pasted here, so it is not repeated.
    if !url.contains("://") {
        return Err(SourceError::new(format!("{expected}; found one that does not begin with https://")));
    }
    let mut url: Url = url.parse().map_err(|error| SourceError::new(format!("{expected}; found {error}")))?;
    if url.host().is_none() || !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(SourceError::new(format!("{expected}, without user, password or query")));
    }
    if !is_confidential(&url) {
        let scheme = url.scheme();
        return Err(SourceError::new(format!("{expected}; found {scheme}, which would show the key to others")));
    }
    // The dashboard shows the address of the REST API too.
    let project = url.path().trim_end_matches('/').strip_suffix(REST).map(str::to_owned);
    if let Some(path) = project {
        url.set_path(&path);
    }
    Ok(url)
}

/// The address of a table's rows: the columns that are needed, in the order of those that name a row.
pub fn table(base: &Url, table: Table) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{REST}/{table}", base.path().trim_end_matches('/')));
    url.query_pairs_mut()
        .append_pair("select", &table.columns().join(","))
        .append_pair("order", &table.identity().join(","));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_can_do_without_https() {
        for good in ["https://a.supabase.co", "https://a.supabase.co/", "http://127.0.0.1:54321", "http://[::1]:1"] {
            assert!(base(good).is_ok(), "{good}");
        }
        for bad in ["", "a.supabase.co", "http://a.supabase.co", "http://127.0.0.1.example.org", "ftp://a", "data:x"] {
            let error = base(bad).unwrap_err().to_string();
            assert!(error.starts_with("SUPABASE_URL: expected the project's address"), "{error}");
        }
        for bad in ["foo", "a.supabase.co", "localhost:54321", "data:x", "s3cr3t"] {
            let error = base(bad).unwrap_err().to_string();
            assert!(error.ends_with("; found one that does not begin with https://"), "{error}");
        }
        let error = base("https://u:s3cr3t@a.supabase.co").unwrap_err().to_string();
        assert!(!error.contains("s3cr3t"), "{error}");
    }

    #[test]
    fn a_table_is_asked_for_by_columns_and_in_order() {
        for path in ["", "/", "/rest/v1", "/rest/v1/"] {
            let address = &format!("https://a.supabase.co{path}");
            let url = table(&base(address).unwrap(), Table::PlanFeatures);
            let expected = "https://a.supabase.co/rest/v1/plan_features?select=plan_id%2Cfeature_key%2Cenabled\
                            &order=plan_id%2Cfeature_key";
            assert_eq!(url.as_str(), expected);
        }
        let below = table(&base("https://api.example.org/a/").unwrap(), Table::PlanLimits);
        assert_eq!(below.path(), "/a/rest/v1/plan_limits");
        let below = table(&base("https://api.example.org/a/rest/v1/").unwrap(), Table::PlanLimits);
        assert_eq!(below.path(), "/a/rest/v1/plan_limits");
    }
}
