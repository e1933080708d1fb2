//! The hub: broker, ingest, API, dashboard, in one program.

pub mod access;
pub mod alerts;
pub mod api;
pub mod app;
pub mod broker;
pub mod config;
mod files;
pub mod identity;
pub mod import;
pub mod ingest;
pub mod jobs;
pub mod live;
pub mod messages;
pub mod outbound;
pub mod privacy;
mod register;
pub mod series;
pub mod ui;
