//! Promises of the store, each kept on SQLite and on PostgreSQL.

mod clocks;
mod delivery;
mod engines;
mod given;
mod people;
mod sales;
mod signins;
mod telemetry;
mod tenants;
mod trade;
