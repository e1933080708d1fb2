//! Windows and features, one code for device and training.
//!
//! A model in the shop meets exactly the numbers it met in training, because both sides push samples through the same
//! [`Window`], and a [`FeatureSpec`] whose hash is not the model's is refused before the model is loaded.

mod sample;
mod spec;
mod window;

pub use sample::Sample;
pub use spec::{COLD_CHAIN, FeatureSpec};
pub use window::{FEATURES, Vector, Window};
