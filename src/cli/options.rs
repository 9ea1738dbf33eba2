//! How a run works, and what it may publish, by the arguments of its command.

use super::arguments::{AllowArgs, RestoreArgs, RunArgs, StoreArgs};
use crate::sync::plan::{Guarded, Protection};
use crate::sync::run::{RestoreHold, RunOptions, millis};

pub fn run_options(args: &RunArgs) -> RunOptions {
    let options = store_options(&args.publish.store);
    RunOptions {
        heartbeat_ms: millis(args.heartbeat),
        protection: protection(&args.allow, args.publish.store.max_bytes),
        min_version: args.min_version,
        on_bad_row: args.on_bad_row,
        ..options
    }
}

pub fn protection(allow: &AllowArgs, max_bytes: u64) -> Protection {
    Protection { schema_change: guarded(allow.allow_schema_change), shrink: guarded(allow.allow_shrink), max_bytes }
}

pub fn guarded(allow: bool) -> Guarded {
    if allow { Guarded::DangerAllow } else { Guarded::Refuse }
}

pub fn store_options(args: &StoreArgs) -> RunOptions {
    let protection = Protection { max_bytes: args.max_bytes, ..Protection::default() };
    RunOptions { protection, deadline: args.deadline, ..RunOptions::default() }
}

pub fn hold(args: &RestoreArgs) -> RestoreHold {
    match args.hold {
        _ if args.no_hold => RestoreHold::No,
        Some(time) => RestoreHold::For(millis(time)),
        None => RestoreHold::UntilReleased,
    }
}
