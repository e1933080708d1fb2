//! A rule out of JSON.

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vyavs_domain::alert::Severity;

use super::{Aggregate, Condition, Op, Rule, RuleId, Scope, template};
use crate::Faults;
use crate::fault::{Place, Reader};

const MONTH: SignedDuration = SignedDuration::from_hours(31 * 24);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Two and a half readings of a sensor that reports every minute would do; many report every five.
const HOLD: SignedDuration = SignedDuration::from_mins(15);
const RULE: &[&str] = &["id", "name", "scope", "condition", "severity", "dedupe_key", "cause", "lateness"];
const SCOPE: &[&str] = &["stores", "kinds", "models", "product_groups"];
const NAME: &str = "a text of 1 to 120 characters";

pub(super) fn text(json: &str) -> Result<Rule, Faults> {
    let parsed = serde_json::from_str(json);
    value(&parsed.map_err(|error| {
        Faults(vec![crate::Fault {
            path: "(the whole)".to_owned(),
            expected: "JSON".to_owned(),
            got: error.to_string(),
        }])
    })?)
}

pub(super) fn value(value: &Value) -> Result<Rule, Faults> {
    let mut reader = Reader::default();
    let rule = rule(&mut reader, value);
    reader.finish(rule)
}

fn rule(reader: &mut Reader, value: &Value) -> Option<Rule> {
    let at = reader.object("", value, RULE)?;
    let id = reader.field(at, "id", "a UUID", None, typed::<RuleId>);
    let name = reader.field(at, "name", NAME, None, name);
    let scope = if at.has("scope") { scope(reader, at) } else { Some(Scope::default()) };
    let condition = reader.raw(at, "condition", "an object with a kind").and_then(|value| condition(reader, value));
    let severity = reader.field(at, "severity", "info, warning or critical", None, typed::<Severity>);
    let dedupe = template(reader, at, "dedupe_key", Some("{rule}/{store}/{subject}"), 200, &[template::ABOUT]);
    let cause = template(reader, at, "cause", None, 1000, &[template::ABOUT, template::SEEN]);
    let lateness = span(reader, at, "lateness", Some(SignedDuration::ZERO), SignedDuration::ZERO, DAY);
    Some(Rule {
        id: id?,
        name: name?,
        scope: scope?,
        condition: condition?,
        severity: severity?,
        dedupe_key: dedupe?,
        cause: cause?,
        lateness: lateness?,
    })
}

fn scope(reader: &mut Reader, rule: Place<'_>) -> Option<Scope> {
    let value = reader.raw(rule, "scope", "an object")?;
    let at = reader.object("scope", value, SCOPE)?;
    let stores = reader.field(at, "stores", "a list of store UUIDs", Some(Vec::new()), typed);
    let mut names = |field| reader.field(at, field, "a list of texts of 1 to 120 characters", Some(Vec::new()), names);
    let (kinds, models, product_groups) = (names("kinds"), names("models"), names("product_groups"));
    Some(Scope { stores: stores?, kinds: kinds?, models: models?, product_groups: product_groups? })
}

fn condition(reader: &mut Reader, value: &Value) -> Option<Condition> {
    const KINDS: &str = "threshold, rate, absence or score";
    const ALL: &[&str] = &["kind", "measure", "op", "value", "for", "hysteresis", "hold", "of", "per", "model", "min"];
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let known: &[&str] = match kind {
        "threshold" => &["kind", "measure", "op", "value", "for", "hysteresis", "hold"],
        "rate" => &["kind", "measure", "of", "op", "value", "per"],
        "absence" => &["kind", "measure", "for"],
        "score" => &["kind", "model", "min", "hysteresis"],
        _ => ALL,
    };
    let at = reader.object("condition", value, known)?;
    let zero = SignedDuration::ZERO;
    let least = SignedDuration::from_secs(1);
    match kind {
        "threshold" => {
            let measure = reader.field(at, "measure", NAME, None, name);
            let (op, limit) = (op(reader, at), number(reader, at, "value"));
            let lasting = span(reader, at, "for", Some(zero), zero, MONTH);
            let hysteresis = slack(reader, at);
            let hold = span(reader, at, "hold", Some(HOLD), least, DAY);
            Some(Condition::Threshold {
                measure: measure?,
                op: op?,
                value: limit?,
                lasting: lasting?,
                hysteresis: hysteresis?,
                hold: hold?,
            })
        }
        "rate" => {
            let measure = reader.field(at, "measure", NAME, None, name);
            let of = reader.field(at, "of", "count, sum, mean or change", None, typed::<Aggregate>);
            let (op, limit) = (op(reader, at), number(reader, at, "value"));
            let per = span(reader, at, "per", None, least, MONTH);
            Some(Condition::Rate { measure: measure?, of: of?, op: op?, value: limit?, per: per? })
        }
        "absence" => {
            let measure = reader.field(at, "measure", NAME, None, name);
            let lasting = span(reader, at, "for", None, least, MONTH);
            Some(Condition::Absence { measure: measure?, lasting: lasting? })
        }
        "score" => {
            let model = reader.field(at, "model", NAME, None, name);
            let (min, hysteresis) = (number(reader, at, "min"), slack(reader, at));
            Some(Condition::Score { model: model?, min: min?, hysteresis: hysteresis? })
        }
        _ => reader.field(at, "kind", KINDS, None, |_| None),
    }
}

fn op(reader: &mut Reader, at: Place<'_>) -> Option<Op> {
    reader.field(at, "op", "above, at_least, below or at_most", None, typed)
}

fn number(reader: &mut Reader, at: Place<'_>, field: &str) -> Option<f64> {
    reader.field(at, field, "a finite number", None, finite)
}

fn slack(reader: &mut Reader, at: Place<'_>) -> Option<f64> {
    let positive = |value: &Value| finite(value).filter(|number| *number >= 0.0);
    reader.field(at, "hysteresis", "a number of at least 0", Some(0.0), positive)
}

fn span(
    reader: &mut Reader,
    at: Place<'_>,
    field: &str,
    otherwise: Option<SignedDuration>,
    least: SignedDuration,
    most: SignedDuration,
) -> Option<SignedDuration> {
    let expected = format!("a duration such as PT10M or 10m, from {least:#} to {most:#}");
    let within =
        |value: &Value| value.as_str()?.parse::<SignedDuration>().ok().filter(|span| (least..=most).contains(span));
    reader.field(at, field, &expected, otherwise, within)
}

fn template(
    reader: &mut Reader,
    at: Place<'_>,
    field: &str,
    otherwise: Option<&str>,
    most: usize,
    known: &[&[&str]],
) -> Option<String> {
    let expected = format!("a text of 1 to {most} characters");
    let fits = |value: &Value| value.as_str().filter(|text| fits(text, most)).map(str::to_owned);
    let text = reader.field(at, field, &expected, otherwise.map(str::to_owned), fits)?;
    if let Some(bad) = template::wrong(&text, known) {
        let names: Vec<String> = known.iter().copied().flatten().map(|name| format!("{{{name}}}")).collect();
        reader.fault(at.path(field), format!("in braces only {}", names.join(" ")), bad);
        return None;
    }
    Some(text)
}

fn fits(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most
}

fn name(value: &Value) -> Option<String> {
    value.as_str().filter(|text| fits(text, 120)).map(str::to_owned)
}

fn names(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(name).collect()
}

fn finite(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite())
}

fn typed<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}
