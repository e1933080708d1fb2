//! Promises of the bridge: boards in virtual time, and on real pseudo-terminals.

mod lab;
mod link;
