//! Promises of the formats, kept against readers that know nothing of this crate.

mod csv;
mod formulas;
mod pdf;
mod rows;
mod support;
mod xlsx;
