//! One way to write a value down.

use serde_json::Value;

/// A number that is no integer, whose text another program might write otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an integer; what is hashed carries amounts as text")]
pub struct NotCanonical(pub String);

/// JSON as RFC 8785 writes it: no space, keys in order, the shortest escapes. Integers are the only numbers.
pub fn canonical(value: &Value) -> Result<String, NotCanonical> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Number(number) if number.is_f64() => return Err(NotCanonical(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::String(text) => escape(text, out),
        Value::Array(list) => {
            out.push('[');
            for (n, item) in list.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(map) => {
            // RFC 8785 orders by UTF-16 units; whether serde_json keeps an order hangs on a feature, so it is made here.
            let mut fields: Vec<(&String, &Value)> = map.iter().collect();
            fields.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            out.push('{');
            for (n, (name, item)) in fields.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                escape(name, out);
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// serde_json escapes as RFC 8785 asks: two letters where there are, else four lower-case hex digits, and nothing more.
fn escape(text: &str, out: &mut String) {
    out.push_str(&Value::String(text.to_owned()).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn there_is_one_way_to_write_a_value() {
        let value = json!({"b": [1, -2, null, true, {}], "a": "\u{8}\t\n\u{c}\r\"\\/\u{1f}\u{7f}é€", "": []});
        let text = "{\"\":[],\"a\":\"\\b\\t\\n\\f\\r\\\"\\\\/\\u001f\u{7f}é€\",\"b\":[1,-2,null,true,{}]}";
        assert_eq!(canonical(&value).expect("canonical"), text);
    }

    /// The example of RFC 8785, section 3.2.3.
    #[test]
    fn keys_stand_in_the_order_of_their_utf16() {
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let text = canonical(&value).expect("canonical");
        let order: Vec<u32> = text.chars().filter(|c| ('2'..='7').contains(c)).filter_map(|c| c.to_digit(10)).collect();
        assert_eq!(order, [2, 4, 6, 7, 5, 3]);
        assert!(text.starts_with("{\"\\r\":2,\"1\":4,") && text.contains("\"\u{20ac}\":1,\"\u{1f600}\":5"), "{text}");
    }

    #[test]
    fn a_fraction_is_refused() {
        assert_eq!(canonical(&json!({"a": [1.5]})), Err(NotCanonical("1.5".to_owned())));
    }
}
