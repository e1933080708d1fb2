//! What people write about a shop: how they feel, about what, and the text without what names them.
//!
//! [`Lexicon::score`] is the deterministic baseline, [`Scorer`] a fitted model, [`fit()`] makes one. Values in, values out: no clock,
//! no disk, no random source; seeds arrive as arguments.

mod aspects;
mod features;
pub mod fit;
mod hash;
mod lexicon;
mod metrics;
mod model;
mod rules;
mod scrub;
mod token;

pub use aspects::{Aspect, Mention, aspects};
pub use features::{Features, MOODS, Reader};
pub use fit::{Fit, FitConfig, FitError, fit};
pub use lexicon::{Lexicon, LexiconError};
pub use metrics::{Metrics, judge};
pub use model::{Calibration, Model, ModelError, Scorer, Table};
pub use rules::Polarity;
pub use scrub::{Personal, Scrubbed, scrub};
pub use token::Tokens;
