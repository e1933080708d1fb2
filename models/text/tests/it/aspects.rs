//! Reviews written by hand, and what they say of what.

use proptest::prelude::*;
use vyavs_text::{Aspect, Lexicon, aspects};

/// Aspect and the sign of its sentiment, in order.
fn told(text: &str) -> Vec<(&'static str, char)> {
    let sign = |s: f64| {
        if s > 0.05 {
            '+'
        } else if s < -0.05 {
            '-'
        } else {
            '0'
        }
    };
    aspects(text, &Lexicon::own()).into_iter().map(|m| (m.aspect.name(), sign(m.sentiment))).collect()
}

#[test]
fn reviews_are_read_clause_by_clause() {
    let cases: &[(&str, &[(&str, char)])] = &[
        ("The staff were friendly but the queue was horrible.", &[("staff", '+'), ("queue", '-')]),
        ("Overpriced. Lovely, helpful cashier!", &[("price", '-'), ("staff", '+')]),
        ("Rude staff and dirty floors", &[("staff", '-'), ("cleanliness", '-')]),
        ("Prices and staff are great", &[("price", '+'), ("staff", '+')]),
        ("Batteries were out of stock again, vegetables were fresh", &[("stock", '-'), ("quality", '+')]),
        ("We waited 25 minutes at the checkout.", &[("queue", '-')]),
        ("The toilets were filthy; great selection though", &[("cleanliness", '-'), ("stock", '+')]),
        ("Bread was mouldy and they refused to help", &[("quality", '-')]),
        ("I don't like the prices, not worth the money", &[("price", '-')]),
        ("Spotless shop, short queue", &[("cleanliness", '+'), ("queue", '+')]),
        ("Great value for money", &[("price", '+')]),
        ("It costs $4.50 there", &[("price", '0')]),
        ("We were there on Tuesday.", &[]),
        ("", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(told(text), *expected, "{text}");
    }
}

proptest! {
    /// Every clause lies inside the text, on letters' borders, and every sentiment is in range.
    #[test]
    fn any_text_can_be_read(text in "(?s).{0,200}") {
        for mention in aspects(&text, &Lexicon::default()) {
            prop_assert!(text.get(mention.clause.clone()).is_some());
            prop_assert!(mention.sentiment.abs() <= 1.0);
            prop_assert!(Aspect::ALL.contains(&mention.aspect));
        }
    }

    #[test]
    fn words_in_any_order_can_be_read(words in prop::collection::vec(
        prop::sample::select(vec!["queue", "and", "but", "staff", ",", ".", "rude", "not", "price", "1.50", "é", "though", "out of stock"]), 0..30)) {
        let text = words.join(" ");
        for mention in aspects(&text, &Lexicon::own()) {
            prop_assert!(text.get(mention.clause).is_some());
        }
    }
}
