//! Promises across modules of the hub.

mod access;
mod api;
mod audit;
mod auth;
mod bad_input;
mod broker_door;
mod broker_external;
mod broker_load;
mod broker_rig;
mod broker_rules;
mod clocks;
mod config;
mod enrol;
mod house;
mod openapi;
mod program;
mod renewal;
mod sse;
mod tls;
