//! The lines a till gets back.

use bytes::{BufMut, BytesMut};
use serde::Serialize;

/// One answer; the till may forget what carries its number under `ack`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    /// Durable.
    Ack {
        /// The receipt's number, or the event's id.
        ack: String,
    },
    /// Put aside, durably; not to be sent again.
    Refused {
        /// What is wrong with it.
        error: String,
        /// Which.
        ack: String,
    },
    /// Nothing could be read.
    Unread {
        /// Why.
        error: String,
    },
    /// Not stored: send it again later.
    Busy {
        /// Which.
        busy: String,
    },
}

impl Answer {
    /// Appends the answer as one line.
    pub(super) fn write(&self, out: &mut BytesMut) {
        // Strings only: serializing them into memory cannot fail.
        serde_json::to_writer(out.writer(), self).expect("an answer is plain text");
        out.put_u8(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_read_as_the_wire_says() {
        let text = |answer: Answer| {
            let mut out = BytesMut::new();
            answer.write(&mut out);
            String::from_utf8(out.to_vec()).expect("JSON")
        };
        assert_eq!(text(Answer::Ack { ack: "536365".into() }), "{\"ack\":\"536365\"}\n");
        assert_eq!(text(Answer::Refused { error: "x".into(), ack: "1".into() }), "{\"error\":\"x\",\"ack\":\"1\"}\n");
        assert_eq!(text(Answer::Unread { error: "not JSON".into() }), "{\"error\":\"not JSON\"}\n");
        assert_eq!(text(Answer::Busy { busy: "a\nb".into() }), "{\"busy\":\"a\\nb\"}\n");
    }
}
