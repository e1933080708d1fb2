//! Every value there is, in order, for `buffer verify` and `export`.

use vyavs_delivery::Seq;
use vyavs_wire::record::Stream;

use super::{Store, StoreError, number};
use crate::outbox::item::{Item, ItemError};
use crate::outbox::queue::QueueError;

impl Store {
    /// Every closed generation and the written one, oldest first, for `buffer verify` and `export`.
    pub fn walk(&self, mut visit: impl FnMut(Stream, Seq, Result<Item, ItemError>)) -> Result<(), StoreError> {
        let closed = self.lock().closed.clone();
        for (id, index) in closed {
            let mut expected = index.spans.map(|span| span.first);
            let mut read = || -> Result<(), QueueError> {
                for value in self.open_closed(id)?.iter() {
                    let (stream, first, bytes) = value?;
                    let item = Item::read(bytes);
                    expected[number(stream)] = item.as_ref().map_or(first, |item| item.range().1) + 1;
                    visit(stream, first, item);
                }
                Ok(())
            };
            match read() {
                Err(cause) if cause.is_damage() => {
                    for stream in Stream::ALL {
                        if expected[number(stream)] <= index.span(stream).last {
                            let why = ItemError::Database(cause.to_string());
                            visit(stream, expected[number(stream)], Err(why));
                        }
                    }
                }
                done => done?,
            }
        }
        let active = self.lock().active.clone();
        if let Some(active) = active {
            for value in active.queue.iter() {
                let (stream, first, bytes) = value?;
                visit(stream, first, Item::read(bytes));
            }
        }
        Ok(())
    }
}
