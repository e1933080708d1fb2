//! What a review is about, a clause at a time: price, queue, stock, staff, cleanliness, quality, each with how it was found.
//!
//! A clause ends at `.`, `!`, `?`, `;`, a line's end, or a word such as "but". A comma or an "and" ends one only where both sides name an
//! aspect and the first says how it is: "rude staff and dirty floors" are two, "prices and staff are great" is one.

use std::ops::Range;

use crate::lexicon::Lexicon;
use crate::token::Tokens;

/// What a shop is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// What things cost.
    Price,
    /// Waiting, at the till above all.
    Queue,
    /// Whether things are there, and the choice.
    Stock,
    /// The people who work there.
    Staff,
    /// Of the shop: floors, air, toilets.
    Cleanliness,
    /// Of the goods.
    Quality,
}

impl Aspect {
    /// All, in the order of reports.
    pub const ALL: [Self; 6] = [Self::Price, Self::Queue, Self::Stock, Self::Staff, Self::Cleanliness, Self::Quality];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Queue => "queue",
            Self::Stock => "stock",
            Self::Staff => "staff",
            Self::Cleanliness => "cleanliness",
            Self::Quality => "quality",
        }
    }

    /// Words, or beginnings of words (`*`), or phrases that name it.
    fn cues(self) -> &'static [&'static str] {
        match self {
            Self::Price => &[
                "price*",
                "pricing",
                "pricey",
                "cost",
                "costs",
                "costly",
                "expensive",
                "inexpensive",
                "cheap",
                "cheaper",
                "cheapest",
                "overpriced",
                "affordable",
                "bargain*",
                "discount*",
                "deal",
                "deals",
                "value",
                "overcharge*",
                "charged",
                "rip off",
                "ripoff",
                "money",
                "offers",
                "promotion*",
                "voucher*",
                "coupon*",
            ],
            Self::Queue => &[
                "queue*",
                "queuing",
                "line",
                "lines",
                "wait",
                "waits",
                "waited",
                "waiting",
                "checkout*",
                "tills",
                "till",
                "minutes",
                "understaffed",
                "short staffed",
                "self checkout",
                "register",
                "registers",
            ],
            Self::Stock => &[
                "stock",
                "stocked",
                "stocks",
                "out of stock",
                "sold out",
                "shelf",
                "shelves",
                "available",
                "unavailable",
                "availability",
                "selection",
                "variety",
                "range",
                "choice",
                "choices",
                "assortment",
                "ran out",
                "run out",
            ],
            Self::Staff => &[
                "staff",
                "cashier*",
                "employee*",
                "assistant*",
                "manager*",
                "service",
                "clerk*",
                "rude",
                "friendly",
                "unfriendly",
                "helpful",
                "unhelpful",
                "polite",
                "impolite",
                "courteous",
                "attentive",
                "personnel",
                "colleague*",
                "salesman",
                "saleswoman",
                "security guard",
                "workers",
            ],
            Self::Cleanliness => &[
                "clean",
                "cleaner",
                "cleanest",
                "cleanliness",
                "unclean",
                "dirty",
                "dirt",
                "filthy",
                "filth",
                "spotless",
                "smell",
                "smells",
                "smelly",
                "smelled",
                "smelt",
                "stinks",
                "stench",
                "hygien*",
                "unhygienic",
                "tidy",
                "untidy",
                "messy",
                "floor",
                "floors",
                "toilet*",
                "restroom*",
                "bathroom*",
                "sticky",
                "dusty",
                "mouse",
                "mice",
                "cockroach*",
                "flies",
            ],
            Self::Quality => &[
                "quality",
                "fresh",
                "freshness",
                "stale",
                "rotten",
                "mouldy",
                "moldy",
                "expired",
                "broken",
                "defective",
                "faulty",
                "tasty",
                "delicious",
                "taste",
                "tastes",
                "tasted",
                "flimsy",
                "durable",
                "sturdy",
                "ripe",
                "sour",
                "bruised",
                "fell apart",
                "well made",
                "vegetables",
                "fruit",
                "meat",
                "bread",
                "milk",
                "product",
                "products",
                "goods",
                "produce",
                "food",
            ],
        }
    }
}

