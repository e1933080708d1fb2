//! What is usual among peers, and how unusual a count is beside it.
//!
//! Counts follow a gamma-Poisson model on two levels: shops differ by what they sell and allow, cashiers within a shop by
//! habit. With exposure n and a shop's rate r, a cashier's count has the mean μ = n·r and the variance μ + φ·μ²; φ is found by
//! moments over all shops, Σ((k−μ)² − μ) / Σμ², and so is that between shops (Breslow, "Extra-Poisson variation in log-linear
//! models", Appl. Stat. 33, 1984). A shop's rate is shrunk towards the chain's as far as its own counts are few (Clayton and
//! Kaldor, "Empirical Bayes estimates of age-standardized relative risks", Biometrics 43, 1987). Whoever is judged is left
//! out of all of it: nobody is measured against themselves.

use libm::{exp, lgamma, log};

/// How often something happened, and how often it could have.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Times it happened.
    pub times: f64,
    /// Times it could have.
    pub exposed: f64,
}

impl Count {
    fn plus(self, other: Self) -> Self {
        Self { times: self.times + other.times, exposed: self.exposed + other.exposed }
    }

    fn minus(self, other: Self) -> Self {
        Self { times: (self.times - other.times).max(0.0), exposed: (self.exposed - other.exposed).max(0.0) }
    }
}

/// What peers would have done in somebody's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// How often, on average.
    pub mean: f64,
    /// Variance beyond Poisson's, relative to the squared mean.
    pub dispersion: f64,
}

/// Counts of one rule, cashier by cashier within shops.
#[derive(Clone, Debug)]
pub struct Peers {
    shops: Vec<Vec<Count>>,
    of_shop: Vec<Count>,
    all: Count,
    /// Σ((k−μ)² − μ) and Σμ² of each cashier.
    spread: Vec<Vec<(f64, f64)>>,
    spread_sum: (f64, f64),
    between: f64,
}

impl Peers {
    /// Of shops, each with its cashiers.
    pub fn new(shops: Vec<Vec<Count>>) -> Self {
        let of_shop: Vec<Count> =
            shops.iter().map(|cashiers| cashiers.iter().copied().fold(Count::default(), Count::plus)).collect();
        let all = of_shop.iter().copied().fold(Count::default(), Count::plus);
        let rate = if all.exposed > 0.0 { all.times / all.exposed } else { 0.0 };
        let spread: Vec<Vec<(f64, f64)>> = shops
            .iter()
            .zip(&of_shop)
            .map(|(cashiers, shop)| {
                let rate = if shop.exposed > 0.0 { shop.times / shop.exposed } else { 0.0 };
                cashiers.iter().map(|count| excess(*count, rate, shop.exposed)).collect()
            })
            .collect();
        let spread_sum = spread.iter().flatten().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let between = of_shop.iter().map(|shop| excess(*shop, rate, all.exposed));
        let between = between.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        Self { shops, of_shop, all, spread, spread_sum, between: ratio(between) }
    }

    /// What is expected of a cashier by what the others did; `None` where nobody else was exposed.
    pub fn expected(&self, shop: usize, cashier: usize) -> Option<Expected> {
        let own = *self.shops.get(shop)?.get(cashier)?;
        let (chain, here) = (self.all.minus(own), self.of_shop[shop].minus(own));
        if chain.exposed <= 0.0 {
            return None;
        }
        // Half of an event more: what nobody ever did is rare, not impossible.
        let rate = (chain.times + 0.5) / chain.exposed;
        let (rate, unsure) = if self.between > 0.0 {
            let shape = 1.0 / self.between + here.times;
            (shape / (1.0 / (self.between * rate) + here.exposed), 1.0 / shape)
        } else {
            (rate, 1.0 / (chain.times + 0.5))
        };
        let mine = self.spread[shop][cashier];
        let within = ratio((self.spread_sum.0 - mine.0, self.spread_sum.1 - mine.1));
        Some(Expected { mean: own.exposed * rate, dispersion: within + unsure + within * unsure })
    }
}

/// (k−μ)² − μ and μ². The rate holds the count itself: as with a sample's variance, deviations from it are too small by the
/// count's share of all that was exposed.
fn excess(count: Count, rate: f64, exposed: f64) -> (f64, f64) {
    let (mean, others) = (count.exposed * rate, 1.0 - count.exposed / exposed);
    if others.is_nan() || others < 1e-9 {
        return (0.0, 0.0);
    }
    ((count.times - mean) * (count.times - mean) / others - mean, mean * mean)
}

fn ratio((excess, squares): (f64, f64)) -> f64 {
    if squares > 0.0 { (excess / squares).max(0.0) } else { 0.0 }
}

impl Expected {
    /// How likely a peer is to come to `times` or more, with half of the chance of exactly `times` (mid-p: of discrete
    /// counts the plain tail is never small where little was possible). In [0, 1].
    pub fn tail(self, times: u64) -> f64 {
        if self.mean <= 0.0 {
            return if times == 0 { 0.5 } else { 0.0 };
        }
        let at = self.probability(times);
        // The shorter of the two sums; above the mean terms fall at least geometrically.
        if times as f64 > self.mean {
            let (mut term, mut sum, mut k) = (at, 0.0, times as f64);
            while term > sum * 1e-12 && term > 0.0 {
                term *= self.step(k);
                sum += term;
                k += 1.0;
            }
            return (sum + at / 2.0).min(1.0);
        }
        let (mut term, mut below, mut k) = (at, 0.0, times as f64);
        while k > 0.0 && term > 0.0 {
            term /= self.step(k - 1.0);
            below += term;
            k -= 1.0;
        }
        (1.0 - below - at / 2.0).clamp(0.0, 1.0)
    }

    /// Of exactly so many.
    fn probability(self, times: u64) -> f64 {
        let (k, mean) = (times as f64, self.mean);
        if self.dispersion < 1e-9 {
            return exp(k * log(mean) - mean - lgamma(k + 1.0));
        }
        let shape = 1.0 / self.dispersion;
        let share = mean / (mean + shape);
        exp(lgamma(k + shape) - lgamma(shape) - lgamma(k + 1.0) + shape * log(1.0 - share) + k * log(share))
    }

    /// The chance of k + 1 over that of k.
    fn step(self, k: f64) -> f64 {
        if self.dispersion < 1e-9 {
            return self.mean / (k + 1.0);
        }
        let shape = 1.0 / self.dispersion;
        (k + shape) / (k + 1.0) * self.mean / (self.mean + shape)
    }
}
