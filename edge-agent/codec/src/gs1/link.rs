//! GS1 Digital Link URIs: `https://id.example/01/09520123456788/10/ABC?17=261231` (GS1 Digital Link: URI Syntax 1.5).

use super::Gs1Error;
use super::element::{Elements, Unknown};
use super::table::{self, Ai};

/// What is let pass beyond the standard.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkOptions {
    /// `gtin` for `01` and the like, which the standard has given up.
    pub names: bool,
    /// A GTIN of 8, 12 or 13 digits in place of 14.
    pub short_gtin: bool,
    /// AIs that are not in the dictionary, as attributes.
    pub unknown: Unknown,
}

/// Links are read and written here; what they carry is [`Elements`].
#[derive(Clone, Copy, Debug)]
pub struct Link;

const NAMES: [(&str, &str); 22] = [
    ("cpid", "8010"),
    ("cpsn", "8011"),
    ("cpv", "22"),
    ("gcn", "255"),
    ("gdti", "253"),
    ("giai", "8004"),
    ("ginc", "401"),
    ("gln", "414"),
    ("glnx", "254"),
    ("gmn", "8013"),
    ("grai", "8003"),
    ("gsin", "402"),
    ("gsrn", "8018"),
    ("gsrnp", "8017"),
    ("gtin", "01"),
    ("itip", "8006"),
    ("lot", "10"),
    ("party", "417"),
    ("refno", "8020"),
    ("ser", "21"),
    ("srin", "8019"),
    ("sscc", "00"),
];

impl Link {
    /// The elements of a link: its key, then the qualifiers of its path, then its attributes.
    pub fn read(uri: &str, options: LinkOptions) -> Result<Elements, Gs1Error> {
        let wrong = |what, at, expected| Gs1Error::Syntax { what, at, expected };
        let bad = |byte: u8| !(byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte));
        if let Some(at) = uri.bytes().position(bad) {
            return Err(wrong("a character that no URI has", at, "RFC 3986"));
        }
        let scheme = ["https://", "HTTPS://", "http://", "HTTP://"].into_iter().find(|scheme| uri.starts_with(scheme));
        let Some(rest) = scheme.map(|scheme| &uri[scheme.len()..]) else {
            return Err(wrong("no scheme", 0, "https:// or http://"));
        };
        let from = uri.len() - rest.len();
        let (domain, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if domain.is_empty() || path.is_empty() {
            return Err(wrong("no domain and path", from, "https://domain/01/…"));
        }
        if let Some(at) = domain.bytes().position(|byte| b"_~?#@!$&'()*+,;=%".contains(&byte)) {
            return Err(wrong("a character that no domain has", from + at, "letters, digits, points, a port"));
        }
        let path = path.split('#').next().unwrap_or(path);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut elements = Elements::default();
        let on_path = read_path(path, options, &mut elements)?;
        for pair in query.split('&') {
            read_attribute(pair, options, &mut elements)?;
        }
        judge(&elements, on_path, options)?;
        Ok(elements)
    }

    /// The link of these elements under `stem`: the first primary key, as many of its qualifiers as are there, the rest as
    /// attributes, those of fixed length first.
    pub fn write(stem: &str, elements: &Elements, options: LinkOptions) -> Result<String, Gs1Error> {
        let key = elements.iter().find(|element| element.rule.qualifiers.is_some()).ok_or(Gs1Error::NoKey)?;
        let there = |ai: &&&str| elements.get(ai).is_some();
        let alternatives = key.rule.qualifiers.iter().flatten();
        let qualifiers = alternatives.map(|list| list.iter().filter(there).copied().collect::<Vec<_>>());
        // Of two as long, the first.
        let qualifiers = qualifiers.reduce(|best, next| if next.len() > best.len() { next } else { best });
        let mut done = vec![key.ai.as_str()];
        let mut uri = format!("{}/{}/{}", stem.strip_suffix('/').unwrap_or(stem), key.ai, escape(&key.value, false));
        for ai in qualifiers.unwrap_or_default() {
            let value = elements.get(ai).unwrap_or_default();
            uri.push_str(&format!("/{ai}/{}", escape(value, false)));
            done.push(ai);
        }
        let mut mark = '?';
        for fixed in [true, false] {
            for element in elements.iter().filter(|element| element.rule.fnc1 != fixed) {
                if done.contains(&element.ai.as_str()) {
                    continue;
                }
                if !attribute(element.rule, options) {
                    return Err(Gs1Error::NotAttribute { ai: element.ai.clone() });
                }
                uri.push_str(&format!("{mark}{}={}", element.ai, escape(&element.value, true)));
                mark = '&';
                done.push(&element.ai);
            }
        }
        Ok(uri)
    }
}

