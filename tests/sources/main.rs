//! Michael through every source: real `PostgreSQL`, and Supabase's REST API in front of the same database.

#![cfg(not(target_arch = "wasm32"))]

mod beside_a_writer;
mod certificates;
mod command;
mod michael;
mod migrations;
mod pgbouncer;
mod postgres;
mod postgres_faults;
mod postgres_lock;
mod postgres_reach;
mod postgres_tls;
mod postgres_types;
mod proxy;
mod races;
mod rest;
mod row_security;
mod server;
mod settings;
mod supabase;
mod supabase_faults;
mod supabase_tls;
mod two_databases;
