//! `atlas-sync doctor`: what is wrong with a setup, and what to do about it.
//!
//! Every check that can run does, whatever the others find, and nothing is changed anywhere: the database is asked for
//! its catalogs and rows, and the one request that could write to the store has nothing to write (`store::write`). What
//! is wrong with the command line and the environment is checked by `cli`, which alone knows them.

mod database;
mod finding;
mod notifications;
mod reader;
mod rows;
mod signature;
mod store;
pub mod triggers;

use database::Reach;
pub use finding::{Check, Diagnosis, Finding, FindingStatus};

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::timeout;

use crate::sync::content::{Content, OnBadRow};
use crate::sync::run::{Deadline, SystemTimer, in_words};
use crate::sync::signature::Signing;
use crate::sync::source::Source;
use crate::sync::source::postgres::{Channel, PostgresSource};
use crate::sync::store::{Item, Store};

pub struct Setup {
    /// Where the rows come from, and the database if it is one; or why it cannot be opened.
    pub source: Result<(Box<dyn Source>, Option<PostgresSource>), String>,
    /// Where the snapshot goes, or why it cannot be opened.
    pub store: Result<Box<dyn Store>, String>,
    /// The id of the Edge Config, if the store is one.
    pub edge_config_id: Option<String>,
    /// What the job signs with, or why its keys cannot be used.
    pub signing: Result<Signing, String>,
    pub edge_config: Option<SecretString>,
    pub channel: Option<Channel>,
    pub on_bad_row: OnBadRow,
    pub max_bytes: u64,
    /// How long Michael's checks may take, and the store's.
    pub deadline: Duration,
}

pub async fn examine(setup: &Setup) -> Vec<Finding> {
    let ((mut findings, content), (of_store, items)) = tokio::join!(michael(setup), stored(setup));
    findings.extend(of_store);
    if let Some(items) = &items {
        findings.push(store::size(items, content.as_ref(), setup.max_bytes));
    }
    findings.push(signature::check(&setup.signing, items.as_deref()));
    let id = setup.edge_config_id.as_deref();
    findings.push(reader::check(setup.edge_config.as_ref(), id, items.as_deref()).await);
    findings
}

async fn michael(setup: &Setup) -> (Vec<Finding>, Option<Content>) {
    let (source, database) = match &setup.source {
        Ok((source, database)) => (source, database),
        Err(message) => return (vec![Finding::problem(Check::Source, message)], None),
    };
    let mut findings = Vec::new();
    let mut michael = None;
    let deadline = Deadline::after(&SystemTimer, setup.deadline);
    let checks = async {
        let mut reach = Reach::Rows;
        if let Some(database) = database {
            let store = setup.store.as_ref().ok().map(|store| store.describe());
            reach = database::check(database, store.as_deref(), &mut findings).await;
            if reach != Reach::Nothing {
                notifications::check(database, setup.channel.as_ref(), &mut findings).await;
            }
        }
        michael = rows::read(source.as_ref(), reach == Reach::Rows, &mut findings).await;
    };
    if timeout(setup.deadline, checks).await.is_err() {
        findings.push(late(
            Check::Source,
            "Michael's database",
            "the network, and locks in the database",
            setup.deadline,
        ));
    }
    let content = match michael {
        Some(michael) => rows::check(michael, setup.on_bad_row, deadline, &mut findings).await,
        None => None,
    };
    (findings, content)
}

async fn stored(setup: &Setup) -> (Vec<Finding>, Option<Vec<Item>>) {
    let store = match &setup.store {
        Ok(store) => store.as_ref(),
        Err(message) => return (vec![Finding::problem(Check::Store, message)], None),
    };
    let mut findings = Vec::new();
    let mut items = None;
    let checks = async {
        items = store::read(store, setup.signing.as_ref().ok(), &mut findings).await;
        if setup.edge_config_id.is_some() {
            findings.push(store::write(store, items.is_some()).await);
            findings.push(store::clock(store));
        }
    };
    if timeout(setup.deadline, checks).await.is_err() {
        findings.push(late(Check::Store, "the store", "the network", setup.deadline));
    }
    (findings, items)
}

fn late(check: Check, whose: &str, suspect: &str, deadline: Duration) -> Finding {
    let message = format!(
        "{whose} did not answer within the deadline ({}): check {suspect}, or give it longer with --deadline",
        in_words(deadline)
    );
    Finding::problem(check, message)
}
