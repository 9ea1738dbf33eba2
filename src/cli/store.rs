//! Which store to use, and how to reach it.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use secrecy::SecretString;

use super::secrets::{Access, Secrets};
use crate::sync::clock::now_ms;
use crate::sync::net::error::RemoteError;
use crate::sync::net::http::Limits;
use crate::sync::run::SyncError;
use crate::sync::store::{API_URL, ApiName, FileStore, Store, VercelConfig, VercelStore};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreSpec {
    /// The state file of a local store.
    File(PathBuf),
    Vercel,
}

impl FromStr for StoreSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("file:") {
            Some(path) if !path.is_empty() => Ok(Self::File(path.into())),
            None if text == "vercel" => Ok(Self::Vercel),
            _ => Err("expected vercel, or file:PATH, the state file of a local store".to_owned()),
        }
    }
}

#[derive(Debug, Clone, Args)]
pub struct StoreAccess {
    /// With --store vercel: the id of the Edge Config, ecfg_...
    #[arg(long, env = "ATLAS_EDGE_CONFIG_ID", value_name = "ID")]
    pub edge_config_id: Option<String>,
    /// With --store vercel: the team that owns the Edge Config; leave it out for a personal account.
    #[arg(long, env = "VERCEL_TEAM_ID", value_name = "ID")]
    pub team_id: Option<String>,
    /// With --store vercel: the address of the REST API; https, or http on loopback.
    #[arg(long, env = "ATLAS_API_URL", value_name = "URL", default_value = API_URL)]
    pub api_url: String,
    /// With --store vercel: which of Vercel's two names for the API to use, in case one of them is retired.
    #[arg(long, env = "ATLAS_API_NAME", value_name = "NAME", default_value = "edge-config")]
    pub api_name: ApiName,
}

impl StoreAccess {
    /// The id of the Edge Config.
    pub fn id(&self) -> Option<&str> {
        given(self.edge_config_id.as_ref())
    }

    /// Opens the store at Vercel. Sends nothing yet.
    pub fn vercel(&self, token: SecretString) -> Result<Box<dyn Store>, RemoteError> {
        let id = self.id().ok_or_else(|| {
            RemoteError::Setup(
                "expected ATLAS_EDGE_CONFIG_ID or --edge-config-id with --store vercel, found neither".into(),
            )
        })?;
        let config = VercelConfig {
            api_url: self.api_url.clone(),
            api_name: self.api_name,
            id: id.to_owned(),
            team_id: given(self.team_id.as_ref()).map(str::to_owned),
            token,
            limits: Limits::default(),
        };
        Ok(Box::new(VercelStore::new(config)?))
    }
}

/// What was given, without the line break at the end of a file that it was read from.
fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// Opens a store if the environment permits the access. Commands do this first, so without permission nothing is read.
pub fn open_store(spec: &StoreSpec, reach: &StoreAccess, access: Access) -> Result<Box<dyn Store>, SyncError> {
    match spec {
        StoreSpec::File(path) => Ok(Box::new(FileStore::new(path, now_ms))),
        StoreSpec::Vercel => {
            let secrets = Secrets::of_process();
            let token = secrets.permit(access)?.clone();
            reach.vercel(token).map_err(|error| SyncError::Usage(error.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_what_kind_it_is() {
        assert_eq!("file:store.json".parse(), Ok(StoreSpec::File("store.json".into())));
        assert_eq!("vercel".parse(), Ok(StoreSpec::Vercel));
        for bad in ["", "file:", "file", "vercel:", "Vercel", "ecfg_1"] {
            assert!(bad.parse::<StoreSpec>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_missing_or_pasted_wrong_is_named_and_not_shown() {
        let access = |id: Option<&str>| StoreAccess {
            edge_config_id: id.map(str::to_owned),
            team_id: Some(String::new()),
            api_url: API_URL.to_owned(),
            api_name: ApiName::EdgeConfig,
        };
        let error = |id| access(id).vercel("t".into()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error(None).contains("--edge-config-id"), "{}", error(None));
        assert_eq!(error(Some("")), error(None));
        let pasted = error(Some("https://edge-config.vercel.com/ecfg_1?token=very-secret"));
        assert!(pasted.contains("not the connection string") && !pasted.contains("very-secret"), "{pasted}");
        assert_eq!(access(Some("ecfg_1")).vercel("t".into()).unwrap().describe(), "vercel:ecfg_1");
    }

    #[tokio::test]
    async fn a_line_break_at_its_end_is_no_part_of_an_id() {
        let access = StoreAccess {
            edge_config_id: Some(" ecfg_1\r\n".to_owned()),
            team_id: Some("team_1\n".to_owned()),
            api_url: "http://127.0.0.1:1".to_owned(),
            api_name: ApiName::EdgeConfig,
        };
        // Nobody answers there.
        let error = access.vercel("t".into()).unwrap().items().await.unwrap_err().to_string();
        assert!(error.starts_with("GET http://127.0.0.1:1/v1/edge-config/ecfg_1/items?teamId=team_1 "), "{error}");
    }
}
