//! Who stands out, by how much, and what it may have cost.

use std::collections::BTreeMap;
use std::f64::consts::PI;

use libm::{atan, tan};
use serde::Serialize;

use super::{Count, Evidence, Peers, Rule, Tally};

/// Cashiers of the whole chain below which nobody is compared: a peer group of less is a few acquaintances.
const FEWEST: usize = 5;
/// A rule is named as a reason from here on.
const TELLING: f64 = 0.01;

/// A shop: its cashiers by number, with what they did in the stretch that is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shop<K> {
    /// Which.
    pub shop: K,
    /// By the cashier's number.
    pub cashiers: BTreeMap<String, Tally>,
}

/// A rule by which somebody stands out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// Which rule.
    pub rule: Rule,
    /// How often it held.
    pub times: u64,
    /// How often it could have.
    pub exposed: u64,
    /// How often it would have with peers.
    pub expected: f64,
    /// How likely peers are to come to that many.
    pub p: f64,
    /// What was at stake beyond what is usual, in minor units.
    pub loss_minor: i64,
    /// Where it can be seen, newest last.
    pub evidence: Vec<Evidence>,
}

/// A cashier who stands out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding<K> {
    /// Where.
    pub shop: K,
    /// The cashier's number; never a name.
    pub operator: String,
    /// How likely peers are to look like this by all rules together.
    pub p: f64,
    /// What was at stake beyond what is usual, by the rule that says most: rules overlap, so it is not their sum.
    pub loss_minor: i64,
    /// Why, the most telling first.
    pub reasons: Vec<Reason>,
}

/// Nobody can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJudged {
    /// Too few peers.
    #[error("{found} cashiers were seen, and peers are compared from {FEWEST} on")]
    TooFew {
        /// How many there are.
        found: usize,
    },
    /// A bound that bounds nothing.
    #[error("false findings a shop are a number above 0 and at most 10")]
    Bound,
}

/// Who stands out, the dearest first. `false_a_shop`: how many honest cashiers a shop may be named on average in such a
/// stretch; it holds where counts are as the model says, whatever rules have to do with each other.
///
/// The rules' tails are joined by the Cauchy combination (Liu and Xie, "Cauchy combination test", JASA 115, 2020), which
/// needs no independence; whoever's joint tail is below `false_a_shop` / cashiers of the shop is named.
pub fn judge<K: Clone>(shops: &[Shop<K>], false_a_shop: f64) -> Result<Vec<Finding<K>>, NotJudged> {
    if !(false_a_shop > 0.0 && false_a_shop <= 10.0) {
        return Err(NotJudged::Bound);
    }
    let found = shops.iter().map(|shop| shop.cashiers.len()).sum();
    if found < FEWEST {
        return Err(NotJudged::TooFew { found });
    }
    let peers: Vec<(Rule, Peers)> = Rule::ALL.iter().map(|rule| (*rule, peers_of(shops, *rule))).collect();
    let mut all = Vec::new();
    for (at, shop) in shops.iter().enumerate() {
        let bound = false_a_shop / shop.cashiers.len().max(1) as f64;
        for (cashier, (operator, tally)) in shop.cashiers.iter().enumerate() {
            let reasons: Vec<Reason> =
                peers.iter().filter_map(|(rule, peers)| reason(*rule, tally, peers, (at, cashier))).collect();
            let p = joined(reasons.iter().map(|reason| reason.p));
            if p > bound {
                continue;
            }
            let mut reasons: Vec<Reason> = reasons.into_iter().filter(|reason| reason.p <= TELLING).collect();
            reasons.sort_by(|a, b| a.p.total_cmp(&b.p));
            let loss_minor = reasons.iter().map(|reason| reason.loss_minor).max().unwrap_or(0);
            all.push(Finding { shop: shop.shop.clone(), operator: operator.clone(), p, loss_minor, reasons });
        }
    }
    all.sort_by(|a, b| b.loss_minor.cmp(&a.loss_minor).then(a.p.total_cmp(&b.p)));
    Ok(all)
}

fn count(tally: &Tally, rule: Rule) -> Count {
    Count { times: tally.times(rule) as f64, exposed: tally.exposed(rule.exposure()) as f64 }
}

fn peers_of<K>(shops: &[Shop<K>], rule: Rule) -> Peers {
    Peers::new(shops.iter().map(|shop| shop.cashiers.values().map(|tally| count(tally, rule)).collect()).collect())
}

fn reason(rule: Rule, tally: &Tally, peers: &Peers, (shop, cashier): (usize, usize)) -> Option<Reason> {
    let exposed = tally.exposed(rule.exposure());
    if exposed == 0 {
        return None;
    }
    let expected = peers.expected(shop, cashier)?;
    let times = tally.times(rule);
    let beyond = if times == 0 { 0.0 } else { ((times as f64 - expected.mean) / times as f64).max(0.0) };
    Some(Reason {
        rule,
        times,
        exposed,
        expected: expected.mean,
        p: expected.tail(times),
        loss_minor: (tally.at_stake_minor(rule) as f64 * beyond) as i64,
        evidence: tally.evidence(rule).collect(),
    })
}

/// One tail of many; 1 of none.
fn joined(tails: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut many) = (0.0, 0.0);
    for p in tails {
        // Where the tangent loses its last digits it is 1 / (π p).
        let p = p.clamp(1e-300, 1.0 - 1e-3);
        sum += if p < 1e-9 { 1.0 / (p * PI) } else { tan((0.5 - p) * PI) };
        many += 1.0;
    }
    if many == 0.0 {
        return 1.0;
    }
    let mean = sum / many;
    if mean > 1e9 { 1.0 / (mean * PI) } else { 0.5 - atan(mean) / PI }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_tails_join_to_themselves_and_one_small_one_is_shared_among_all() {
        assert!((joined([0.03; 12].into_iter()) - 0.03).abs() < 1e-12);
        // With tails of one half beside it, a tail of p counts as one of n·p, nearly.
        let one = joined([1e-6].into_iter().chain([0.5; 9]));
        assert!((one / 1e-5 - 1.0).abs() < 1e-4, "{one}");
        assert!((joined([1e-40, 0.5].into_iter()) / 2e-40 - 1.0).abs() < 1e-9);
        assert_eq!(joined([].into_iter()), 1.0);
    }
}
