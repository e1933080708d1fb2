//! Plain JSON of devices that follow no standard: a value per configured pointer.

use serde_json::Value as Json;

/// What stands at a pointer.
#[derive(Clone, Debug, PartialEq)]
pub enum Pointed {
    /// A number, or a text that is one.
    Number(f64),
    /// True or false, or one of the words devices use for it (`ON`, `OFF`, `open`, `closed`, `true`, `false`).
    Bool(bool),
    /// null: the device says it does not know.
    Null,
    /// Nothing at all: this message is of something else.
    Absent,
    /// Something that is no value.
    Other(String),
}

/// Why a message cannot be looked into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// A pointer that is none.
    #[error(
        "{0:?} is no JSON pointer, expected one like /temperature (RFC 6901), or an empty one for the whole message"
    )]
    Pointer(String),
}

/// What stands at each pointer (RFC 6901) of a JSON message, in their order.
pub fn pointed(bytes: &[u8], pointers: &[&str]) -> Result<Vec<Pointed>, PointerError> {
    for pointer in pointers {
        check(pointer)?;
    }
    let json: Json = serde_json::from_slice(bytes).map_err(|error| PointerError::Json(error.to_string()))?;
    Ok(pointers.iter().map(|pointer| value(json.pointer(pointer))).collect())
}

/// Whether a text can be a pointer.
fn check(pointer: &str) -> Result<(), PointerError> {
    let escapes = pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if (pointer.is_empty() || pointer.starts_with('/')) && escapes {
        Ok(())
    } else {
        Err(PointerError::Pointer(pointer.to_owned()))
    }
}

fn value(found: Option<&Json>) -> Pointed {
    match found {
        None => Pointed::Absent,
        Some(Json::Null) => Pointed::Null,
        Some(Json::Bool(value)) => Pointed::Bool(*value),
        Some(Json::Number(number)) => number.as_f64().map_or(Pointed::Null, Pointed::Number),
        Some(Json::String(text)) => words(text),
        Some(other) => Pointed::Other(other.to_string().chars().take(60).collect()),
    }
}

fn words(text: &str) -> Pointed {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    match (number, text.trim().to_ascii_lowercase().as_str()) {
        (Some(number), _) => Pointed::Number(number),
        (_, "on" | "open" | "true") => Pointed::Bool(true),
        (_, "off" | "closed" | "close" | "false") => Pointed::Bool(false),
        _ => Pointed::Other(text.chars().take(60).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_pointers_however_they_are_written() {
        let message =
            br#"{"battery":87,"contact":false,"linkquality":null,"t":"21.5","state":"ON","s":{"a/b":[4.5]},"x":{}}"#;
        let pointers = ["/battery", "/contact", "/linkquality", "/t", "/state", "/s/a~1b/0", "/humidity", "/x"];
        let expected = [
            Pointed::Number(87.0),
            Pointed::Bool(false),
            Pointed::Null,
            Pointed::Number(21.5),
            Pointed::Bool(true),
            Pointed::Number(4.5),
            Pointed::Absent,
            Pointed::Other("{}".to_owned()),
        ];
        assert_eq!(pointed(message, &pointers), Ok(expected.to_vec()));
        assert_eq!(pointed(b"21.25", &[""]), Ok(vec![Pointed::Number(21.25)]));
        assert_eq!(pointed(b"{}", &["t"]), Err(PointerError::Pointer("t".to_owned())));
        assert!(matches!(pointed(b"{", &["/t"]), Err(PointerError::Json(_))));
    }
}
