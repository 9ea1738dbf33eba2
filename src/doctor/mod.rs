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
pub use finding::{Check, Diagnosis, Finding, Status};

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::timeout;

use crate::sync::content::{Content, OnBadRow};
use crate::sync::signature::Signing;
use crate::sync::source::Source;
use crate::sync::source::postgres::{Channel, PostgresSource};
use crate::sync::store::{Item, Store};

/// The setup that the checks look at.
pub struct Setup {
    pub source: Opened<Rows>,
    pub store: Opened<Place>,
    /// What the job signs with, or why its keys cannot be used.
    pub signing: Result<Signing, String>,
    /// Venice's connection string.
    pub edge_config: Option<SecretString>,
    pub channel: Option<Channel>,
    pub on_bad_row: OnBadRow,
    /// The most bytes that a snapshot may have.
    pub max_bytes: u64,
    /// How long Michael's checks may take, and the store's.
    pub deadline: Duration,
}

/// What a setting names.
pub enum Opened<T> {
    NotSet,
    /// Why it names nothing that can be opened.
    Wrong(String),
    Ready(T),
}

/// Where the rows come from.
pub enum Rows {
    Database(Box<PostgresSource>),
    Other(Box<dyn Source>),
}

/// Where the snapshot goes.
pub enum Place {
    File(Box<dyn Store>),
    /// An Edge Config, by its id.
    Vercel(Box<dyn Store>, String),
}

/// Checks everything.
pub async fn examine(setup: &Setup) -> Vec<Finding> {
    let ((mut findings, content), (of_store, items)) = tokio::join!(michael(setup), stored(setup));
    findings.extend(of_store);
    if let Some(items) = &items {
        findings.push(store::size(items, content.as_ref(), setup.max_bytes));
    }
    findings.push(signature::check(&setup.signing, items.as_deref()));
    let id = match &setup.store {
        Opened::Ready(Place::Vercel(_, id)) => Some(id.as_str()),
        _ => None,
    };
    findings.push(reader::check(setup.edge_config.as_ref(), id, items.as_deref()).await);
    findings
}

async fn michael(setup: &Setup) -> (Vec<Finding>, Option<Content>) {
    let source = match &setup.source {
        Opened::Ready(source) => source,
        Opened::NotSet => {
            let message = "expected ATLAS_SOURCE or --source, found neither: set it to postgres://…, the address of \
                           Michael's database";
            return (vec![Finding::problem(Check::Source, message)], None);
        }
        Opened::Wrong(message) => return (vec![Finding::problem(Check::Source, message)], None),
    };
    let mut findings = Vec::new();
    let mut content = None;
    let checks = async {
        match source {
            Rows::Database(database) => {
                let reach = database::check(database, &mut findings).await;
                if reach != Reach::Nothing {
                    notifications::check(database, setup.channel.as_ref(), &mut findings).await;
                }
                content = rows::check(database.as_ref(), setup.on_bad_row, reach == Reach::Rows, &mut findings).await;
            }
            Rows::Other(source) => {
                content = rows::check(source.as_ref(), setup.on_bad_row, true, &mut findings).await;
            }
        }
    };
    if timeout(setup.deadline, checks).await.is_err() {
        findings.push(late(Check::Source, "Michael's database", setup.deadline));
    }
    (findings, content)
}

async fn stored(setup: &Setup) -> (Vec<Finding>, Option<Vec<Item>>) {
    let place = match &setup.store {
        Opened::Ready(place) => place,
        Opened::NotSet => {
            let message = "expected ATLAS_STORE or --store, found neither: set it to vercel";
            return (vec![Finding::problem(Check::Store, message)], None);
        }
        Opened::Wrong(message) => return (vec![Finding::problem(Check::Store, message)], None),
    };
    let mut findings = Vec::new();
    let mut items = None;
    let checks = async {
        items = match place {
            Place::File(store) => store::read(store.as_ref(), &mut findings).await,
            Place::Vercel(store, _) => {
                let items = store::read(store.as_ref(), &mut findings).await;
                findings.push(store::write(store.as_ref(), items.is_some()).await);
                findings.push(store::clock(store.as_ref()));
                items
            }
        };
    };
    if timeout(setup.deadline, checks).await.is_err() {
        findings.push(late(Check::Store, "the store", setup.deadline));
    }
    (findings, items)
}

fn late(check: Check, whose: &str, deadline: Duration) -> Finding {
    let message = format!(
        "{whose} did not answer within the deadline ({} s): check the network, or give it longer with --deadline",
        deadline.as_secs()
    );
    Finding::problem(check, message)
}
