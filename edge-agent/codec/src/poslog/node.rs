//! One transaction as a small tree, without what must never be kept.
//!
//! Card holders, signatures, birth dates, names and authorisations are left out here, before anything else sees them, so
//! that neither a receipt nor a quarantined text can hold them.

/// Attributes that are read; all others are left out.
const ATTRIBUTES: [&str; 17] = [
    "VoidFlag",
    "CancelFlag",
    "TrainingModeFlag",
    "OfflineFlag",
    "EntryMethod",
    "ItemType",
    "TenderType",
    "TypeCode",
    "TotalType",
    "CardType",
    "TransactionStatus",
    "ReasonCode",
    "Type",
    "Action",
    "MethodCode",
    "summarizedActivity",
    "Currency",
];

/// Elements whose content is left out: payment (PCI DSS) and people.
const SECRET: [&str; 31] = [
    "CreditDebit",
    "Authorization",
    "PrimaryAccountNumber",
    "AccountNumber",
    "CardNumber",
    "CardHolderName",
    "ExpirationDate",
    "SecurityCode",
    "Track1Data",
    "Track2Data",
    "TrackData",
    "EMV",
    "ElectronicSignature",
    "Signature",
    "SignatureImage",
    "AgeRestriction",
    "BirthDate",
    "Birthdate",
    "Name",
    "CustomerName",
    "OperatorName",
    "Address",
    "Telephone",
    "TelephoneNumber",
    "EMail",
    "eMail",
    "Email",
    "PersonalID",
    "Identification",
    "ReceiptImage",
    "CheckAccountNumber",
];

/// An element.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Without its prefix.
    pub(super) name: String,
    attributes: Vec<(&'static str, String)>,
    /// All of its own text.
    pub(super) text: String,
    pub(super) children: Vec<Node>,
}

impl Node {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Whether its content must not be kept.
    pub(super) fn is_secret(&self) -> bool {
        SECRET.contains(&self.name.as_str())
    }

    /// Keeps an attribute that is one of those that are read.
    pub(super) fn keep(&mut self, name: &str, value: &str) {
        if let Some(known) = ATTRIBUTES.iter().find(|known| **known == name) {
            self.attributes.push((known, value.to_owned()));
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.trim())
    }

    /// Whether an attribute says yes (XML Schema `boolean`).
    pub(super) fn flag(&self, name: &str) -> bool {
        self.attribute(name).is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
    }

    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a child, trimmed; `None` when it says nothing.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    /// As XML again, at most `limit` bytes and a little: what a person sees of a transaction that was put aside.
    pub(super) fn show(&self, out: &mut String, limit: usize) {
        if out.len() >= limit {
            return;
        }
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}={value:?}"));
        }
        out.push('>');
        let text = self.text.trim();
        let mut end = text.len().min(limit);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        out.push_str(&text[..end]);
        for child in &self.children {
            child.show(out, limit);
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}
