//! What is personal in which table, whose it is, and how it is given out, taken away and dropped.
//!
//! - [`register`] every column of every table with its class: the one list that access, erasure and docs/privacy.md share
//! - [`subject`] the rows of one person or customer: as documents, and erased
//! - [`requests`] what people asked for under the GDPR
//! - [`retention`] how long what is kept, and dropping what is past

mod past;
pub mod register;
pub mod requests;
pub mod retention;
pub mod subject;
