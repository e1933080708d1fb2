//! Parameters of path, query and body, parsed at the rim; what does not parse is a problem that names the field.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::problem::Problem;
use super::scan;

/// The query of one route.
pub(crate) trait Parameters: Sized {
    /// Takes what it knows; what is left is an error.
    fn read(pairs: &mut Pairs) -> Result<Self, Problem>;
}

/// The query as given: names with their values, in order.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    given: BTreeMap<String, Vec<String>>,
    known: Vec<&'static str>,
}

impl Pairs {
    /// All values of `name`; a value may also be a list with commas.
    pub(crate) fn many(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        let values = self.given.remove(name).unwrap_or_default();
        values.iter().flat_map(|v| v.split(',')).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned).collect()
    }

    /// The one value of `name`; an empty one counts as absent.
    pub(crate) fn one<T: FromStr>(&mut self, name: &'static str, expected: &str) -> Result<Option<T>, Problem> {
        self.known.push(name);
        let values = self.given.remove(name).unwrap_or_default();
        match values.as_slice() {
            [] => Ok(None),
            [value] if value.is_empty() => Ok(None),
            [value] => value.parse().map(Some).map_err(|_| Problem::parameter(name, value, expected)),
            [_, second, ..] => Err(Problem::parameter(name, second, format!("given once, as {expected}"))),
        }
    }

    /// A whole number within bounds.
    pub(crate) fn number(&mut self, name: &'static str, low: u32, high: u32, default: u32) -> Result<u32, Problem> {
        let expected = format!("a whole number from {low} to {high}");
        match self.one::<u32>(name, &expected)? {
            None => Ok(default),
            Some(number) if (low..=high).contains(&number) => Ok(number),
            Some(number) => Err(Problem::parameter(name, &number.to_string(), expected)),
        }
    }

    fn finish(self) -> Result<(), Problem> {
        match self.given.into_iter().next() {
            None => Ok(()),
            Some((name, values)) => {
                let got = values.first().map_or("", String::as_str);
                let known = if self.known.is_empty() { "no parameter".to_owned() } else { self.known.join(", ") };
                Err(Problem::parameter(name, got, format!("known here; this route knows {known}")))
            }
        }
    }
}

/// The parsed query of a route.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: Parameters> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(list) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Problem::parameter("query", parts.uri.query().unwrap_or(""), "name=value&…"))?;
        let mut pairs = Pairs::default();
        for (name, value) in list {
            if name.contains('\0') || value.contains('\0') {
                return Err(Problem::parameter(name, &value, "a text without NUL"));
            }
            pairs.given.entry(name).or_default().push(value);
        }
        let value = T::read(&mut pairs)?;
        pairs.finish()?;
        Ok(Self(value))
    }
}

/// The `{id}` of a path.
pub(crate) struct IdPath(pub(crate) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for IdPath {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::parameter("id", parts.uri.path(), "a UUID"))?;
        Uuid::try_parse(&text).map(Self).map_err(|_| Problem::parameter("id", &text, "a UUID"))
    }
}

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let whole = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
        let whole = whole.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge { limit: super::BODY_LIMIT },
            _ => Problem::Body(rejection.body_text()),
        })?;
        scan::fit(&whole).map_err(|unfit| Problem::Body(unfit.to_string()))?;
        // serde reads a list as a struct without names, and an empty one where every field may be left out.
        if whole.trim_ascii_start().starts_with(b"[") {
            return Err(Problem::Body("this is a list, expected an object".to_owned()));
        }
        match axum::Json::<T>::from_request(Request::from_parts(parts, whole.into()), state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::MediaType),
            Err(rejection) => Err(Problem::Body(rejection.body_text())),
        }
    }
}

/// A name that people give: trimmed, not empty, bounded, on one line.
pub(crate) fn label<'a>(field: &str, text: &'a str, longest: usize) -> Result<&'a str, Problem> {
    let text = text.trim();
    if (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    Err(Problem::parameter(field, text, format!("a name of 1 to {longest} characters on one line")))
}

