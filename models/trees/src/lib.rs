//! Gradient-boosted trees over histograms: fitted here, walked here, written down as plain arrays.
//!
//! [`Table`] cuts columns of `f32` into at most 255 bins, [`fit`] grows [`Trees`] under a [`Loss`], and a [`Forest`]
//! walks them: one row, many rows, or with the reasons of a score. A split is `x < threshold`, on `f32`, and a missing
//! value (NaN) goes where training sent it; that is ONNX's `BRANCH_LT`, so what is exported answers alike.
//!
//! A fit is a function of its data, its parameters and its seed. Gradients are added up as integers, so neither the
//! order of rows nor the number of threads nor the machine shows in a tree; without sampling, shuffled rows give the
//! same trees. Logarithms and exponentials come from `libm`, not from the platform.
//!
//! After Friedman, "Greedy function approximation" (2001); Chen and Guestrin, "XGBoost" (2016), for the second-order gain
//! and the learned direction of missing values; Ke et al., "LightGBM" (2017), for leaf-wise growth over histograms.

mod boost;
mod derive;
mod error;
mod exp;
mod flat;
mod forest;
mod grow;
mod histogram;
mod loss;
mod order;
mod params;
mod sample;
mod split;
mod table;
mod target;
mod trees;

pub use boost::{Fit, fit};
pub use error::{FitError, TableError, TreesError};
pub use forest::Forest;
pub use loss::{Link, Loss};
pub use order::TargetOrder;
pub use params::{Growth, Params};
pub use table::Table;
pub use target::Target;
pub use trees::{LEAF, Trees};
