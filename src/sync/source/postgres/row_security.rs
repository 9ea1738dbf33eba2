//! All rows or an error: whether row security would hide rows of Michael's tables from the role that reads them.
//!
//! A role may read a table whose row security is on if one of its policies shows every row (`using (true)`) and none
//! restricts that. `row_security = off` refuses such a table too, so it is read with `on`. Every other table, and those
//! below a view, are read with `off`, under which the server itself refuses to leave rows out.

use tokio_postgres::SimpleQueryRow;

use super::connection::Connection;
use crate::sync::source::{SourceError, Table};

/// For each table on which row security is active for this role: its name, the role, whether policies let the role see
/// every row, and whether one restricts it. [`table`] picks Michael's.
const ACTIVE: &str = "\
    select c.relname, pg_catalog.quote_ident(current_user),
           coalesce(pg_catalog.bool_or(p.polpermissive and p.shows_all), false)
               and coalesce(pg_catalog.bool_and(p.polpermissive or p.shows_all), true),
           coalesce(pg_catalog.bool_or(not p.polpermissive and not p.shows_all), false)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join lateral (
        select polpermissive, coalesce(pg_catalog.pg_get_expr(polqual, polrelid) = 'true', false) as shows_all
        from pg_catalog.pg_policy
        where polrelid = c.oid and polcmd in ('r', '*') and exists (
            select from pg_catalog.unnest(polroles) as role (oid)
            where role.oid = 0 or pg_catalog.pg_has_role(role.oid, 'USAGE'))
    ) p on true
    where n.nspname = 'public' and pg_catalog.row_security_active(c.oid)
    group by c.relname
    order by c.relname";

/// Runs `settings`, and finds the tables whose row security lets the role see every row.
pub async fn check(connection: &Connection, settings: &str) -> Result<Vec<Table>, SourceError> {
    connection.rows(settings).await?;
    let rows = connection.rows(ACTIVE).await?;
    rows.iter().filter_map(|row| Some((table(row)?, row))).map(|(table, row)| judge(connection, table, row)).collect()
}

/// The tables of which row security may hide rows from the role, each with what to do.
pub async fn hidden_tables(connection: &Connection) -> Result<Vec<SourceError>, SourceError> {
    // The server locks a table whose policies it shows. In one message, so that the setting ends with it.
    let rows = connection.rows(&format!("set local lock_timeout = '10s'; {ACTIVE}")).await?;
    let tables = rows.iter().filter_map(|row| Some((table(row)?, row)));
    Ok(tables.filter_map(|(table, row)| judge(connection, table, row).err()).collect())
}

fn table(row: &SimpleQueryRow) -> Option<Table> {
    Table::ALL.into_iter().find(|table| row.get(0) == Some(table.name()))
}

fn judge(connection: &Connection, table: Table, row: &SimpleQueryRow) -> Result<Table, SourceError> {
    let is = |place| row.get(place) == Some("t");
    if is(2) {
        return Ok(table);
    }
    let role = row.get(1).unwrap_or_default();
    let (found, remedy) = if is(3) {
        ("a restrictive policy limits", String::new())
    } else {
        let policy = format!(
            "create policy atlas_reads_all on public.{table} for select to {role} using (true), as the owner of the \
             table; or "
        );
        ("no policy shows every row to", policy)
    };
    let origin = &connection.origin;
    Err(SourceError::new(format!(
        "{origin}, table {table}: row security is on, and {found} the role {role}, so rows may be hidden from it; let it \
         see all of them: {remedy}alter role {role} bypassrls, as a superuser"
    )))
}
