//! Promises across modules of the hub.

mod api;
mod auth;
mod broker_door;
mod broker_external;
mod broker_load;
mod broker_rig;
mod broker_rules;
mod enrol;
mod house;
mod openapi;
mod sse;
mod tls;
