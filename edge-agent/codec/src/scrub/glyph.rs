//! What a character can be inside a number: a digit of some script, or what people and programs put between digits.

/// The zero of every script of decimal digits (Unicode general category Nd); the nine others follow it.
const ZEROS: [u32; 62] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50,
    0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
];

/// The value of a decimal digit, whatever its script.
pub(super) fn digit(letter: char) -> Option<u8> {
    if letter.is_ascii() {
        return letter.to_digit(10).map(|value| value as u8);
    }
    let code = letter as u32;
    let script = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    let value = code - ZEROS[script];
    (value < 10).then_some(value as u8)
}

/// What stands between two digits of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// White space, seen or not.
    Blank,
    /// A line break.
    Newline,
    /// A dash, a dot, a field separator.
    Mark,
}

/// The kind of separator, if it is one. Letters and asterisks are none: they end a number.
pub(super) fn gap(letter: char) -> Option<Gap> {
    match letter {
        '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(Gap::Newline),
        '-' | '.' | '/' | '\\' | '_' | '|' | ',' | ';' | ':' | '=' | '^' | '&' | '+' | '~' | '\'' | '"' | '`' | '#'
        | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' => Some(Gap::Mark),
        // NUL, STX, ETX and the ASCII separators FS GS RS US, which split fields on serial lines.
        '\0' | '\u{02}' | '\u{03}' | '\u{1C}'..='\u{1F}' => Some(Gap::Mark),
        // Middle dots, soft hyphen, dashes, minus, and their wide forms.
        '\u{AD}'
        | '\u{B7}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2022}'
        | '\u{2024}'
        | '\u{2027}'
        | '\u{2043}'
        | '\u{2044}'
        | '\u{2212}'
        | '\u{2215}'
        | '\u{066B}'
        | '\u{066C}'
        | '\u{FE58}'
        | '\u{FE63}'
        | '\u{FF0D}'
        | '\u{FF0E}'
        | '\u{FF0F}'
        | '\u{FF3F}'
        | '\u{FF5C}' => Some(Gap::Mark),
        // Zero-width characters and direction marks.
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' => Some(Gap::Blank),
        letter if letter.is_whitespace() => Some(Gap::Blank),
        _ => None,
    }
}

/// What a byte that is no UTF-8 stands for: the no-break space of the code pages, or nothing of interest.
pub(super) fn lone(byte: u8) -> char {
    match byte {
        0x00..=0x7F => byte as char,
        // 0xA0 in Windows-1252 and ISO 8859, 0xFF in CP437 and CP850.
        0xA0 | 0xFF => '\u{A0}',
        _ => '\u{FFFD}',
    }
}
