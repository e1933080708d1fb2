//! `index.xml`: how the files of the set are written (GDPdU, "Beschreibungsstandard für die Datenträgerüberlassung" 1.1).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::DsfinvkError;
use crate::tillfile::{Encoding, NumberFormat};

/// Largest `index.xml`.
const LONGEST: u64 = 4 << 20;

/// How one file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFormat {
    /// Between columns.
    pub delimiter: u8,
    /// Around texts.
    pub quote: Option<u8>,
    /// Of numbers.
    pub numbers: NumberFormat,
    /// Of letters.
    pub encoding: Encoding,
    /// The columns in their order, for files without a line of names.
    pub columns: Vec<String>,
}

impl Default for TableFormat {
    /// As the specification has it: `;`, `"`, decimal comma, UTF-8.
    fn default() -> Self {
        Self {
            delimiter: b';',
            quote: Some(b'"'),
            numbers: NumberFormat { decimal_mark: ',', thousands: None },
            encoding: Encoding::Utf8,
            columns: Vec::new(),
        }
    }
}

/// The description of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    tables: BTreeMap<String, TableFormat>,
}

impl Index {
    /// Reads `index.xml`. A document type may name the standard's DTD, which is never fetched; declarations of its own are
    /// refused.
    pub fn read(file: impl BufRead) -> Result<Self, DsfinvkError> {
        let wrong = |why: String| DsfinvkError::Index(crate::tillfile::quote(&why, 200));
        let mut reader = Reader::from_reader(BufReader::new(file.take(LONGEST)));
        let mut index = Self::default();
        let mut open: Vec<String> = Vec::new();
        let (mut text, mut url) = (String::new(), String::new());
        let mut format = TableFormat::default();
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer) {
                Err(error) => return Err(wrong(error.to_string())),
                Ok(Event::Eof) if open.is_empty() => return Ok(index),
                Ok(Event::Eof) => return Err(wrong("it ends before its XML does".to_owned())),
                Ok(Event::DocType(text)) if text.contains('[') => {
                    return Err(wrong("a document type with declarations of its own is refused".to_owned()));
                }
                Ok(Event::Start(tag)) => {
                    if open.len() > 32 {
                        return Err(wrong("elements are nested deeper than 32".to_owned()));
                    }
                    let name = tag.local_name().as_ref().to_owned();
                    if name == "Table" {
                        (url, format) = (String::new(), TableFormat::default());
                    }
                    open.push(name);
                    text.clear();
                }
                Ok(Event::Empty(tag)) if tag.local_name().as_ref() == "ANSI" => format.encoding = Encoding::Cp1252,
                Ok(Event::Text(piece)) => text.push_str(&piece.xml10_content()),
                Ok(Event::CData(piece)) => text.push_str(&piece.xml10_content()),
                Ok(Event::GeneralRef(reference)) => match &*reference {
                    "quot" => text.push('"'),
                    "amp" => text.push('&'),
                    "apos" => text.push('\''),
                    "lt" => text.push('<'),
                    "gt" => text.push('>'),
                    _ => text.extend(reference.resolve_char_ref().ok().flatten()),
                },
                Ok(Event::End(_)) => {
                    let name = open.pop().unwrap_or_default();
                    let inside = |parent: &str| open.iter().any(|open| open == parent);
                    // Delimiters may be blanks or tabs: only texts that are names are trimmed.
                    let first = text.bytes().next().filter(u8::is_ascii);
                    match name.as_str() {
                        "URL" if inside("Table") => url = text.trim().to_owned(),
                        "ColumnDelimiter" => format.delimiter = first.unwrap_or(format.delimiter),
                        "TextEncapsulator" => format.quote = first,
                        "DecimalSymbol" => {
                            format.numbers.decimal_mark = text.trim().chars().next().unwrap_or(',');
                        }
                        "DigitGroupingSymbol" => format.numbers.thousands = text.trim().chars().next(),
                        "ANSI" => format.encoding = Encoding::Cp1252,
                        "Name"
                            if (inside("VariableColumn") || inside("VariablePrimaryKey"))
                                && format.columns.len() < 256 =>
                        {
                            format.columns.push(text.trim().to_owned());
                        }
                        "Table" => {
                            if format.numbers.thousands == Some(format.numbers.decimal_mark) {
                                format.numbers.thousands = None;
                            }
                            index.tables.insert(url.to_lowercase(), format.clone());
                        }
                        _ => {}
                    }
                    text.clear();
                }
                Ok(_) => {}
            }
        }
    }

    /// How a file is written; as the specification has it, where the index does not say.
    pub fn format(&self, file: &str) -> TableFormat {
        self.tables.get(file).cloned().unwrap_or_default()
    }
}
