//! How the job learns that Michael has changed, and how often it may write, as the command line and the environment say
//! it.

use clap::Args;

use super::source::SourceSpec;
use super::store::StoreSpec;
use crate::serve::{WriteAllowance, WriteQuota};
use crate::sync::run::SyncError;
use crate::sync::source::postgres::Channel;

/// How the job learns of changes.
#[derive(Debug, Clone, Default, Args)]
pub struct NotifyArgs {
    /// Listen on this channel of Michael's database, and sync within 2s of a notification. For a postgres source, at the
    /// database's direct address or through a pooler in session mode. `atlas-sync doctor --triggers` prints the triggers
    /// that send the notifications.
    #[arg(long, env = "ATLAS_LISTEN_CHANNEL", value_name = "CHANNEL")]
    pub listen_channel: Option<Channel>,
    /// How many writes Vercel's plan allows: 100/hour on Pro and Enterprise, 250/month on Hobby. Syncs that run by
    /// themselves keep to it; the more of it is used, the longer notifications are merged into one sync. Required with
    /// --store vercel if notifications or a webhook lead to syncs.
    #[arg(long, env = "ATLAS_WRITE_QUOTA", value_name = "WRITES/PERIOD")]
    pub write_quota: Option<WriteQuota>,
}

impl NotifyArgs {
    /// The channel to listen on, which a database alone has.
    pub fn channel(&self, source: &SourceSpec) -> Result<Option<&Channel>, SyncError> {
        let found = match source {
            SourceSpec::Postgres(_) => return Ok(self.listen_channel.as_ref()),
            SourceSpec::File(_) => "files",
            SourceSpec::Supabase => "Supabase's REST API",
        };
        match &self.listen_channel {
            None => Ok(None),
            Some(_) => Err(SyncError::Usage(format!(
                "expected a database as --source with --listen-channel, such as postgres://…, found {found}; without one, \
                 let a database webhook call POST /edge-config"
            ))),
        }
    }

    /// What writes to the store cost. A quota has to be given where notifications lead to writes that Vercel counts.
    pub fn writes(&self, store: &StoreSpec, webhook: bool) -> Result<WriteAllowance, SyncError> {
        match (store, self.write_quota) {
            (_, Some(quota)) => Ok(quota.into()),
            (StoreSpec::File(_), None) => Ok(WriteAllowance::Free),
            (StoreSpec::Vercel, None) if self.listen_channel.is_some() || webhook => Err(SyncError::Usage(
                "expected ATLAS_WRITE_QUOTA or --write-quota with --listen-channel or ATLAS_WEBHOOK_TOKEN, found neither: \
                 100/hour on Vercel's Pro and Enterprise plans, 250/month on Hobby"
                    .to_owned(),
            )),
            (StoreSpec::Vercel, None) => Ok(WriteAllowance::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(channel: Option<&str>, quota: Option<&str>) -> NotifyArgs {
        NotifyArgs {
            listen_channel: channel.map(|channel| channel.parse().unwrap()),
            write_quota: quota.map(|quota| quota.parse().unwrap()),
        }
    }

    #[test]
    fn only_a_database_has_channels() {
        for source in ["file:rows", "supabase"] {
            let source = source.parse().unwrap();
            let error = args(Some("atlas"), None).channel(&source).unwrap_err();
            assert!(error.to_string().contains("expected a database as --source"), "{error}");
            assert_eq!((error.exit_code(), args(None, None).channel(&source).unwrap()), (2, None));
        }
        assert!(args(Some("atlas"), None).channel(&"postgres://h/d".parse().unwrap()).unwrap().is_some());
    }

    #[test]
    fn a_quota_is_needed_where_notifications_lead_to_metered_writes() {
        let file = StoreSpec::File("store.json".into());
        let none = args(None, None);
        assert_eq!(none.writes(&StoreSpec::Vercel, false).unwrap(), WriteAllowance::Unknown);
        assert_eq!(args(Some("atlas"), None).writes(&file, true).unwrap(), WriteAllowance::Free);
        assert!(matches!(
            args(Some("a"), Some("100/hour")).writes(&StoreSpec::Vercel, true),
            Ok(WriteAllowance::Metered { .. })
        ));
        for error in [none.writes(&StoreSpec::Vercel, true), args(Some("a"), None).writes(&StoreSpec::Vercel, false)] {
            assert!(error.unwrap_err().to_string().contains("250/month on Hobby"));
        }
    }
}
