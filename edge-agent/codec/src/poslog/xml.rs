//! A stream of XML as one small tree a transaction, whatever stands around and between them.
//!
//! Bounds: one token, the depth, and the size of one transaction. A document type, and with it every entity of one's own
//! making, is refused. After damage reading goes on at the next `<Transaction`.

use std::io::BufRead;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::PoslogError;
use super::input::{Input, TOKEN};
use super::node::Node;

/// Deepest element below the root.
const DEPTH: usize = 48;
/// Largest transaction: what of it is kept, in bytes.
const KEPT: usize = 8 << 20;
/// What an element costs beside its text.
const NODE: usize = 128;
/// What is shown of a transaction that was put aside, before it is scrubbed.
const SHOWN: usize = 16 * 1024;

/// What was read.
#[derive(Debug)]
pub(super) enum Read {
    /// A whole transaction.
    Whole(Node),
    /// One that is damaged, too large or not allowed: why, and what of it was seen.
    Broken {
        reason: String,
        text: String,
        /// Its head, as far as it was read.
        node: Node,
    },
}

#[derive(Debug)]
pub(super) struct Xml<R> {
    reader: Option<Reader<Input<R>>>,
    buffer: Vec<u8>,
    /// Names of the open elements around transactions.
    around: Vec<String>,
    /// The open elements of a transaction, outermost first.
    open: Vec<Node>,
    /// Depth inside an element whose content is left out.
    secret: usize,
    kept: usize,
    fault: Option<String>,
    /// Something was passed over: what is open around transactions is not known any more.
    lost: bool,
    root: Option<String>,
    seen: bool,
}

