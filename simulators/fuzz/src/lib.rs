//! Mutated bytes into every decoder of the shop's wires: no panic, no hang, bounded memory.
//!
//! Each [`targets::Target`] is a decoder with seeds that reach deep into it. [`run`] mutates the seeds and the corpus kept
//! beside this crate; what a decoder panics on, or chews on for too long, is added to the corpus and told. The same
//! targets serve libFuzzer, which is guided by coverage and whose finds belong into the corpus too (docs/fuzzing.md).

pub mod corpus;
pub mod mutate;
pub mod run;
pub mod targets;
