//! The five counts, and the first few examples of each for people.

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;

use super::{Held, Key, Ticket};

/// Rows (heads and lines) that are not as they should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Promised and not held.
    pub missing: u64,
    /// Held once more than promised.
    pub duplicate: u64,
    /// Held, but some field differs.
    pub altered: u64,
    /// Held, but before something that came earlier on the same till.
    pub misordered: u64,
    /// Held though never promised, or a number of the stream that nothing accounts for.
    pub unexplained: u64,
}

impl Counts {
    /// Whether all are 0.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }

    /// The larger of each: two lists that see the same fault see it once.
    pub fn worst(self, other: Self) -> Self {
        Self {
            missing: self.missing.max(other.missing),
            duplicate: self.duplicate.max(other.duplicate),
            altered: self.altered.max(other.altered),
            misordered: self.misordered.max(other.misordered),
            unexplained: self.unexplained.max(other.unexplained),
        }
    }
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many of each.
    pub counts: Counts,
    /// The first of them, a sentence each.
    pub examples: Vec<String>,
}

/// Enough to see what kind of fault it is.
const EXAMPLES: usize = 20;

impl Comparison {
    fn note(&mut self, example: impl FnOnce() -> String) {
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }

    /// Pairs what was promised under one name with what is held under it.
    fn pair<F: PartialEq + std::fmt::Debug>(&mut self, what: &dyn Fn() -> String, promised: &[&F], held: &[&F]) {
        let mut left: Vec<&F> = held.to_vec();
        let mut open: Vec<&F> = Vec::new();
        for fact in promised {
            match left.iter().position(|other| other == fact) {
                Some(place) => drop(left.swap_remove(place)),
                None => open.push(fact),
            }
        }
        let altered = open.len().min(left.len());
        self.counts.altered += altered as u64;
        self.counts.missing += (open.len() - altered) as u64;
        let extra = (left.len() - altered) as u64;
        // Under a name that nobody promised it is not a second one of anything.
        *(if promised.is_empty() { &mut self.counts.unexplained } else { &mut self.counts.duplicate }) += extra;
        for (fact, other) in open.iter().zip(&left) {
            self.note(|| format!("altered: {}: promised {fact:?}, held {other:?}", what()));
        }
        if open.len() > altered {
            self.note(|| format!("missing: {}", what()));
        }
        if extra > 0 {
            let name = if promised.is_empty() { "unexplained: never promised" } else { "duplicate" };
            self.note(|| format!("{name}: {}", what()));
        }
    }
}

fn group<'a, K: Eq + Hash, F>(items: impl Iterator<Item = (K, &'a F)>) -> HashMap<K, Vec<&'a F>> {
    let mut groups: HashMap<K, Vec<&F>> = HashMap::new();
    for (key, fact) in items {
        groups.entry(key).or_default().push(fact);
    }
    groups
}

/// The promises with the customers as the hub keeps them: by pseudonyms, the same for one customer within a year. Which one
/// stands for whom is learnt from the first ticket that tells; whatever does not agree with it is left as it was promised,
/// and so is found altered.
fn as_kept(promised: &[Ticket], held: &Held) -> Vec<Ticket> {
    let by_key = group(held.heads.iter().map(|head| (&head.key, &head.facts)));
    let year = |key: &Key| key.business_day.get(..4).unwrap_or_default().to_owned();
    let (mut kept, mut whose) = (HashMap::new(), HashMap::new());
    for ticket in promised {
        let heads = by_key.get(&ticket.key).map_or(&[][..], Vec::as_slice);
        if let (Some(number), [only]) = (&ticket.head.customer, heads)
            && let Some(pseudonym) = &only.customer
        {
            let name = (year(&ticket.key), number.clone());
            if whose.entry(pseudonym.clone()).or_insert_with(|| name.clone()) == &name {
                kept.entry(name).or_insert_with(|| pseudonym.clone());
            }
        }
    }
    let mut promised = promised.to_vec();
    for Ticket { key, head, lines } in &mut promised {
        let year = year(key);
        let customers = std::iter::once(&mut head.customer).chain(lines.iter_mut().map(|(_, line)| &mut line.customer));
        for customer in customers.flatten() {
            if let Some(pseudonym) = kept.get(&(year.clone(), customer.clone())) {
                customer.clone_from(pseudonym);
            }
        }
    }
    promised
}

