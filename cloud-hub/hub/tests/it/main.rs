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
mod catalog;
mod clocks;
mod config;
mod enrol;
mod exports;
mod factors;
mod house;
mod jobs;
mod openapi;
mod program;
mod renewal;
mod searching;
mod sse;
mod stock;
mod tls;
mod truthful;
