//! Whose data it is and where it stands: what a ciphertext is bound to.

use std::fmt;

use vyavs_domain::ids::OrgId;

/// A text that is no subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a subject is kind:id with a kind of a-z and an id of 1 to 128 bytes, and not `secrets`, which is the hub's own"
)]
pub struct SubjectError;

/// Whose data: a kind and an id, such as `customer:4711` or `staff:till-7/anna`; within an organization.
///
/// The id should be the hub's own random one where there is a choice: it stands beside the wrapped key in the database
/// until the key is destroyed. It is never printed, neither in errors nor by `Debug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(String);

impl Subject {
    /// The longest id, bytes.
    pub const MAX: usize = 128;
    const SECRETS: &'static str = "secrets:hub";

    /// A person, or whatever else is erased as one.
    pub fn new(kind: &str, id: &str) -> Result<Self, SubjectError> {
        let kind_fits = (1..=16).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_lowercase());
        let fits = kind_fits && kind != "secrets" && (1..=Self::MAX).contains(&id.len());
        if fits { Ok(Self(format!("{kind}:{id}"))) } else { Err(SubjectError) }
    }

    /// The hub itself: TOTP secrets, signing secrets of webhooks, client secrets of OIDC. Not a person, so
    /// [`crate::Vault::erase`] refuses it.
    pub fn secrets() -> Self {
        Self(Self::SECRETS.to_owned())
    }

    /// Reads what [`Subject::as_str`] wrote, from a row.
    pub fn parse(text: &str) -> Result<Self, SubjectError> {
        if text == Self::SECRETS {
            return Ok(Self::secrets());
        }
        let (kind, id) = text.split_once(':').ok_or(SubjectError)?;
        Self::new(kind, id)
    }

    /// As stored: `kind:id`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the hub's own, and no person.
    pub fn is_secrets(&self) -> bool {
        self.0 == Self::SECRETS
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.0.split(':').next().unwrap_or_default();
        write!(f, "Subject({kind}:…)")
    }
}

/// Where a field stands. A ciphertext opens only there: moved to another table, column or row it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    table: &'a str,
    column: &'a str,
    row: &'a str,
}

impl<'a> Place<'a> {
    /// A column with one value a subject.
    pub const fn new(table: &'a str, column: &'a str) -> Self {
        Self { table, column, row: "" }
    }

    /// A column with many values a subject: `row` is the row's primary key.
    pub const fn row(self, row: &'a str) -> Self {
        Self { row, ..self }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the row: its key may be personal.
        write!(f, "{}.{}", self.table, self.column)
    }
}

/// What a field is bound to beside its key. Each part has its length before it, so that no two places spell the same.
pub(crate) fn field_aad(header: &[u8], org: OrgId, subject: &Subject, place: &Place<'_>) -> Vec<u8> {
    let parts = [subject.as_str(), place.table, place.column, place.row];
    let mut aad = Vec::with_capacity(64 + parts.iter().map(|part| 4 + part.len()).sum::<usize>());
    aad.extend_from_slice(b"vyavs/field/1\0");
    aad.extend_from_slice(header);
    aad.extend_from_slice(org.0.as_bytes());
    parts.iter().for_each(|part| push(&mut aad, part));
    aad
}

pub(crate) fn push(aad: &mut Vec<u8>, part: &str) {
    aad.extend_from_slice(&(part.len() as u32).to_be_bytes());
    aad.extend_from_slice(part.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back_and_does_not_print_its_id() {
        let subject = Subject::new("customer", "anna:4711").expect("fits");
        assert_eq!(Subject::parse(subject.as_str()), Ok(subject.clone()));
        assert_eq!(format!("{subject:?}"), "Subject(customer:…)");
        assert_eq!(Subject::parse(Subject::secrets().as_str()), Ok(Subject::secrets()));
        let long = "x".repeat(Subject::MAX + 1);
        for (kind, id) in [("", "1"), ("Customer", "1"), ("customer", ""), ("customer", &long), ("secrets", "hub")] {
            assert_eq!(Subject::new(kind, id), Err(SubjectError), "{kind}:{id}");
        }
        for text in ["", "customer", ":1", "secrets:other"] {
            assert_eq!(Subject::parse(text), Err(SubjectError), "{text}");
        }
    }

    #[test]
    fn no_two_places_spell_the_same() {
        let org = OrgId(uuid::Uuid::nil());
        let subject = |id| Subject::new("customer", id).expect("fits");
        let spelled = |id, place: Place<'_>| field_aad(b"", org, &subject(id), &place);
        let all = [
            spelled("1", Place::new("people", "mail")),
            spelled("1", Place::new("peopl", "email")),
            spelled("1", Place::new("people", "mai").row("l")),
            spelled("1", Place::new("people", "mail").row("1")),
            spelled("1people", Place::new("", "mail")),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
