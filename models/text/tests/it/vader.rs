//! Given VADER's files the rules equal vaderSentiment 3.3.2; values below were printed by that package.

use vyavs_text::{Lexicon, Polarity};

use crate::data::{records, unpacked};

/// Text, negative, neutral, positive (3 decimals), compound (4 decimals).
const GOLDEN: &[(&str, f64, f64, f64, f64)] = &[
    ("The queue was horrible but the staff were kind.", 0.162, 0.505, 0.332, 0.5187),
    ("VADER is smart, handsome, and funny!", 0.0, 0.248, 0.752, 0.8439),
    ("VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!", 0.0, 0.294, 0.706, 0.9469),
    ("VADER is not smart, handsome, nor funny.", 0.646, 0.354, 0.0, -0.7424),
    ("At least it isn't a horrible book.", 0.0, 0.678, 0.322, 0.431),
    ("The book was only kind of good.", 0.0, 0.697, 0.303, 0.3832),
    (
        "The plot was good, but the characters are uncompelling and the dialog is not great.",
        0.327,
        0.579,
        0.094,
        -0.7042,
    ),
    ("Today SUX!", 0.779, 0.221, 0.0, -0.5461),
    ("Today only kinda sux! But I'll get by, lol", 0.127, 0.556, 0.317, 0.5249),
    ("Make sure you :) or :D today!", 0.0, 0.294, 0.706, 0.8633),
    ("Catch utf-8 emoji such as 💘 and 💋 and 😁", 0.0, 0.583, 0.417, 0.875),
    ("Not bad at all", 0.0, 0.513, 0.487, 0.431),
    ("I have never been so happy with a shop", 0.0, 0.628, 0.372, 0.6948),
    ("I have never ever been this happy", 0.0, 0.578, 0.422, 0.657),
    ("Without a doubt the best bakery in town", 0.0, 0.487, 0.513, 0.7438),
    ("Without doubt, an excellent idea!!", 0.0, 0.319, 0.681, 0.7502),
    ("No problems, no worries, no good.", 0.204, 0.085, 0.711, 0.6072),
    ("There is no excuse or joy here.", 0.462, 0.538, 0.0, -0.5096),
    ("The least friendly staff", 0.467, 0.533, 0.0, -0.3875),
    ("At least they are friendly", 0.0, 0.556, 0.444, 0.4939),
    ("This is the very least helpful person", 0.0, 0.661, 0.339, 0.4728),
    ("They were the shit, honestly great", 0.0, 0.2, 0.8, 0.9186),
    ("We met at the bus stop and laughed a lot", 0.0, 1.0, 0.0, 0.0),
    ("The cheese is to die for, truly great", 0.229, 0.294, 0.476, 0.6369),
    ("Yeah right, great service", 0.0, 0.241, 0.759, 0.743),
    ("It was sort of nice, kind of slow", 0.0, 0.736, 0.264, 0.3626),
    ("GREAT prices but HORRIBLE service", 0.497, 0.255, 0.248, -0.6037),
    ("good good but good bad bad", 0.521, 0.055, 0.425, -0.5789),
    ("Why???? Terrible.", 0.802, 0.198, 0.0, -0.6199),
    ("Is it good?? or bad???", 0.431, 0.29, 0.28, -0.3736),
    ("!!!!!!", 0.0, 1.0, 0.0, 0.0),
    (" ", 0.0, 0.0, 0.0, 0.0),
    ("😁", 0.0, 0.571, 0.429, 0.4588),
    ("nice😁nice 💔", 0.181, 0.234, 0.585, 0.7845),
    ("Fresh, clean and friendly: would recommend :-)", 0.0, 0.133, 0.867, 0.9001),
    ("I don't like it and I won't ever love it", 0.406, 0.594, 0.0, -0.6681),
    ("The milk was sour, the bread stale, and nobody cared.", 0.0, 0.763, 0.237, 0.4215),
    ("Hardly any help, barely any smile", 0.0, 0.463, 0.537, 0.5637),
    ("It's not the worst, nor the best", 0.289, 0.429, 0.282, -0.0191),
    ("A killer deal, a bad ass sale", 0.545, 0.28, 0.175, -0.743),
    ("I rarely hate a shop this much", 0.0, 0.667, 0.333, 0.4585),
    ("despite the long wait I was happy", 0.0, 0.619, 0.381, 0.5719),
    ("what a kiss of death for a great brand", 0.162, 0.39, 0.448, 0.6597),
    ("LOVE LOVE LOVE", 0.0, 0.0, 1.0, 0.9274),
    ("so bad it is good", 0.391, 0.31, 0.299, -0.2247),
    ("Käse war super, GRÖSSE passt, thanks", 0.285, 0.219, 0.496, 0.4404),
    ("no no no bad", 0.0, 0.131, 0.869, 0.6834),
    ("The manager was EXTREMELY rude and the till was broken :(", 0.556, 0.444, 0.0, -0.8758),
    ("extremely EXTREMELY happy", 0.0, 0.286, 0.714, 0.7188),
];

fn vader() -> Option<Lexicon> {
    let (words, emoji) = (unpacked("vader_lexicon.txt.gz")?, unpacked("emoji_utf8_lexicon.txt.gz")?);
    Some(Lexicon::vader(&words, &emoji).expect("VADER's own files"))
}

#[test]
fn sentences_score_as_the_package_printed_them() {
    let Some(vader) = vader() else { return };
    for (text, negative, neutral, positive, compound) in GOLDEN {
        let ours = vader.score(text);
        let rounded = |number: f64, places: usize| format!("{number:.places$}").parse::<f64>().expect("a number");
        assert_eq!(rounded(ours.compound, 4), *compound, "{text}");
        let shares = [ours.negative, ours.neutral, ours.positive].map(|share| rounded(share, 3));
        assert_eq!(shares, [*negative, *neutral, *positive], "{text}");
    }
}

#[test]
fn the_rules_hold_without_the_file() {
    let small =
        Lexicon::vader("good\t1.9\t0.9\nbad\t-2.5\t0.6\nno\t-1.2\t0.4\n", "😀\tgood face\n").expect("a lexicon");
    let compound = |text: &str| (small.score(text).compound * 10_000.0).round() / 10_000.0;
    // 1.9 / √(1.9² + 15), then with one mark, a booster, a negation, capitals, a "but": by hand from the paper's constants.
    assert_eq!(compound("good"), 0.4404);
    assert_eq!(compound("good!"), 0.4926);
    assert_eq!(compound("very good"), 0.4927);
    assert_eq!(compound("not good"), -0.3412);
    assert_eq!(compound("such a GOOD shop"), 0.5622);
    assert_eq!(compound("good but bad"), -0.5859);
    assert_eq!(compound("😀"), 0.4404);
    assert_eq!(small.score("  "), Polarity::default());
}

/// Each text of the data has a score in range, whatever is in it.
#[test]
fn scores_stay_in_range() {
    let Some(text) = unpacked("uci_amazon_cells.csv.gz") else { return };
    let own = Lexicon::own();
    for row in records(&text) {
        let score = own.score(&row[1]);
        assert!(score.compound.abs() <= 1.0, "{}", row[1]);
        assert!((score.negative + score.neutral + score.positive - 1.0).abs() < 1e-9, "{}", row[1]);
    }
}
