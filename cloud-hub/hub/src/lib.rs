//! The hub: broker, ingest, API, dashboard, in one program.

pub mod access;
pub mod api;
pub mod app;
pub mod broker;
pub mod config;
pub mod identity;
pub mod import;
pub mod ingest;
pub mod jobs;
pub mod live;
mod register;
pub mod ui;
