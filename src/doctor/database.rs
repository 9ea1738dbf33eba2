//! Michael's database: whether the role that reads it sees all tables, columns and rows, and whether the clocks agree.

use tokio_postgres::SimpleQueryRow;

use super::finding::{Check, Finding, FindingStatus};
use crate::sync::clock::{compare, now};
use crate::sync::source::postgres::{Connection, PostgresSource, hidden_tables};
use crate::sync::source::{Source, SourceError, Table};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// There is no connection.
    Nothing,
    /// Some rows cannot be read.
    Catalogs,
    Rows,
}

/// `store` names the store whose runs share a lock, if one is set.
pub async fn check(database: &PostgresSource, store: Option<&str>, findings: &mut Vec<Finding>) -> Reach {
    let connection = match database.connect().await {
        Ok(connection) => connection,
        Err(error) => {
            findings.push(Finding::problem(Check::Source, error.to_string()));
            return Reach::Nothing;
        }
    };
    for warning in database.warnings() {
        findings.push(Finding::warning(Check::Source, warning));
    }
    findings.push(Finding::ok(Check::Source, format!("connected to {}", database.describe())));
    if let Some(store) = store {
        findings.extend(or_problem(Check::Lock, lock(&connection, store).await));
    }
    let before = findings.len();
    findings.extend(or_problem(Check::Rights, rights(&connection).await));
    findings.extend(or_problem(Check::RowSecurity, row_security(&connection).await));
    let readable = findings.iter().skip(before).all(|finding| finding.status != FindingStatus::Problem);
    findings.extend(or_problem(Check::DatabaseClock, clock(&connection).await));
    connection.close().await;
    if readable { Reach::Rows } else { Reach::Catalogs }
}

fn or_problem(check: Check, result: Result<Vec<Finding>, SourceError>) -> Vec<Finding> {
    result.unwrap_or_else(|error| vec![Finding::problem(check, error.to_string())])
}

/// Whether another session keeps every run standing by.
async fn lock(connection: &Connection, store: &str) -> Result<Vec<Finding>, SourceError> {
    Ok(vec![match PostgresSource::lock_holder(connection, store).await? {
        None => Finding::ok(Check::Lock, "no run holds the lock"),
        Some(holder) => {
            Finding::warning(Check::Lock, format!("a run, or another session, holds the lock of the runs: {holder}"))
        }
    }])
}

/// Tables and columns that are missing, those that the role may not read, and rights that it should not have.
async fn rights(connection: &Connection) -> Result<Vec<Finding>, SourceError> {
    let role = connection.rows(&role()).await?;
    let role = role.first();
    let is = |place| role.and_then(|row| row.get(place)) == Some("t");
    let name = role.and_then(|row| row.get(0)).unwrap_or_default();
    let columns = connection.rows(&columns()).await?;
    let mut findings = vec![tables(&columns), readable(&columns, name, is(1))];
    findings.push(if is(2) {
        let message = format!(
            "the role {name} may do more than read Michael's tables: let the job connect as one that can only read, as the \
             README shows"
        );
        Finding::warning(Check::Role, message)
    } else {
        Finding::ok(Check::Role, format!("{name} can only read"))
    });
    Ok(findings)
}

/// The role, whether it may look into the schema, and whether it may do more than read.
fn role() -> String {
    format!(
        "select pg_catalog.quote_ident(current_user),
                coalesce((select pg_catalog.has_schema_privilege(oid, 'USAGE')
                          from pg_catalog.pg_namespace where nspname = 'public'), false),
                (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
                    or exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                               where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'f') and c.relname in ({})
                                   and (pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                                        or pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE')))",
        Table::ALL.map(|table| format!("'{table}'")).join(", ")
    )
}

/// For each column that a sync reads: its table, its name, and whether it is there and may be read.
fn columns() -> String {
    let wanted = Table::ALL.into_iter().flat_map(|table| table.columns().iter().map(move |column| (table, column)));
    let wanted: Vec<_> = wanted.map(|(table, column)| format!("('{table}', '{column}')")).collect();
    format!(
        "select w.t, w.c, a.attnum is not null,
                coalesce(pg_catalog.has_column_privilege(k.oid, a.attnum, 'SELECT'), false), k.oid is not null
         from (values {}) as w (t, c)
         left join pg_catalog.pg_class k on k.relname = w.t and k.relkind in ('r', 'p', 'v', 'm', 'f')
             and k.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = 'public')
         left join pg_catalog.pg_attribute a
             on a.attrelid = k.oid and a.attname = w.c and a.attnum > 0 and not a.attisdropped",
        wanted.join(", ")
    )
}

