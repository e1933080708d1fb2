//! History in, artifact out.
//!
//! A fit is a pure function of its seed: the same command gives the same bytes, on any machine and at any optimisation
//! level. So there is one thread, one order, and no function here whose last bit a platform may choose (no
//! exponential, logarithm or cosine; square roots are exact by IEEE 754).

pub mod anomaly;
mod baseline;
mod card;
mod export;
mod history;
mod judge;
mod net;
mod whiten;

pub use export::Fitted;
