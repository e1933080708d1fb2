//! Every method by its name.

use crate::baseline::root_mean_square;
use crate::history::{History, Refusal};
use crate::path::Path;
use crate::{autoregress, baseline, ets, intermittent, stl, theta};

/// The weight that Croston's and Teunter's methods give to the newest demand.
const SPARSE_WEIGHT: f64 = 0.1;

/// A way to forecast one series from its own past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// The last value.
    Naive,
    /// The value one (longest) season ago.
    SeasonalNaive,
    /// The last value without its season, with the season put back.
    Naive2,
    /// Simple exponential smoothing.
    Ses,
    /// Holt's linear trend.
    Holt,
    /// Holt's trend, damped.
    Damped,
    /// Exponential smoothing, model chosen by AICc.
    Ets,
    /// The standard theta method.
    Theta,
    /// The dynamic optimised theta model.
    DynamicTheta,
    /// Several seasons by STL, the rest by exponential smoothing.
    Mstl,
    /// The same on logarithms, the rest by autoregression.
    MstlLog,
    /// Autoregression on lags and seasonal lags.
    Autoregression,
    /// Croston's method.
    Croston,
    /// Croston without its bias.
    Sba,
    /// Teunter, Syntetos & Babai.
    Tsb,
    /// Aggregated, smoothed, spread again.
    Adida,
    /// The mean of that over all block lengths.
    Imapa,
}

impl Method {
    /// All of them, simplest first.
    pub const ALL: [Self; 17] = [
        Self::Naive,
        Self::SeasonalNaive,
        Self::Naive2,
        Self::Ses,
        Self::Holt,
        Self::Damped,
        Self::Ets,
        Self::Theta,
        Self::DynamicTheta,
        Self::Mstl,
        Self::MstlLog,
        Self::Autoregression,
        Self::Croston,
        Self::Sba,
        Self::Tsb,
        Self::Adida,
        Self::Imapa,
    ];

    /// Its name in commands and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::SeasonalNaive => "snaive",
            Self::Naive2 => "naive2",
            Self::Ses => "ses",
            Self::Holt => "holt",
            Self::Damped => "damped",
            Self::Ets => "ets",
            Self::Theta => "theta",
            Self::DynamicTheta => "dot",
            Self::Mstl => "mstl",
            Self::MstlLog => "mstl-log",
            Self::Autoregression => "ar",
            Self::Croston => "croston",
            Self::Sba => "sba",
            Self::Tsb => "tsb",
            Self::Adida => "adida",
            Self::Imapa => "imapa",
        }
    }

    /// The method of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Mean and spread of the next `horizon` steps; always finite.
    ///
    /// # Errors
    /// Refuses a horizon of 0. A series too short or too still for the method gets a simpler one's answer.
    pub fn forecast(self, history: &History, horizon: usize) -> Result<Path, Refusal> {
        let longest = history.seasons().last().copied().unwrap_or(1);
        let path = match self {
            Self::Naive => baseline::naive(history, horizon),
            Self::SeasonalNaive => baseline::seasonal_naive(history, longest, horizon),
            Self::Naive2 => baseline::naive2(history, horizon),
            Self::Ses => ets::ses(history, horizon),
            Self::Holt => ets::holt(history, false, horizon),
            Self::Damped => ets::holt(history, true, horizon),
            Self::Ets => ets::auto(history, horizon),
            Self::Theta => theta::standard(history, horizon),
            Self::DynamicTheta => theta::dynamic(history, horizon),
            Self::Mstl => stl::forecast(history, horizon),
            Self::MstlLog => stl::with_logs(history, horizon, autoregress::forecast),
            Self::Autoregression => autoregress::forecast(history, horizon),
            Self::Croston => intermittent::croston(history, SPARSE_WEIGHT, horizon),
            Self::Sba => intermittent::sba(history, SPARSE_WEIGHT, horizon),
            Self::Tsb => intermittent::tsb(history, SPARSE_WEIGHT, SPARSE_WEIGHT, horizon),
            Self::Adida => intermittent::adida(history, horizon),
            Self::Imapa => intermittent::imapa(history, horizon),
        }?;
        let values = history.values();
        let spread = root_mean_square(values.windows(2).map(|pair| pair[1] - pair[0]));
        Ok(path.sane(values[values.len() - 1], spread))
    }
}