/// A JSON body that may be absent, or null.
pub(crate) struct MaybeBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for MaybeBody<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // A body says so in one of these; without either there is none (RFC 9112 §6.3).
        let empty = request.headers().get(header::CONTENT_LENGTH).is_none_or(|length| length == "0")
            && !request.headers().contains_key(header::TRANSFER_ENCODING);
        if empty {
            Ok(Self(T::default()))
        } else {
            let Body(value) = Body::<Option<T>>::from_request(request, state).await?;
            Ok(Self(value.unwrap_or_default()))
        }
    }
}

/// A place in a list, as the caller sees it: opaque. It says where to go on, never whose list it is: the tenant comes
/// from the session alone, so a foreign cursor shows nothing foreign.
pub(crate) fn cursor_text<T: Serialize>(place: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// Reads a cursor back.
pub(crate) fn cursor<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || Problem::parameter("cursor", text, "the next_cursor of an earlier answer to the same request");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
    scan::fit(&bytes).map_err(|_| wrong())?;
    serde_json::from_slice(&bytes).map(Some).map_err(|_| wrong())
}

/// A stretch of time that ends after it begins and is not longer than it may be. Without `to` it ends now, without `from` it
/// begins `usual` before its end.
pub(crate) fn span(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
    usual: SignedDuration,
    longest: SignedDuration,
) -> Result<(Timestamp, Timestamp), Problem> {
    let to = to.unwrap_or(now);
    let from = from.unwrap_or_else(|| to.checked_sub(usual).unwrap_or(Timestamp::MIN));
    let length = to.duration_since(from);
    if length <= SignedDuration::ZERO {
        return Err(Problem::parameter("from", &from.to_string(), format!("a time before to ({to})")));
    }
    if length > longest {
        let days = longest.as_hours() / 24;
        return Err(Problem::parameter(
            "from",
            &from.to_string(),
            format!("a time at most {days} days before to ({to})"),
        ));
    }
    Ok((from, to))
}

/// Cuts a list that was read one longer than its limit, and says where the next page begins.
pub(crate) fn next_page<T, P: Serialize>(list: &mut Vec<T>, limit: u32, place: impl Fn(&T) -> P) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = list.len() > limit;
    list.truncate(limit);
    list.last().filter(|_| more).map(|last| cursor_text(&place(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &[(&str, &str)]) -> Pairs {
        let mut pairs = Pairs::default();
        for (name, value) in query {
            pairs.given.entry((*name).to_owned()).or_default().push((*value).to_owned());
        }
        pairs
    }

    #[test]
    fn bounds_unknown_names_and_repeats_are_named() {
        let limit = |text| pairs(&[("limit", text)]).number("limit", 1, 500, 50);
        assert_eq!(limit("500").expect("in bounds"), 500);
        assert_eq!(limit("").expect("absent"), 50);
        for bad in ["0", "501", "-1", "x", "1e3", "99999999999"] {
            let text = limit(bad).expect_err(bad).to_string();
            assert!(text.starts_with("limit: ") && text.contains("1 to 500"), "{text}");
        }
        let twice = pairs(&[("limit", "1"), ("limit", "2")]).number("limit", 1, 500, 50);
        assert!(twice.expect_err("twice").to_string().contains("given once"));
        let mut left = pairs(&[("limti", "1")]);
        left.number("limit", 1, 500, 50).expect("absent");
        assert!(left.finish().expect_err("unknown").to_string().contains("this route knows limit"));
    }

    #[test]
    fn a_list_may_repeat_and_have_commas() {
        assert_eq!(pairs(&[("sensor", "a,b"), ("sensor", "c")]).many("sensor"), ["a", "b", "c"]);
    }

    #[test]
    fn a_cursor_reads_back_and_garbage_is_refused() {
        let text = cursor_text(&(7_i64, "x"));
        assert_eq!(cursor::<(i64, String)>(Some(&text)).expect("ours"), Some((7, "x".to_owned())));
        for bad in ["%", "AAAA", &cursor_text(&"other")] {
            assert!(cursor::<(i64, String)>(Some(bad)).is_err(), "{bad}");
        }
    }
}
