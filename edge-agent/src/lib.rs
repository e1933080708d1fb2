//! The agent in the store: reads tills and sensors, keeps everything on disk, thinks locally, sends what it owes.

pub mod acquire;
pub mod alarms;
pub mod app;
pub mod config;
pub mod discover;
pub mod grammar;
pub mod health;
pub mod identity;
pub mod outbox;
pub mod page;
pub mod relay;
pub mod think;
pub mod uplink;
