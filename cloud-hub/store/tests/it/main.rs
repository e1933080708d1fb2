//! Promises of the store, each kept on SQLite and on PostgreSQL.

mod catalog;
mod clocks;
mod delivery;
mod engines;
mod extracts;
mod factors;
mod given;
mod jobs;
mod people;
mod sales;
mod searching;
mod sign_ins;
mod stock;
mod telemetry;
mod tenants;
mod trade;
