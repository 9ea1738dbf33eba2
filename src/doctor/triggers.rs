//! The triggers that notify a job of changes, as SQL to run, and how to see whether they are there.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::sync::source::Table;
use crate::sync::source::postgres::Channel;

/// The channel of the triggers where none is named.
pub const DEFAULT_CHANNEL: &str = "atlas";

/// SQL that makes the triggers, or makes them anew. The channel is the triggers' argument, and each channel has triggers of
/// its own, so that jobs for several stores can listen beside each other.
pub fn sql(channel: &Channel) -> String {
    let (name, trigger) = (channel.literal(), trigger(channel));
    let mut sql = format!(
        "\
-- Notifies the channel {name} of every change to Michael's tables: one notification for each statement, without content.
-- Run it as the owner of the tables, as often as you like. Then start: atlas-sync serve --listen-channel …
-- A trigger sees what is done to its own table: where one is a view or has partitions, notify from the tables behind.
-- A view, or before PostgreSQL 16 a foreign table, is refused with an error; the other tables get theirs all the same.
-- Each channel has triggers of its own; the next line takes away those of all.
-- To remove it: drop function public.atlas_notify() cascade;
begin;
create or replace function public.atlas_notify() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_notify(tg_argv[0], '');
  return null;
end
$$;
commit;
"
    );
    for table in Table::ALL {
        // Writing to a `String` cannot fail.
        let _ = write!(
            sql,
            "\
begin;
drop trigger if exists {trigger} on public.{table};
create trigger {trigger} after insert or update or delete or truncate on public.{table}
  for each statement execute function public.atlas_notify({name});
commit;
"
        );
    }
    sql
}

/// The name of a channel's triggers. A channel's own name may be as long as an identifier, so its hash stands for it.
fn trigger(channel: &Channel) -> String {
    let channel = channel.to_string();
    if channel == DEFAULT_CHANNEL {
        return "atlas_notify".to_owned();
    }
    let hash = Sha256::digest(channel.as_bytes());
    format!("atlas_notify_{:016x}", u64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default()))
}

/// For each table that is there: its kind, as `pg_class.relkind` has it, but `p` for each that has child tables; and the
/// events, as `pg_trigger.tgtype` has them, of which an enabled trigger notifies the channel. A trigger counts, whoever wrote
/// it, if its function calls `pg_notify` and has the channel in its text or is given it; but not one that is for some of the
/// columns.
pub fn query(channel: &Channel) -> String {
    let (name, tables) = (channel.literal(), Table::ALL.map(|table| format!("'{table}'")).join(", "));
    format!(
        "select c.relname,
             case when exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid) then 'p' else c.relkind end,
             coalesce(pg_catalog.bit_or(t.tgtype::pg_catalog.int4) & 60, 0)
         from pg_catalog.pg_class c
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
         left join (pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid and p.prosrc ilike '%pg_notify%')
             on t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgattr::pg_catalog.text = ''
             and (t.tgargs = pg_catalog.convert_to({name}, pg_catalog.getdatabaseencoding()) || pg_catalog.decode('00', 'hex')
                  or pg_catalog.strpos(p.prosrc, {name}) > 0)
         where c.relname in ({tables})
         group by c.oid, c.relname, c.relkind"
    )
}