fn attribute(rule: &Ai, options: LinkOptions) -> bool {
    rule.attribute && (!rule.unknown || options.unknown == Unknown::Permit)
}

/// The rule of an AI in a path, and its digits.
fn named(text: &str, options: LinkOptions) -> Option<(&'static Ai, &str)> {
    let name = NAMES.iter().find(|(name, _)| options.names && *name == text);
    let ai = name.map_or(text, |(_, ai)| ai);
    Some((table::exact(ai.as_bytes(), options.unknown)?, ai))
}

/// From the last pair of the path back to the primary key; how many elements stand there.
fn read_path(path: &str, options: LinkOptions, elements: &mut Elements) -> Result<usize, Gs1Error> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let mut at = segments.len();
    loop {
        at = at.checked_sub(2).ok_or(Gs1Error::NoKey)?;
        let (rule, _) = named(segments[at], options).ok_or(Gs1Error::NoKey)?;
        if rule.qualifiers.is_some() {
            break;
        }
    }
    for pair in segments[at..].chunks_exact(2) {
        let (rule, ai) = named(pair[0], options).ok_or(Gs1Error::NoKey)?;
        add(ai, &unescape(pair[1], false), rule, options, elements)?;
    }
    Ok(elements.0.len())
}

fn read_attribute(pair: &str, options: LinkOptions, elements: &mut Elements) -> Result<(), Gs1Error> {
    // What has no value, or no number for a name, is somebody else's.
    let Some((ai, value)) = pair.split_once('=') else { return Ok(()) };
    if ai.is_empty() || !ai.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let rule = table::exact(ai.as_bytes(), options.unknown);
    let rule = rule.ok_or_else(|| Gs1Error::NoAi { found: ai.chars().take(8).collect() })?;
    add(ai, &unescape(value, true), rule, options, elements)
}

fn add(
    ai: &str,
    value: &[u8],
    rule: &'static Ai,
    options: LinkOptions,
    elements: &mut Elements,
) -> Result<(), Gs1Error> {
    if options.short_gtin && ai == "01" && matches!(value.len(), 8 | 12 | 13) {
        let mut padded = vec![b'0'; 14 - value.len()];
        padded.extend(value);
        return elements.add(ai.to_owned(), &padded, rule);
    }
    elements.add(ai.to_owned(), value, rule)
}

/// Whether qualifiers are in order, nothing stands twice, and what is in the query belongs there.
fn judge(elements: &Elements, on_path: usize, options: LinkOptions) -> Result<(), Gs1Error> {
    let path: Vec<&str> = elements.iter().take(on_path).map(|element| element.ai.as_str()).collect();
    if !is_path(&path) {
        return Err(Gs1Error::NoKey);
    }
    for (at, element) in elements.iter().enumerate() {
        if elements.iter().take(at).any(|before| before.ai == element.ai) {
            return Err(Gs1Error::Repeated { ai: element.ai.clone() });
        }
    }
    for element in elements.iter().skip(on_path) {
        let belongs = |at: usize| {
            let mut longer = path.clone();
            longer.insert(at, &element.ai);
            is_path(&longer)
        };
        if !attribute(element.rule, options) || (1..=path.len()).any(belongs) {
            return Err(Gs1Error::NotAttribute { ai: element.ai.clone() });
        }
    }
    Ok(())
}

/// A primary key, and of one of its lists of qualifiers some in order.
fn is_path(path: &[&str]) -> bool {
    let Some((key, rest)) = path.split_first() else { return false };
    let Some(lists) = table::exact(key.as_bytes(), Unknown::Refuse).and_then(|rule| rule.qualifiers.as_ref()) else {
        return false;
    };
    lists.iter().any(|list| {
        let mut list = list.iter();
        rest.iter().all(|ai| list.any(|one| one == ai))
    })
}

/// Percent-decodes a part of a URI; in a query, `+` is a space. What is no encoding stays as it is.
pub fn unescape(text: &str, query: bool) -> Vec<u8> {
    let hex = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let coded = match (byte, bytes.get(at + 1), bytes.get(at + 2)) {
            (b'%', Some(high), Some(low)) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match (coded, byte) {
            (Some((high, low)), _) => {
                out.push(high << 4 | low);
                at += 2;
            }
            (None, b'+') if query => out.push(b' '),
            (None, byte) => out.push(*byte),
        }
        at += 1;
    }
    out
}

/// Percent-encodes all but unreserved characters; in a query, a space is `+`.
pub fn escape(text: &str, query: bool) -> String {
    let one = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
        b' ' if query => "+".to_owned(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
