//! The rules a new organization begins with: they run at once and are changed, switched off or taken away like any other.

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_rules::Actor;
use vyavs_rules::rule::Rule;
use vyavs_store::{Tx, rules};

/// Adds them, running.
pub(super) async fn install(tx: &mut Tx<'_>, org: OrgId, now: Timestamp) -> anyhow::Result<()> {
    for mut body in bodies() {
        body["id"] = json!(Uuid::now_v7());
        let rule = Rule::try_from(body).context("a rule that every organization begins with is wrong")?;
        rules::insert(tx, org, &rule, true, Actor::Hub, now).await?;
    }
    Ok(())
}

fn bodies() -> Vec<Value> {
    let warm = |name: &str, kind: &str, limit: f64, hint: &str| {
        json!({
            "name": name,
            "scope": {"kinds": [kind]},
            "condition": {"kind": "threshold", "measure": "temperature", "op": "above", "value": limit,
                "for": "PT30M", "hysteresis": 0.5, "hold": "PT15M"},
            "severity": "critical",
            "cause": format!("{{subject}} shows {{value}} °C, limit {{limit}} °C, since {{since}}. {hint}"),
        })
    };
    // Thresholds that tools for loss prevention commonly begin with; the back-test shows what they would say here.
    let often = |name: &str, measure: &str, most: u32, hours: u32, what: &str| {
        json!({
            "name": name,
            "condition": {"kind": "rate", "measure": measure, "of": "count", "op": "above", "value": most,
                "per": format!("PT{hours}H")},
            "severity": "warning",
            "cause": format!("{{value}} {what} at {{subject}} within {hours} hours, usual are at most {{limit}}. \
                Look at the tickets since {{since}}, and at who was signed on."),
        })
    };
    vec![
        warm("Fridge too warm", "fridge", 8.0, "Move the goods, then look at door and compressor."),
        warm("Cold room too warm", "cold-room", 8.0, "Close the door, then look at the compressor."),
        warm("Freezer too warm", "freezer", -15.0, "Move the goods, then look at door and defrost."),
        json!({
            "name": "Device silent",
            "condition": {"kind": "absence", "measure": "heard", "for": "PT20M"},
            "severity": "warning",
            "cause": "{subject} has not been heard since {since}. Sales go on and are kept in the shop; look at its power \
                and its network.",
        }),
        json!({
            "name": "Records pile up on a device",
            "condition": {"kind": "threshold", "measure": "backlog", "op": "above", "value": 10000, "for": "PT30M",
                "hysteresis": 5000, "hold": "PT15M"},
            "severity": "warning",
            "cause": "{subject} holds {value} records that have not come, since {since}. Its network may be too slow.",
        }),
        json!({
            "name": "Time to reorder",
            "condition": {"kind": "threshold", "measure": "under_reorder_point", "op": "at_least", "value": 0},
            "severity": "info",
            "cause": "The stock of {subject} is {value} under its reorder point, since {since}. Order, or count it.",
        }),
        often("Unusually many refunds at a till", "refund", 10, 4, "refunds"),
        often("Unusually many voided tickets at a till", "void", 8, 4, "voided tickets"),
        often("Drawer opened often without a sale", "no_sale", 8, 8, "openings of the drawer without a sale"),
        often("Many lines taken off before payment", "line_voided", 20, 4, "lines taken off before payment"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_one_begins_with_is_a_rule() {
        for mut body in bodies() {
            body["id"] = json!(Uuid::nil());
            let name = body["name"].to_string();
            let rule = Rule::try_from(body).unwrap_or_else(|faults| panic!("{name}: {faults}"));
            // It is stored as JSON and must come back as it was.
            let text = serde_json::to_string(&rule).expect("JSON");
            assert_eq!(Rule::from_json(&text).expect("a rule"), rule);
        }
    }
}
