//! Promises of the store, each kept on SQLite and on PostgreSQL.

mod alerts;
mod catalog;
mod clocks;
mod delivery;
mod engines;
mod extracts;
mod factors;
mod given;
mod identity;
mod jobs;
mod messages;
mod notices;
mod past;
mod people;
mod privacy;
mod sales;
mod searching;
mod series;
mod sign_ins;
mod stock;
mod telemetry;
mod tenants;
mod trade;
