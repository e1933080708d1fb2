//! What a program may do, as RFC 6749 §3.3 writes it: words in any order, parted by one space.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The most scopes of one program, and the most bytes of one scope.
const MOST: usize = 64;

/// One scope, `sales:read`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(String);

/// A set of scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scopes(BTreeSet<Scope>);

/// A text that is no set of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// An empty scope: two spaces, or one at an end.
    #[error("scopes are parted by exactly one space")]
    Empty,
    /// A character that RFC 6749 §3.3 does not allow.
    #[error("a scope is printable ASCII without space, quotation mark and backslash")]
    Character,
    /// Too many, or too long a one.
    #[error("at most {MOST} scopes of at most {MOST} characters")]
    TooMany,
}

impl Scope {
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        match text.len() {
            0 => Err(ScopeError::Empty),
            1..=MOST if text.bytes().all(allowed) => Ok(Self(text.to_owned())),
            1..=MOST => Err(ScopeError::Character),
            _ => Err(ScopeError::TooMany),
        }
    }
}

impl Scopes {
    /// Whether it has this one.
    pub fn has(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Whether all of these are allowed.
    pub fn within(&self, allowed: &Self) -> bool {
        self.0.is_subset(&allowed.0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

impl std::str::FromStr for Scopes {
    type Err = ScopeError;

    /// The empty text is the empty set, for columns of a table.
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let set = text.split(' ').take(MOST + 1).map(str::parse).collect::<Result<BTreeSet<Scope>, _>>()?;
        if text.split(' ').count() > MOST { Err(ScopeError::TooMany) } else { Ok(Self(set)) }
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, scope) in self.0.iter().enumerate() {
            write!(f, "{}{}", if n == 0 { "" } else { " " }, scope.0)?;
        }
        Ok(())
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.to_string()
    }
}

impl TryFrom<String> for Scopes {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_in_any_order_and_written_in_one() {
        let scopes: Scopes = "stock:read sales:read stock:read".parse().expect("scopes");
        assert_eq!(scopes.to_string(), "sales:read stock:read");
        assert_eq!(serde_json::to_string(&scopes).expect("JSON"), "\"sales:read stock:read\"");
        assert!(scopes.has(&"sales:read".parse().expect("a scope")));
        assert!(!scopes.has(&"sales".parse().expect("a scope")));
        assert!("".parse::<Scopes>().expect("none").is_empty());
        assert!(scopes.within(&"a sales:read stock:read".parse().expect("scopes")));
        assert!(!scopes.within(&"sales:read".parse().expect("scopes")));
    }

    #[test]
    fn what_the_grammar_forbids_is_refused() {
        for bad in [" ", "a ", " a", "a  b"] {
            assert_eq!(bad.parse::<Scopes>(), Err(ScopeError::Empty), "{bad:?}");
        }
        for bad in ["a\tb", "\"a\"", "a\\b", "ä", "a\u{7f}", "a\nb"] {
            assert_eq!(bad.parse::<Scopes>(), Err(ScopeError::Character), "{bad:?}");
        }
        assert_eq!("a".repeat(65).parse::<Scopes>(), Err(ScopeError::TooMany));
        assert_eq!(vec!["a"; 65].join(" ").parse::<Scopes>(), Err(ScopeError::TooMany));
    }
}