/// The names in the rows of [`columns`] that this is true of: a table as a whole if all its columns are.
fn names(rows: &[SimpleQueryRow], is: impl Fn(&SimpleQueryRow) -> bool) -> Vec<String> {
    let of = |table: Table| rows.iter().filter(move |row| row.get(0) == Some(table.name()));
    let mut names = Vec::new();
    for table in Table::ALL {
        if of(table).all(&is) {
            names.push(table.name().to_owned());
        } else {
            let columns = of(table).filter(|row| is(row)).filter_map(|row| row.get(1));
            names.extend(columns.map(|column| format!("{table}.{column}")));
        }
    }
    names
}

fn tables(rows: &[SimpleQueryRow]) -> Finding {
    let missing = names(rows, |row| row.get(2) != Some("t"));
    if missing.is_empty() {
        return Finding::ok(Check::Tables, "all tables and their columns are there");
    }
    let message = format!(
        "expected {} in the schema public, found none: check that ATLAS_SOURCE names Michael's database, and that its \
         migrations have run",
        missing.join(", ")
    );
    Finding::problem(Check::Tables, message)
}

fn readable(rows: &[SimpleQueryRow], role: &str, usage: bool) -> Finding {
    let denied = names(rows, |row| row.get(2) == Some("t") && row.get(3) != Some("t"));
    let tables: Vec<_> = Table::ALL.into_iter().map(Table::name).filter(|table| of_table(&denied, table)).collect();
    let mut grants = Vec::new();
    if !usage {
        grants.push(format!("grant usage on schema public to {role}"));
    }
    if !tables.is_empty() {
        grants.push(format!("grant select on {} to {role}", tables.join(", ")));
    }
    if grants.is_empty() {
        return Finding::ok(Check::Rights, format!("{role} may read them"));
    }
    let found = if denied.is_empty() { "the schema public".to_owned() } else { denied.join(", ") };
    let message = format!("the role {role} may not read {found}: run as the owner: {}", grants.join("; "));
    Finding::problem(Check::Rights, message)
}

/// Whether the names have this table, or a column of it.
fn of_table(names: &[String], table: &str) -> bool {
    names.iter().any(|name| name.split('.').next() == Some(table))
}

async fn row_security(connection: &Connection) -> Result<Vec<Finding>, SourceError> {
    let hidden = hidden_tables(connection).await?;
    if hidden.is_empty() {
        return Ok(vec![Finding::ok(Check::RowSecurity, "no row is hidden")]);
    }
    Ok(hidden.into_iter().map(|error| Finding::problem(Check::RowSecurity, error.to_string())).collect())
}

async fn clock(connection: &Connection) -> Result<Vec<Finding>, SourceError> {
    let ahead_ms = connection.clock().await?.map(|clock| now().since(clock));
    Ok(vec![judged(Check::DatabaseClock, "Michael's server", ahead_ms)])
}

/// What a difference of clocks means, in milliseconds; `None` if the other side does not say what time it is.
pub fn judged(check: Check, whose: &'static str, ahead_ms: Option<i64>) -> Finding {
    let Some(ahead_ms) = ahead_ms else {
        return Finding::skipped(check, format!("{whose} does not say what time it is"));
    };
    match compare(whose, Some(ahead_ms)) {
        Err(error) => Finding::problem(check, error),
        Ok(Some(warning)) => Finding::warning(check, warning),
        Ok(None) => Finding::ok(check, format!("this machine's clock agrees with that of {whose}")),
    }
}
