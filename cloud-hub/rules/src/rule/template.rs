//! Texts with names in braces.

/// Names that say what the firing is about.
pub(super) const ABOUT: &[&str] = &["rule", "store", "subject", "kind", "model", "group", "measure"];
/// Names of what was seen, which differ from firing to firing.
pub(super) const SEEN: &[&str] = &["value", "limit", "since"];

/// The first name in braces that is none of `known`, or a brace without its other half.
pub(super) fn wrong<'a>(text: &'a str, known: &[&[&str]]) -> Option<&'a str> {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let found = &rest[at..];
        let Some(name) = found.strip_prefix('{').and_then(|inside| inside.split_once('}')).map(|(name, _)| name) else {
            return Some(found);
        };
        if !known.iter().any(|names| names.contains(&name)) {
            return Some(&found[..name.len() + 2]);
        }
        rest = &found[name.len() + 2..];
    }
    None
}

/// Fills in what `get` knows; what it does not know stays. What is filled in is not looked at again, so a subject named
/// `{value}` stays that.
pub(super) fn fill(text: &str, get: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let named = rest[1..].split_once('}').and_then(|(name, after)| get(name).map(|value| (value, after)));
        match named {
            Some((value, after)) => {
                out.push_str(&value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_once() {
        let get = |name: &str| match name {
            "subject" => Some("{value}".to_owned()),
            "value" => Some("7".to_owned()),
            _ => None,
        };
        assert_eq!(fill("{subject} is {value}", get), "{value} is 7");
        assert_eq!(fill("{nobody} {", get), "{nobody} {");
        assert_eq!(fill("none, é", get), "none, é");
    }

    #[test]
    fn a_wrong_name_and_a_lone_brace_are_named() {
        assert_eq!(wrong("{rule}/{subject}", &[ABOUT]), None);
        assert_eq!(wrong("{rule}/{value}", &[ABOUT]), Some("{value}"));
        assert_eq!(wrong("{rule}/{value}", &[ABOUT, SEEN]), None);
        assert_eq!(wrong("a } b", &[ABOUT]), Some("} b"));
        assert_eq!(wrong("a {rule", &[ABOUT]), Some("{rule"));
        assert_eq!(wrong("{}", &[ABOUT]), Some("{}"));
    }
}
