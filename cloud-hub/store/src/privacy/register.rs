//! Every column of every table, classed. A column that is not in here fails a test; so a new table is classed when it is
//! made. Access exports, erasures and docs/privacy.md all read this list.
//!
//! To add a table: one entry in [`TABLES`]; names are separated by spaces. Where rows belong to a person of the
//! organization, say by which column and what an erasure does to them ([`Fate`]).

mod tables;

pub use tables::TABLES;

/// What is in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Says nothing of a person.
    Plain,
    /// Stands for a person and names none: ids of people, pseudonyms of customers, numbers of cashiers.
    Pseudonym,
    /// Says something of a person as it stands.
    Personal,
    /// Personal and sealed under the person's own data key.
    Sealed,
    /// Lets somebody in, or opens something: never given out.
    Secret,
}

impl Class {
    /// Its name in docs/privacy.md.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "none",
            Self::Pseudonym => "pseudonym",
            Self::Personal => "personal",
            Self::Sealed => "sealed",
            Self::Secret => "secret",
        }
    }
}

/// What an erasure does to rows of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They go.
    Delete,
    /// They stay, and these columns are emptied: `email = …`, in SQL, with `$2` for the person's id as text.
    Rewrite(&'static str),
    /// They stay, for the reason given: what they say of the person is an id that leads to nobody any more.
    Keep(&'static str),
}

/// A column that leads from a row to a person of the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which column.
    pub column: &'static str,
    /// What becomes of the row.
    pub fate: Fate,
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The column of the organization; empty for the hub's own.
    pub tenant: &'static str,
    pub(crate) columns: [(Class, &'static str); 5],
    /// How its rows belong to people.
    pub people: &'static [Link],
    /// The column of a customer's pseudonym.
    pub customer: Option<&'static str>,
    /// What it holds and why, for docs/privacy.md; empty where nothing of it is personal.
    pub purpose: &'static str,
}

pub(crate) const fn table(name: &'static str) -> Table {
    use Class::{Personal, Plain, Pseudonym, Sealed, Secret};
    let columns = [(Plain, ""), (Pseudonym, ""), (Personal, ""), (Sealed, ""), (Secret, "")];
    Table { name, tenant: "org_id", columns, people: &[], customer: None, purpose: "" }
}

impl Table {
    pub(crate) const fn tenant(self, tenant: &'static str) -> Self {
        Self { tenant, ..self }
    }

    const fn class(self, at: usize, names: &'static str) -> Self {
        let mut columns = self.columns;
        columns[at].1 = names;
        Self { columns, ..self }
    }

    pub(crate) const fn plain(self, names: &'static str) -> Self {
        self.class(0, names)
    }

    pub(crate) const fn pseudonym(self, names: &'static str) -> Self {
        self.class(1, names)
    }

    pub(crate) const fn personal(self, names: &'static str) -> Self {
        self.class(2, names)
    }

    pub(crate) const fn sealed(self, names: &'static str) -> Self {
        self.class(3, names)
    }

    pub(crate) const fn secret(self, names: &'static str) -> Self {
        self.class(4, names)
    }

    pub(crate) const fn people(self, people: &'static [Link]) -> Self {
        Self { people, ..self }
    }

    pub(crate) const fn customer(self, column: &'static str) -> Self {
        Self { customer: Some(column), ..self }
    }

    pub(crate) const fn purpose(self, purpose: &'static str) -> Self {
        Self { purpose, ..self }
    }

    /// Its columns, each with its class.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, Class)> {
        let of = |(class, names): (Class, &'static str)| names.split_whitespace().map(move |name| (name, class));
        self.columns.into_iter().flat_map(of)
    }

    /// The columns that may be given to the person they are of.
    pub(crate) fn given(&self) -> impl Iterator<Item = &'static str> {
        self.columns().filter(|(_, class)| !matches!(class, Class::Secret | Class::Sealed)).map(|(name, _)| name)
    }
}

/// The register as docs/privacy.md shows it: one line a table that holds anything personal, and the names of the others.
pub fn markdown() -> String {
    use std::fmt::Write as _;
    let mut text = String::from(
        "| table | pseudonyms | personal | sealed | secret | what it is for | on erasure of a person |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let mut others = Vec::new();
    for table in TABLES {
        if table.columns().all(|(_, class)| class == Class::Plain) {
            others.push(table.name);
            continue;
        }
        let of = |wanted: Class| {
            let names: Vec<_> = table.columns().filter(|(_, class)| *class == wanted).map(|(name, _)| name).collect();
            names.join(", ")
        };
        let fate = |link: &Link| match link.fate {
            Fate::Delete => format!("rows of `{}` go", link.column),
            Fate::Rewrite(_) => format!("emptied, by `{}`", link.column),
            Fate::Keep(why) => format!("`{}` stays: {why}", link.column),
        };
        let mut fates: Vec<_> = table.people.iter().map(fate).collect();
        fates.extend(table.customer.map(|column| format!("`{column}` of a customer is taken out")));
        let (pseudonym, personal) = (of(Class::Pseudonym), of(Class::Personal));
        let (sealed, secret) = (of(Class::Sealed), of(Class::Secret));
        let _ = writeln!(
            text,
            "| {} | {pseudonym} | {personal} | {sealed} | {secret} | {} | {} |",
            table.name,
            table.purpose,
            fates.join("; ")
        );
    }
    let _ = writeln!(text, "\nNothing of a person stands in: {}.", others.join(", "));
    text
}