/// One aspect in one clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// What it is about.
    pub aspect: Aspect,
    /// The clause, as bytes of the text.
    pub clause: Range<usize>,
    /// How it was found, from -1 (worst) to +1 (best); 0 where the clause does not say.
    pub sentiment: f64,
}

/// Words that begin a clause of their own.
const TURNS: &[&str] = &["but", "however", "although", "though", "while", "whereas", "yet"];

struct Clause {
    range: Range<usize>,
    aspects: Vec<Aspect>,
    sentiment: f64,
    /// Ended by a comma or an "and": joined with the next unless both stand alone.
    open: bool,
}

/// The aspects of a text in their order, one mention for each aspect of each clause. A text about none of them has none.
pub fn aspects(text: &str, lexicon: &Lexicon) -> Vec<Mention> {
    let mut clauses: Vec<Clause> = Vec::new();
    for (range, open) in split(text) {
        let clause = read(text, range, open, lexicon);
        match clauses.last() {
            Some(last) if last.open && !stands_alone(last, &clause) => {
                let range = last.range.start..clause.range.end;
                clauses.pop();
                clauses.push(read(text, range, clause.open, lexicon));
            }
            _ => clauses.push(clause),
        }
    }
    let mention = |clause: Clause| {
        let Clause { range, aspects, sentiment, .. } = clause;
        aspects.into_iter().map(move |aspect| Mention { aspect, clause: range.clone(), sentiment })
    };
    clauses.into_iter().flat_map(mention).collect()
}

fn stands_alone(first: &Clause, next: &Clause) -> bool {
    !first.aspects.is_empty() && !next.aspects.is_empty() && first.sentiment != 0.0
}

fn read(text: &str, range: Range<usize>, open: bool, lexicon: &Lexicon) -> Clause {
    let part = &text[range.clone()];
    let mut tokens = Tokens::default();
    tokens.read(part);
    let words: Vec<&str> = tokens.iter().collect();
    let aspects = Aspect::ALL.into_iter().filter(|aspect| aspect.cues().iter().any(|cue| named(cue, &words))).collect();
    Clause { aspects, sentiment: lexicon.score(part).compound, range, open }
}

fn named(cue: &str, words: &[&str]) -> bool {
    match (cue.strip_suffix('*'), cue.contains(' ')) {
        (Some(beginning), _) => words.iter().any(|word| word.starts_with(beginning)),
        (None, true) => {
            let cue: Vec<&str> = cue.split(' ').collect();
            words.windows(cue.len()).any(|window| window == cue)
        }
        (None, false) => words.contains(&cue),
    }
}

/// Cuts a text where clauses may end; `true` where a comma or an "and" cut it.
fn split(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut cut = |from: usize, to: usize, open: bool| {
        if to > from && text[from..to].chars().any(char::is_alphanumeric) {
            parts.push((from..to, open));
        }
    };
    let mut word_at = 0;
    for (at, letter) in text.char_indices().chain([(text.len(), '\n')]) {
        if letter.is_alphanumeric() || letter == '\'' || letter == '’' || letter == '-' {
            continue;
        }
        let word = text[word_at..at].to_lowercase();
        let turns = TURNS.contains(&word.as_str());
        if (turns || word == "and") && word_at > begin {
            cut(begin, word_at, !turns);
            begin = word_at;
        }
        let next = text[at..].chars().nth(1);
        // A point or a comma inside a number ends nothing.
        let number = matches!(letter, '.' | ',') && next.is_some_and(|next| next.is_ascii_digit());
        if matches!(letter, '.' | '!' | '?' | ';' | '\n' | ',') && !number {
            // The mark stays with its clause: it counts in the score.
            let end = (at + letter.len_utf8()).min(text.len());
            cut(begin, end, letter == ',');
            begin = end;
        }
        word_at = (at + letter.len_utf8()).min(text.len());
    }
    parts
}
