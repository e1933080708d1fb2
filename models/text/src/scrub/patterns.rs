//! The shapes that are looked for. The group `it` is what goes.

use std::sync::LazyLock;

use regex::Regex;

use super::Personal;

pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// Whether a find is one, by what the expression cannot say.
    pub(super) accepts: fn(&str) -> bool,
}

static PATTERNS: LazyLock<Vec<(Personal, Vec<Pattern>)>> = LazyLock::new(|| {
    let name = r"(?:\p{Lu}[\p{L}'’-]+|\p{Lu}\.)";
    let names = format!(r"(?<it>{name}(?:[ \t]+{name}){{0,2}})");
    let pattern = |text: &str, accepts: fn(&str) -> bool| Pattern {
        regex: Regex::new(text).expect("a constant expression, compiled in the tests"),
        accepts,
    };
    let always: fn(&str) -> bool = |_| true;
    vec![
        (
            Personal::Email,
            vec![
                pattern(
                    r"(?i)(?<it>[\p{L}\p{N}][\p{L}\p{N}._%+'-]*\s?(?:@|\(at\)|\[at\])\s?[\p{L}\p{N}-]+(?:(?:\.|\s?\(dot\)\s?|\s?\[dot\]\s?)[\p{L}\p{N}-]{2,})+)",
                    always,
                ),
                pattern(
                    r"(?i)\b(?<it>[\w.+-]+\s+at\s+[\w-]+\s+dot\s+(?:com|net|org|info|co|de|uk|fr|it|es|nl|eu)\b)",
                    always,
                ),
            ],
        ),
        (
            Personal::Loyalty,
            vec![pattern(
                r"(?i)\b(?:loyalty|member(?:ship)?|club\s?card|nectar|payback|rewards?|bonus|customer|account|points)\b(?:[ \t]+(?:card|club|no|nr|num|number|id|account|code|is|was))*[ \t.:#№()-]*(?<it>(?-i:[A-Z]{1,4}[ -]?)?[0-9](?:[ -]?[0-9]){4,18})\b",
                always,
            )],
        ),
        (
            Personal::Address,
            vec![
                // Number and street as English writes them, a town and a code after it as far as they follow.
                pattern(
                    r"(?<it>\b[0-9]{1,5}[a-zA-Z]?,?[ \t]+(?:\p{Lu}[\p{L}'’.-]*[ \t]+){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Boulevard|Blvd|Crescent|Gardens|Hill)\b\.?(?:,?[ \t]+(?:\p{Lu}[\p{L}'’-]+[ \t,]+){1,3}(?:[A-Z]{2}[ \t]+[0-9]{5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][A-Z0-9]?[ \t]*[0-9][A-Z]{2})\b)?)",
                    always,
                ),
                pattern(
                    r"(?<it>\b\p{Lu}[\p{L}-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|ring)[ \t]+[0-9]{1,4}[ \t]?[a-z]?\b(?:,?[ \t]+(?:[A-Z]{1,2}-)?[0-9]{4,5}[ \t]+\p{Lu}[\p{L}-]+)?)",
                    always,
                ),
                // Codes that cannot be anything else.
                pattern(r"(?<it>\b[A-Z]{1,2}[0-9][A-Z0-9]?[ \t]*[0-9][A-Z]{2}\b)", always),
                pattern(r"(?<it>\b[A-Z]{2}[ \t]+[0-9]{5}(?:-[0-9]{4})?\b)", always),
                pattern(
                    r"(?i)\b(?:zip|postcode|postal code|plz)(?:[ \t]+(?:code|is))*[ \t:]*(?<it>[0-9]{4,5}(?:-[0-9]{4})?)\b",
                    always,
                ),
            ],
        ),
        (
            Personal::Phone,
            vec![
                pattern(
                    r"(?i)\b(?:phone|tel|telephone|mobile|cell|call|text|ring|whatsapp|reach)\b[ \t.:]*(?:(?:me|us|no|nr|number|is|at|on|under)\b[ \t.:]*)*(?<it>[+(]?[0-9][0-9 ().\-/]{4,20}[0-9])",
                    |it| (6..=15).contains(&digits(it)),
                ),
                pattern(r"(?<it>(?:\+|\b00)[ ]?[(]?[0-9][0-9 ().\-/]{5,20}[0-9])", |it| (7..=17).contains(&digits(it))),
                pattern(r"(?<it>[(]?\b0[0-9 ()\-/.]{7,18}[0-9])\b", |it| {
                    (9..=12).contains(&digits(it)) && !is_date(it)
                }),
                pattern(r"(?<it>(?:\b1[ .-])?(?:\([0-9]{3}\)[ ]?|\b[0-9]{3}[ .-])[0-9]{3}[ .-]?[0-9]{4})\b", always),
            ],
        ),
        (
            Personal::Name,
            vec![
                pattern(&format!(r"\b(?i:dear|hi|hello|hey|hallo|liebe[r]?)[ \t,]+{names}"), is_name),
                pattern(&format!(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herr|Frau)\b\.?[ \t]+{names}"), is_name),
                pattern(
                    r"(?i)\b(?:my name is|my name's|name is|i am called)[ \t]+(?<it>\p{L}[\p{L}'’-]+(?-i:[ \t]+\p{Lu}[\p{L}'’-]+){0,2})",
                    is_name,
                ),
                pattern(
                    &format!(
                        r"\b(?i:served by|cashier|manager|assistant|employee|colleague|called|named|ask for|thanks to|shout out to)[ \t]+{names}"
                    ),
                    is_name,
                ),
                // At the end of a text or line: "Kind regards, Anna Smith", "- Anna".
                pattern(
                    &format!(
                        r"(?m)\b(?i:regards|sincerely|faithfully|cheers|thanks|thank you|best wishes|wishes|yours|greetings|signed|grüße|gruß)[ \t]*[,.!:;–-]*\s*{names}[ \t.!]*$"
                    ),
                    is_name,
                ),
                pattern(&format!(r"(?m)(?:^|[.!?])[ \t]*[-–—~][ \t]*{names}[ \t.!]*$"), is_name),
            ],
        ),
    ]
});

/// The expressions of a class, in the order they are tried.
pub(super) fn of(class: Personal) -> &'static [Pattern] {
    PATTERNS.iter().find(|(other, _)| *other == class).map_or(&[], |(_, patterns)| patterns)
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// `01.02.2024` and `01/02/2024` with what follows.
fn is_date(text: &str) -> bool {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[0-9]{2}[./-][0-9]{2}[./-](?:19|20)[0-9]{2}\b")
            .expect("a constant expression, compiled in the tests")
    });
    DATE.is_match(text)
}

/// Not who, but what is greeted.
fn is_name(text: &str) -> bool {
    const OTHERS: &[&str] = &[
        "all",
        "everyone",
        "everybody",
        "there",
        "team",
        "sir",
        "sirs",
        "madam",
        "manager",
        "customer",
        "customers",
        "store",
        "staff",
        "folks",
        "guys",
        "shop",
        "support",
        "service",
        "management",
        "people",
        "friends",
        "again",
        "i",
        "we",
        "you",
        "the",
        "this",
        "it",
        "they",
        "not",
        "not.",
        "and",
        "for",
        "so",
        "but",
        "just",
        "great",
        "good",
        "very",
        "please",
        "ladies",
        "gentlemen",
        "both",
        "never",
        "what",
        "my",
        "was",
    ];
    let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    !OTHERS.contains(&first.as_str())
}
