//! Categories as numbers: ranked by their mean label, so that a split of ranks is a split of categories by target.

use std::collections::BTreeMap;

/// The rank of each category. Ranks are learned on the training part only; a category that was not there is missing.
///
/// Fisher (1958): among splits of a category set in two, the best one for squared loss is a cut in the order of means.
/// The order is made once, over all rows, so that a split stays `x < t` and exports as such.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TargetOrder {
    ranks: BTreeMap<u32, f32>,
}

impl TargetOrder {
    /// Ranks categories by mean label, drawn to the mean of all by `prior` rows of it; of equals the lower code first.
    pub fn fit(codes: &[u32], labels: &[f32], prior: f64) -> Self {
        let mut sums: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        let (mut all, mut rows) = (0.0, 0.0);
        for (&code, &label) in codes.iter().zip(labels).filter(|(_, label)| label.is_finite()) {
            let (sum, count) = sums.entry(code).or_default();
            *sum += f64::from(label);
            *count += 1.0;
            all += f64::from(label);
            rows += 1.0;
        }
        let mean = if rows > 0.0 { all / rows } else { 0.0 };
        let score = |(sum, count): (f64, f64)| (sum + prior.max(0.0) * mean) / (count + prior.max(0.0));
        let mut order: Vec<(f64, u32)> = sums.into_iter().map(|(code, cell)| (score(cell), code)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Self { ranks: order.into_iter().enumerate().map(|(rank, (_, code))| (code, rank as f32)).collect() }
    }

    /// The rank of a category, NaN where training did not see it.
    pub fn rank(&self, code: u32) -> f32 {
        self.ranks.get(&code).copied().unwrap_or(f32::NAN)
    }
}
