//! Michael's tables as Phase 1 has them, filled with rows from JSON texts, and what a source makes of them.

use std::collections::BTreeMap;
use std::path::Path;

use atlas::sync::content::{OnBadRow, build};
use atlas::sync::source::file::FileSource;
use atlas::sync::source::postgres::PostgresSource;
use atlas::sync::source::{self, Row, Source, SourceError, Table};
use serde_json::Value;
use tokio_postgres::Client;

use super::server::{READER, READER_PASSWORD, Server, until};

/// The first fault among the rows that were read.
pub fn fault(read: &source::Michael) -> &str {
    read.tables.values().flat_map(|read| &read.rows).find_map(Row::fault).expect("expected a fault, found none")
}

const TABLES: &str = "
    create table widget_templates (
        id uuid primary key default gen_random_uuid(),
        widget_type text not null,
        template_id text not null unique,
        name text not null,
        layout text check (layout in ('LIST', 'GRID', 'CAROUSEL', 'CARD', 'ACCORDION', 'MARQUEE', 'STACKED', 'INLINE')),
        skin text check (skin in ('MINIMAL', 'SOFT', 'SHARP', 'GLASS')),
        density text check (density in ('COZY', 'COMPACT')),
        accents text[],
        premium boolean,
        schema_version text not null,
        defaults jsonb,
        descriptor jsonb not null,
        created_at timestamptz not null default now()
    );
    create table widget_schemas (
        id uuid primary key default gen_random_uuid(),
        widget_type text not null,
        schema_version text not null,
        schema jsonb not null,
        created_at timestamptz not null default now(),
        unique (widget_type, schema_version)
    );
    create table plan_features (
        plan_id text not null,
        feature_key text not null,
        enabled boolean not null,
        limit_value integer,
        metadata jsonb,
        updated_at timestamptz not null default now(),
        primary key (plan_id, feature_key)
    );
    create table plan_limits (
        plan_id text not null,
        limit_type text not null,
        limit_value integer,
        enforcement text check (enforcement in ('soft', 'hard')),
        grace_amount integer,
        primary key (plan_id, limit_type)
    );";

/// Rows of each table, as JSON text.
pub type Texts = BTreeMap<Table, String>;

/// A database with Michael's tables.
pub struct Michael {
    pub server: &'static Server,
    pub database: String,
    pub admin: Client,
}

impl Michael {
    /// Makes the tables, fills them, and lets the reader select, and nothing else.
    pub async fn with(texts: &Texts) -> Self {
        Self::on(Server::shared(), texts).await
    }

    pub async fn on(server: &'static Server, texts: &Texts) -> Self {
        server.reader().await;
        let database = server.database().await;
        let admin = server.admin(&database).await;
        admin.batch_execute(TABLES).await.unwrap();
        for (table, text) in texts {
            load(&admin, *table, text).await;
        }
        let names = Table::ALL.map(Table::name).join(", ");
        admin.batch_execute(&format!("grant select on {names} to {READER}")).await.unwrap();
        Self { server, database, admin }
    }

    /// With the rows of Phase 1.
    pub async fn phase_1() -> Self {
        Self::with(&phase_1()).await
    }

    /// The reader's address.
    pub fn url(&self) -> String {
        self.server.url(READER, READER_PASSWORD, &self.database)
    }

    /// How many limits there are, as the superuser sees them.
    pub async fn limits(&self) -> usize {
        self.admin.query("select from plan_limits", &[]).await.unwrap().len()
    }

    /// Waits until somebody waits for a lock in this database.
    pub async fn until_somebody_waits(&self) {
        let watch = self.server.admin(&self.database).await;
        let waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        until("wait for a lock", async || !watch.query(waiting, &[]).await.unwrap().is_empty()).await;
    }

    pub fn source(&self) -> PostgresSource {
        PostgresSource::new(&self.url().into(), None).unwrap()
    }
}

/// Fills a table with the rows of a JSON array, by the columns that its first row has.
async fn load(admin: &Client, table: Table, text: &str) {
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_str(text).unwrap();
    let Some(row) = rows.first() else { return };
    let columns = row.keys().cloned().collect::<Vec<_>>().join(", ");
    let sql = format!(
        "insert into {table} ({columns}) select {columns} from json_populate_recordset(null::{table}, $1::text::json)"
    );
    admin.execute(&sql, &[&text]).await.unwrap();
}

/// The rows that Phase 1 ships.
pub fn phase_1() -> Texts {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dev/michael");
    let text = |table: Table| std::fs::read_to_string(directory.join(format!("{table}.json"))).unwrap();
    Table::ALL.into_iter().map(|table| (table, text(table))).collect()
}

/// The same rows as files; the directory has to outlive the source.
pub fn files(texts: &Texts) -> (tempfile::TempDir, FileSource) {
    let directory = tempfile::tempdir().unwrap();
    for (table, text) in texts {
        std::fs::write(directory.path().join(format!("{table}.json")), text).unwrap();
    }
    let source = FileSource::new(directory.path());
    (directory, source)
}

/// The canonical payloads that a source's rows give: the snapshot, but for time and version.
pub async fn payloads(source: &dyn Source) -> Result<Vec<String>, SourceError> {
    let content = build(&source.read().await?, OnBadRow::Refuse).unwrap_or_else(|problems| panic!("{problems:#?}"));
    Ok(content.payloads.into_values().map(|payload| payload.text).collect())
}
