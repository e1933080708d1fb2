//! What a till has not yet been told to forget.

use std::collections::VecDeque;

use serde::Deserialize;

use crate::item::Item;
use crate::ledger::Outcome;

/// The bounded list of unacknowledged items, oldest first.
#[derive(Debug)]
pub struct Window {
    entries: VecDeque<Entry>,
    room: usize,
    /// How many of the entries were sent on this connection.
    sent: usize,
    settled: u64,
    complaint: Option<String>,
}

#[derive(Debug)]
struct Entry {
    item: Item,
    line: String,
    outcome: Option<Outcome>,
    /// Sent on some connection.
    sent_before: bool,
}

/// What a line from the agent means.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// These are done, in the order they were sent; may be none, when an older one is still open.
    Settled(Vec<(Item, Outcome)>),
    /// It speaks of nothing we wait for: an answer to a line that was sent twice.
    Nothing,
    /// Not stored; to be sent again later.
    Busy(String),
    /// Something could not be read, and it does not say what.
    Complaint(String),
}

#[derive(Deserialize)]
struct Reply {
    ack: Option<String>,
    busy: Option<String>,
    error: Option<String>,
}

impl Window {
    /// For at most `room` items.
    pub fn new(room: usize) -> Self {
        Self { entries: VecDeque::new(), room, sent: 0, settled: 0, complaint: None }
    }

    /// Whether another item fits.
    pub fn has_room(&self) -> bool {
        self.entries.len() < self.room
    }

    /// Whether nothing is unacknowledged.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many items are not done.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether something was sent on this connection that is not answered.
    pub fn has_sent(&self) -> bool {
        self.sent > 0
    }

    /// The oldest item that is not done.
    pub fn oldest(&self) -> Option<&str> {
        self.entries.front().map(|entry| entry.item.id())
    }

    /// How many items are done since the till was switched on.
    pub fn settled_total(&self) -> u64 {
        self.settled
    }

    /// The last error that named nothing, once.
    pub fn take_complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    /// Adds an item and its line.
    pub fn push(&mut self, item: Item, line: String) {
        self.entries.push_back(Entry { item, line, outcome: None, sent_before: false });
    }

    /// The next line to send on this connection; what is answered already is not sent again.
    pub fn next_to_send(&mut self) -> Option<&str> {
        while self.entries.get(self.sent).is_some_and(|entry| entry.outcome.is_some()) {
            self.sent += 1;
        }
        let entry = self.entries.get_mut(self.sent)?;
        entry.sent_before = true;
        self.sent += 1;
        Some(&entry.line)
    }

    /// A new connection: everything open is to be sent again. Returns how many items that are.
    pub fn start_over(&mut self) -> usize {
        self.sent = 0;
        self.entries.iter().filter(|entry| entry.sent_before && entry.outcome.is_none()).count()
    }

    /// Takes in a line from the agent.
    pub fn hear(&mut self, line: &[u8]) -> Answer {
        let text = || String::from_utf8_lossy(&line[..line.len().min(200)]).trim_end().to_owned();
        let Ok(reply) = serde_json::from_slice::<Reply>(line) else {
            let said = format!("an answer that is no JSON object: {:?}", text());
            self.complaint = Some(said.clone());
            return Answer::Complaint(said);
        };
        match reply {
            Reply { busy: Some(id), .. } => Answer::Busy(id),
            Reply { ack: Some(id), error, .. } => {
                let outcome = error.map_or(Outcome::Stored, |error| Outcome::Quarantined { error });
                self.settle(&id, outcome)
            }
            Reply { error: Some(said), .. } => {
                self.complaint = Some(said.clone());
                Answer::Complaint(said)
            }
            Reply { .. } => {
                let said = format!("an answer with neither ack, busy nor error: {:?}", text());
                self.complaint = Some(said.clone());
                Answer::Complaint(said)
            }
        }
    }

    fn settle(&mut self, id: &str, outcome: Outcome) -> Answer {
        // Only what was sent can be acknowledged; on a new connection that may be what an old one sent.
        let open = self.entries.iter_mut().find(|e| e.outcome.is_none() && e.sent_before && e.item.id() == id);
        let Some(entry) = open else { return Answer::Nothing };
        entry.outcome = Some(outcome);
        let mut done = Vec::new();
        while let Some(Entry { outcome: Some(_), .. }) = self.entries.front() {
            let Some(Entry { item, outcome: Some(outcome), .. }) = self.entries.pop_front() else { break };
            self.sent = self.sent.saturating_sub(1);
            self.settled += 1;
            done.push((item, outcome));
        }
        Answer::Settled(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::receipt;

    fn item(number: &str) -> Item {
        Item::Receipt(Box::new(receipt(number)))
    }

    fn filled(numbers: &[&str]) -> Window {
        let mut window = Window::new(8);
        numbers.iter().for_each(|number| window.push(item(number), format!("{number}\n")));
        window
    }

    fn send_all(window: &mut Window) -> Vec<String> {
        std::iter::from_fn(|| window.next_to_send().map(|line| line.trim_end().to_owned())).collect()
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again_in_order() {
        let mut window = filled(&["1", "2", "3"]);
        assert_eq!(send_all(&mut window), ["1", "2", "3"]);
        assert_eq!(window.hear(b"{\"ack\":\"1\"}\n"), Answer::Settled(vec![(item("1"), Outcome::Stored)]));
        assert_eq!(window.start_over(), 2);
        window.push(item("4"), "4\n".to_owned());
        assert_eq!(send_all(&mut window), ["2", "3", "4"]);
        assert_eq!(window.hear(b"{\"ack\":\"1\"}\n"), Answer::Nothing, "an echo of the first connection");
    }

    #[test]
    fn the_ledger_keeps_the_order_of_sending_even_if_answers_do_not() {
        let mut window = filled(&["1", "2", "3"]);
        send_all(&mut window);
        assert_eq!(window.hear(b"{\"ack\":\"2\"}\n"), Answer::Settled(vec![]));
        window.start_over();
        assert_eq!(send_all(&mut window), ["1", "3"], "2 is durable");
        let bad = Outcome::Quarantined { error: "no".to_owned() };
        assert_eq!(
            window.hear(b"{\"error\":\"no\",\"ack\":\"1\"}\n"),
            Answer::Settled(vec![(item("1"), bad), (item("2"), Outcome::Stored)])
        );
        assert!(window.has_sent());
        assert_eq!(window.len(), 1);
    }

    #[test]
    fn what_was_never_sent_cannot_be_acknowledged() {
        let mut window = filled(&["1"]);
        assert_eq!(window.hear(b"{\"ack\":\"1\"}\n"), Answer::Nothing);
        assert_eq!(window.hear(b"{\"busy\":\"1\"}\n"), Answer::Busy("1".to_owned()));
        assert!(matches!(window.hear(b"{\"error\":\"not JSON\"}\n"), Answer::Complaint(_)));
        assert!(matches!(window.hear(b"hello\n"), Answer::Complaint(_)));
        assert!(matches!(window.hear(b"{}\n"), Answer::Complaint(_)));
        assert_eq!(window.len(), 1);
        assert!(window.take_complaint().is_some() && window.take_complaint().is_none());
    }

    #[test]
    fn the_window_is_bounded() {
        let mut window = Window::new(2);
        window.push(item("1"), "1\n".to_owned());
        assert!(window.has_room());
        window.push(item("2"), "2\n".to_owned());
        assert!(!window.has_room());
    }
}