/// Compares `promised`, in the order the till was told, with what the hub holds.
pub fn compare(promised: &[Ticket], held: &Held) -> Comparison {
    let promised = &as_kept(promised, held)[..];
    let mut found = Comparison::default();
    let mut heads_held = group(held.heads.iter().map(|head| (&head.key, &head.facts)));
    let mut lines_held = group(held.lines.iter().map(|line| ((&line.key, line.line_no), &line.facts)));
    let heads = group(promised.iter().map(|ticket| (&ticket.key, &ticket.head)));
    let lines = group(
        promised.iter().flat_map(|ticket| ticket.lines.iter().map(|(line_no, facts)| ((&ticket.key, *line_no), facts))),
    );
    // In the order of the list, so that the examples are the first and always the same.
    for ticket in promised {
        if let (Some(mine), theirs) = (heads.get(&ticket.key), heads_held.remove(&ticket.key)) {
            // A name promised twice was settled at its first.
            if theirs.is_some() || std::ptr::eq(mine[0], &ticket.head) {
                found.pair(&|| format!("the head of {}", ticket.key), mine, &theirs.unwrap_or_default());
            }
        }
        for (line_no, facts) in &ticket.lines {
            let name = (&ticket.key, *line_no);
            if let (Some(mine), theirs) = (lines.get(&name), lines_held.remove(&name))
                && (theirs.is_some() || std::ptr::eq(mine[0], facts))
            {
                found.pair(&|| format!("{} line {line_no}", ticket.key), mine, &theirs.unwrap_or_default());
            }
        }
    }
    for (key, theirs) in heads_held {
        found.pair(&|| format!("the head of {key}"), &[], &theirs);
    }
    for ((key, line_no), theirs) in lines_held {
        found.pair(&|| format!("{key} line {line_no}"), &[], &theirs);
    }
    order(promised, held, &mut found);
    let gaps = held.gaps.unexplained();
    found.counts.unexplained += gaps;
    if gaps > 0 {
        found.note(|| format!("unexplained: {gaps} settled numbers of the stream are held nowhere ({:?})", held.gaps));
    }
    found
}

/// Counts each row that comes before one which was promised earlier on the same till.
fn order(promised: &[Ticket], held: &Held, found: &mut Comparison) {
    let mut places: HashMap<&Key, (usize, HashMap<i64, usize>)> = HashMap::with_capacity(promised.len());
    for (place, ticket) in promised.iter().enumerate() {
        let lines = ticket.lines.iter().enumerate().map(|(at, (line_no, _))| (*line_no, at)).collect();
        places.entry(&ticket.key).or_insert((place, lines));
    }
    let mut last: HashMap<&str, usize> = HashMap::new();
    for head in &held.heads {
        let Some((place, _)) = places.get(&head.key) else { continue };
        if last.insert(&head.key.terminal, *place).is_some_and(|before| before > *place) {
            found.counts.misordered += 1;
            found.note(|| format!("misordered: the head of {} stands after a later one", head.key));
        }
    }
    let mut last: HashMap<&str, (usize, usize)> = HashMap::new();
    for line in &held.lines {
        let Some((place, lines)) = places.get(&line.key) else { continue };
        let Some(at) = lines.get(&line.line_no) else { continue };
        if last.insert(&line.key.terminal, (*place, *at)).is_some_and(|before| before > (*place, *at)) {
            found.counts.misordered += 1;
            found.note(|| format!("misordered: {} line {} stands after a later one", line.key, line.line_no));
        }
    }
}
