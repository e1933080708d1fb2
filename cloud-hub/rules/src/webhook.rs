//! Calls to other systems, after the Standard Webhooks specification
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>, symmetric `v1`).
//!
//! [`signature`] signs and verifies · [`retry`] says when to try again · [`reach`] keeps calls out of our own network.

pub mod reach;
pub mod retry;
pub mod signature;
