//! `atlas-sync doctor`: what the command line and the environment say, checked here, and the rest, which `doctor` checks.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::arguments::DoctorArgs;
use super::secrets::{Access, Secrets, flaw};
use super::store::StoreSpec;
use crate::doctor::triggers::DEFAULT_CHANNEL;
use crate::doctor::{self, Check, Diagnosis, Finding, Setup};
use crate::sync::clock::now_ms;
use crate::sync::source::Source;
use crate::sync::source::postgres::{Channel, PostgresSource};
use crate::sync::store::{FileStore, Store};

/// The most often that a job renews a snapshot: it syncs every hour.
const MOST_OFTEN: Duration = Duration::from_hours(1);

pub async fn examine(args: &DoctorArgs, setup: &Setup) -> Diagnosis {
    let (secrets, to_vercel) = (Secrets::of_process(), to_vercel(args));
    let mut findings = vec![admin_key(&secrets, to_vercel), tokens(&secrets, args.edge_config.as_ref(), to_vercel)];
    findings.extend(doctor::examine(setup).await);
    findings.push(write_quota(args, &secrets, to_vercel));
    Diagnosis::from(findings)
}

fn to_vercel(args: &DoctorArgs) -> bool {
    args.store == Some(StoreSpec::Vercel)
}

pub fn triggers(args: &DoctorArgs) -> String {
    let channel = args.notify.listen_channel.clone().or_else(|| DEFAULT_CHANNEL.parse::<Channel>().ok());
    channel.as_ref().map(doctor::triggers::sql).unwrap_or_default()
}

/// What to check, as far as files and the environment say it.
pub fn setup(args: &DoctorArgs) -> Setup {
    Setup {
        source: source(args),
        store: store(args, &Secrets::of_process()),
        edge_config_id: args.store_access.id().filter(|_| to_vercel(args)).map(str::to_owned),
        signing: args.signing.open().map_err(|error| error.to_string()),
        edge_config: args.edge_config.clone(),
        channel: args.notify.listen_channel.clone(),
        on_bad_row: args.on_bad_row,
        max_bytes: args.max_bytes,
        deadline: args.deadline,
    }
}

fn source(args: &DoctorArgs) -> Result<(Box<dyn Source>, Option<PostgresSource>), String> {
    let spec = args.source.as_ref().ok_or(
        "expected ATLAS_SOURCE or --source, found neither: set it to postgres://…, the address of Michael's database",
    )?;
    args.notify.channel(spec).and_then(|_| spec.open(&args.access)).map_err(|error| error.to_string())
}

fn store(args: &DoctorArgs, secrets: &Secrets) -> Result<Box<dyn Store>, String> {
    match args.store.as_ref().ok_or("expected ATLAS_STORE or --store, found neither: set it to vercel")? {
        StoreSpec::File(path) => Ok(Box::new(FileStore::new(path, now_ms))),
        StoreSpec::Vercel => {
            secrets.store_token.as_ref().ok_or("not read, since ATLAS_EDGE_CONFIG_TOKEN is not set")?;
            let token = secrets.permit(Access::Read).map_err(|error| error.to_string())?;
            args.store_access.vercel(token.clone()).map_err(|error| error.to_string())
        }
    }
}

fn admin_key(secrets: &Secrets, to_vercel: bool) -> Finding {
    match &secrets.admin_key {
        Some(_) => Finding::ok(Check::AdminKey, "INTERNAL_ADMIN_KEY is set"),
        None if to_vercel => Finding::problem(
            Check::AdminKey,
            "INTERNAL_ADMIN_KEY is not set, so nothing can be published: set it to 32 random bytes, such as from openssl rand -base64 32",
        ),
        None => Finding::skipped(
            Check::AdminKey,
            "INTERNAL_ADMIN_KEY is not set; without --store vercel only serve needs it",
        ),
    }
}

/// Whether each secret is there that has to be, and opens one thing alone.
fn tokens(secrets: &Secrets, edge_config: Option<&SecretString>, to_vercel: bool) -> Finding {
    if to_vercel && secrets.store_token.is_none() {
        return Finding::problem(
            Check::Tokens,
            "ATLAS_EDGE_CONFIG_TOKEN is not set: create an API token in Vercel's account settings",
        );
    }
    let read_token = edge_config.and_then(|text| text.expose_secret().split("token=").nth(1)?.split('&').next());
    let read_token = read_token.map(SecretString::from);
    let all = [
        ("INTERNAL_ADMIN_KEY", &secrets.admin_key),
        ("ATLAS_EDGE_CONFIG_TOKEN", &secrets.store_token),
        ("ATLAS_METRICS_TOKEN", &secrets.metrics_token),
        ("ATLAS_WEBHOOK_TOKEN", &secrets.webhook_token),
        ("the token in ATLAS_EDGE_CONFIG", &read_token),
    ];
    let set: Vec<_> = all.iter().filter_map(|(name, secret)| Some((*name, secret.as_ref()?))).collect();
    for (place, (name, secret)) in set.iter().enumerate() {
        // What is wrong with those two is said by the checks that use them.
        let is_used = ["ATLAS_EDGE_CONFIG_TOKEN", "the token in ATLAS_EDGE_CONFIG"].contains(name);
        if let Some(flaw) = flaw(secret).filter(|_| !is_used) {
            return Finding::problem(Check::Tokens, format!("expected {name} {flaw}"));
        }
        let same = set.iter().skip(place + 1).find(|(_, other)| other.expose_secret() == secret.expose_secret());
        if let Some((other, _)) = same {
            let message = format!(
                "{name} and {other} are the same: each must open one thing only; {}",
                if *name == "ATLAS_EDGE_CONFIG_TOKEN" && other.contains("ATLAS_EDGE_CONFIG") {
                    "the token that writes is an API token from Vercel's account settings, the one in the connection string \
                     can only read"
                } else {
                    "give each a value of its own"
                }
            );
            return Finding::problem(Check::Tokens, message);
        }
    }
    Finding::ok(Check::Tokens, "every secret opens one thing only")
}

/// Whether the writes that Vercel's plan allows are enough for what the job writes by itself.
fn write_quota(args: &DoctorArgs, secrets: &Secrets, to_vercel: bool) -> Finding {
    if !to_vercel {
        return Finding::skipped(
            Check::WriteQuota,
            "not checked: only writes to Vercel are metered, and --store vercel is not set",
        );
    }
    if let Err(error) = args.notify.writes(&StoreSpec::Vercel, secrets.webhook_token.is_some()) {
        return Finding::problem(Check::WriteQuota, error.to_string());
    }
    let Some(quota) = args.notify.write_quota else {
        let message =
            "not checked: set ATLAS_WRITE_QUOTA to 100/hour (Vercel's Pro and Enterprise) or 250/month (Hobby)";
        return Finding::skipped(Check::WriteQuota, message);
    };
    let interval = args.heartbeat.max(MOST_OFTEN);
    if quota.allows_one_every(interval) {
        return Finding::ok(Check::WriteQuota, format!("{quota} is enough to keep the snapshot fresh"));
    }
    let message = format!(
        "the quota {quota} is less than what renewing an unchanged snapshot every {} min writes: set ATLAS_HEARTBEAT to 6h",
        interval.as_secs() / 60
    );
    Finding::problem(Check::WriteQuota, message)
}