/// What one event leads to.
enum Step {
    On,
    Done(Read),
    End,
    Damaged(String),
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            reader: Some(reader(Input::new(inner))),
            buffer: Vec::new(),
            around: Vec::new(),
            open: Vec::new(),
            secret: 0,
            kept: 0,
            fault: None,
            lost: false,
            root: None,
            seen: false,
        }
    }

    /// Where the next byte is taken from.
    pub(super) fn offset(&self) -> u64 {
        self.reader.as_ref().map_or(0, |reader| reader.get_ref().offset())
    }

    /// The next transaction; `None` at a proper end, and after an error.
    pub(super) fn next(&mut self) -> Result<Option<Read>, PoslogError> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        if self.root.is_none() && !self.lost && reader.get_ref().offset() == 0 {
            reader.get_mut().begin()?;
        }
        loop {
            match self.step() {
                Ok(Step::On) => {}
                Ok(Step::Done(read)) => {
                    self.seen = true;
                    return Ok(Some(read));
                }
                Ok(Step::End) => {
                    self.reader = None;
                    return self.at_end().map(|()| None);
                }
                Ok(Step::Damaged(why)) => {
                    if let Some(broken) = self.damaged(why)? {
                        return Ok(Some(broken));
                    }
                }
                Err(error) => {
                    self.reader = None;
                    return Err(error);
                }
            }
        }
    }

    fn at_end(&self) -> Result<(), PoslogError> {
        if self.lost || (self.around.is_empty() && self.root.is_some()) {
            return match &self.root {
                Some(root) if !self.seen && !root.starts_with("POSLog") => {
                    Err(PoslogError::NotPoslog(format!("the root is <{}>", crate::tillfile::quote(root, 60))))
                }
                _ => Ok(()),
            };
        }
        Err(PoslogError::Cut { at: self.offset() })
    }

    fn step(&mut self) -> Result<Step, PoslogError> {
        let Self { reader: Some(reader), buffer, .. } = self else { return Ok(Step::End) };
        buffer.clear();
        reader.get_mut().next_token();
        let event = match reader.read_event_into(buffer) {
            Ok(event) => event,
            Err(error) => {
                let input = reader.get_mut();
                if let Some(error) = input.failure() {
                    return Err(PoslogError::Io(error));
                }
                if input.ended() {
                    return Err(PoslogError::Cut { at: input.offset() });
                }
                let why = if input.exhausted() {
                    format!("a tag or text is longer than {TOKEN} bytes")
                } else {
                    format!("not well-formed XML: {error}")
                };
                return Ok(Step::Damaged(why));
            }
        };
        let token = match event {
            Event::Start(tag) => Token::Start(element(&tag), false),
            Event::Empty(tag) => Token::Start(element(&tag), true),
            Event::End(tag) => Token::End(local(tag.name().as_ref()).to_owned()),
            Event::Text(text) => Token::Text(text.xml10_content().into_owned()),
            Event::CData(text) => Token::Text(text.xml10_content().into_owned()),
            Event::GeneralRef(reference) => match resolve(&reference) {
                Some(letter) => Token::Text(letter.to_string()),
                None => Token::Refused(format!("the entity &{};", &*reference)),
            },
            Event::DocType(_) => Token::DocType,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Token::Nothing,
            Event::Eof => Token::Eof,
        };
        Ok(match token {
            Token::Start(Ok(node), empty) => self.start(node, empty),
            Token::Start(Err(why), _) => Step::Damaged(why),
            Token::End(name) => self.end(&name),
            Token::Text(text) => self.text(&text),
            Token::Refused(what) => {
                self.fault(format!("{what} is refused"));
                Step::On
            }
            Token::Nothing => Step::On,
            Token::DocType => return Err(PoslogError::DocType),
            Token::Eof if self.open.is_empty() => Step::End,
            Token::Eof => return Err(PoslogError::Cut { at: self.offset() }),
        })
    }

    fn start(&mut self, node: Node, empty: bool) -> Step {
        let begins = node.name == "Transaction";
        if self.open.is_empty() && !begins {
            self.root.get_or_insert_with(|| node.name.clone());
            if !empty {
                self.around.push(node.name);
            }
            return if self.around.len() > DEPTH { Step::Damaged("too deep".to_owned()) } else { Step::On };
        }
        self.root.get_or_insert_with(|| node.name.clone());
        let before = if begins && !self.open.is_empty() && self.secret == 0 {
            Some(self.broken("the end of the transaction is missing".to_owned()))
        } else {
            None
        };
        if self.open.len() + self.secret > DEPTH {
            self.fault(format!("elements are nested deeper than {DEPTH}"));
        }
        if self.secret > 0 || self.fault.is_some() || self.open.last().is_some_and(Node::is_secret) {
            // Counted, so that its end is known; not kept.
            self.secret += usize::from(!empty);
            return Step::On;
        }
        self.kept += NODE + node.name.len();
        if self.kept > KEPT {
            self.fault(format!("the transaction is larger than {KEPT} bytes"));
        }
        let name = node.name.clone();
        self.open.push(node);
        let step = if empty { self.end(&name) } else { Step::On };
        before.map_or(step, Step::Done)
    }

    fn end(&mut self, name: &str) -> Step {
        if self.secret > 0 && name != "Transaction" {
            self.secret -= 1;
            return Step::On;
        }
        let Some(node) = self.open.pop() else {
            if self.around.last().is_some_and(|open| open == name) {
                self.around.pop();
                return Step::On;
            }
            return if self.lost { Step::On } else { Step::Damaged(format!("</{name}> ends nothing")) };
        };
        if node.name != name {
            let open = node.name.clone();
            self.open.push(node);
            let why = format!("</{name}> stands where </{open}> is expected");
            if name == "Transaction" {
                return Step::Done(self.broken(why));
            }
            return Step::Damaged(why);
        }
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(node);
            return Step::On;
        }
        Step::Done(match self.fault.take() {
            Some(reason) => {
                self.open.push(node);
                self.broken(reason)
            }
            None => {
                self.reset();
                Read::Whole(node)
            }
        })
    }

    fn text(&mut self, text: &str) -> Step {
        let Some(node) = self.open.last_mut() else { return Step::On };
        if self.secret == 0 && self.fault.is_none() && !node.is_secret() {
            self.kept += text.len();
            node.text.push_str(text);
            if self.kept > KEPT {
                self.fault(format!("the transaction is larger than {KEPT} bytes"));
            }
        }
        Step::On
    }

    /// Names what is wrong with the open transaction; its rest is passed over.
    fn fault(&mut self, why: String) {
        if !self.open.is_empty() {
            self.fault.get_or_insert(why);
        }
    }

    fn reset(&mut self) {
        (self.secret, self.kept, self.fault) = (0, 0, None);
    }

    /// What of the open transaction was seen, as a broken one.
    fn broken(&mut self, reason: String) -> Read {
        let mut node = self.open.pop().unwrap_or_default();
        while let Some(mut parent) = self.open.pop() {
            parent.children.push(node);
            node = parent;
        }
        self.reset();
        let mut text = String::new();
        if !node.name.is_empty() {
            node.show(&mut text, SHOWN);
        }
        Read::Broken { reason, text, node }
    }

    /// After damage: what was open is put aside, and reading goes on at the next transaction.
    fn damaged(&mut self, why: String) -> Result<Option<Read>, PoslogError> {
        let Some(old) = self.reader.take() else { return Ok(None) };
        let at = old.get_ref().offset();
        let mut input = old.into_inner();
        let first = self.root.is_none();
        let found = input.seek_transaction().map_err(PoslogError::Io)?;
        if !found && first {
            return Err(PoslogError::NotPoslog(why));
        }
        self.lost = true;
        self.around.clear();
        self.reader = Some(reader(input));
        Ok(Some(self.broken(format!("{why} (byte {at})"))))
    }
}

/// An event without its borrow of the buffer.
enum Token {
    Start(Result<Node, String>, bool),
    End(String),
    Text(String),
    Refused(String),
    Nothing,
    DocType,
    Eof,
}

fn reader<R: BufRead>(input: Input<R>) -> Reader<Input<R>> {
    let mut reader = Reader::from_reader(input);
    let config = reader.config_mut();
    // Names are checked here, where it is known how to go on.
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    reader
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// A start tag with the attributes that are read.
fn element(tag: &BytesStart<'_>) -> Result<Node, String> {
    let mut node = Node::new(local(tag.name().as_ref()));
    // How a card paid is said by an attribute of an element whose content is left out.
    if node.is_secret() && node.name != "CreditDebit" {
        return Ok(node);
    }
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| format!("an attribute of <{}>: {error}", node.name))?;
        let name = local(attribute.key.as_ref());
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        node.keep(name, &value.map_err(|error| format!("attribute {name} of <{}>: {error}", node.name))?);
    }
    Ok(node)
}

/// The letter a reference stands for: a number, or one of XML's own five.
fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    match &**reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}
