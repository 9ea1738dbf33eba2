//! `atlas-sync restore`: the content of an earlier snapshot, published as a new version, since a reader never goes back to
//! a lower one.

use std::mem;

use super::write::Origin;
use crate::domain::time::Timestamp;
use crate::sync::content::Payloads;
use crate::sync::plan::{Guarded, Hold, HoldChange, PlanPolicy, Stored};
use crate::sync::run::{Report, RestoreHold, RetryingStore, Run, RunStep, SyncError};
use crate::sync::shown::one_line;
use crate::sync::store::Backup;

const MOST_OFFERED: usize = 20;

impl Run<'_> {
    pub(crate) async fn restore(&mut self, backup: Option<&str>) -> Result<Report, SyncError> {
        let options = self.runner.options;
        let store = RetryingStore::new(self.runner.store, self.deadline);
        self.watch.begin(RunStep::ReadBackups);
        let mut warnings = Vec::new();
        let (id, payloads) = match backup {
            Some(id) => (id.to_owned(), self.named(&store, id).await?),
            None => self.latest(&store, &mut warnings).await?,
        };
        tracing::info!(ms = self.watch.end(), backup = id, "a backup was chosen");

        let hold = self.hold(&id);
        let until = match &hold {
            HoldChange::Set(Hold { until: None, .. }) => {
                "held: after `atlas-sync release` a sync publishes Michael's rows again".to_owned()
            }
            HoldChange::Set(Hold { until: Some(until), .. }) => {
                format!("held: after {until}, or after `atlas-sync release`, a sync publishes Michael's rows again")
            }
            HoldChange::Keep | HoldChange::Release => {
                "not held: the next sync publishes Michael's rows again".to_owned()
            }
        };
        let note = format!("the content is that of backup {id}, {until}, so correct them first");
        // Nobody asked for a heartbeat: what stands already is left as it is.
        let policy = PlanPolicy { heartbeat_ms: u64::MAX, ..self.runner.policy(hold) };
        let delivered = self.deliver(Origin::Backup(&payloads), &policy, None).await?;
        let report = Report::of(delivered, options, self.runner.signing);
        warnings.extend(report.warnings);
        warnings.push(note);
        Ok(Report { warnings, ..report })
    }

    fn hold(&self, id: &str) -> HoldChange {
        let until = match self.runner.options.restored {
            RestoreHold::No => return HoldChange::Release,
            RestoreHold::UntilReleased => None,
            RestoreHold::For(ms) => {
                let now = (self.runner.clock)().as_millis();
                Some(Timestamp::from_millis(now.saturating_add_unsigned(ms)))
            }
        };
        HoldChange::Set(Hold { until, restored_from: id.to_owned() })
    }

    async fn named(&self, store: &RetryingStore<'_>, id: &str) -> Result<Payloads, SyncError> {
        match store.backup(id).await {
            Ok(items) => {
                let kept = Stored::of(items);
                if kept.snapshot.is_none() {
                    return Err(SyncError::BadBackup { id: id.to_owned(), verdicts: kept.verdicts });
                }
                self.trusts_backup(&kept).map_err(|message| {
                    SyncError::Untrusted(format!(
                        "backup {id}: {message}; give the public key that signed it with --public-key, or, if you know \
                         its content to be right, use --allow-unsigned"
                    ))
                })?;
                Ok(kept.payloads)
            }
            Err(error) if error.concerns_one_backup() => {
                let kept = store.backups().await.map_err(SyncError::Unread)?;
                if kept.iter().any(|backup| backup.id == id) {
                    return Err(SyncError::UnreadBackup(error));
                }
                let kept = kept.iter().take(MOST_OFFERED);
                let kept = kept.map(|backup| format!("{} ({})", backup.id, backup.written_at())).collect();
                Err(SyncError::UnknownBackup { id: id.to_owned(), kept })
            }
            Err(error) => Err(SyncError::Unread(error)),
        }
    }

    /// The latest backup that is whole, differs from what stands, and is signed if the job signs. One that is damaged, cannot
    /// be read or is not signed is passed over with a warning. A restored snapshot stays: the latest that differs from it is
    /// the one that it has replaced, and whoever runs the command once more does not want that back.
    async fn latest(
        &self,
        store: &RetryingStore<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<(String, Payloads), SyncError> {
        let standing = self.as_trusted(store.read().await.map_err(SyncError::Unread)?);
        // Held or not any more: nothing has been published since.
        if let Some(Hold { restored_from, .. }) = standing.hold {
            let id = one_line(&restored_from);
            warnings.push(format!(
                "what stands was restored from backup {id} before, so its content stays; choose another backup with --backup"
            ));
            return Ok((restored_from, standing.payloads));
        }
        let backups = store.backups().await.map_err(SyncError::Unread)?;
        for Backup { id, .. } in &backups {
            let kept = match store.backup(id).await {
                Ok(items) => Stored::of(items),
                Err(error) if error.concerns_one_backup() => {
                    warnings.push(format!("backup {id} was passed over: {error}"));
                    continue;
                }
                Err(error) => return Err(SyncError::Unread(error)),
            };
            match self.trusts_backup(&kept) {
                // From before the first sync, or what stands.
                _ if kept.is_empty || kept.snapshot.is_some() && kept.payloads == standing.payloads => {
                    tracing::debug!(backup = id, "a backup has nothing to restore");
                }
                _ if kept.snapshot.is_none() => {
                    warnings.push(format!("backup {id} was passed over: it holds no whole, verified snapshot"));
                }
                Err(message) => warnings.push(format!("backup {id} was passed over: {message}")),
                Ok(()) => {
                    if standing.snapshot.is_none() && !standing.is_empty && kept.hold.is_none() {
                        warnings.push(not_known(id));
                    }
                    return Ok((id.clone(), kept.payloads));
                }
            }
        }
        Err(SyncError::NoBackup { kept: backups.len(), passed_over: mem::take(warnings) })
    }

    /// Whether the job may sign a backup's content.
    fn trusts_backup(&self, kept: &Stored) -> Result<(), String> {
        match self.runner.options.unsigned_backup {
            Guarded::Refuse => self.trusts(kept),
            Guarded::DangerAllow => Ok(()),
        }
    }
}

/// Where what stands is damaged, so is its hold. A backup that has one is what was restored.
fn not_known(id: &str) -> String {
    format!(
        "what stands did not verify, so it is not known whether it was restored before, and from which backup; if so, backup \
         {id} may be what was replaced then: look at the content, and choose another backup with --backup if it is wrong"
    )
}
