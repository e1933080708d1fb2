//! What every process needs and none should invent twice: configuration, clock, lifecycle, back-off, breakers, logs,
//! and words on standard output.

pub mod backoff;
pub mod breaker;
pub mod clock;
pub mod config;
pub mod lifecycle;
pub mod logs;
pub mod output;
pub mod tls;
