//! How a backtest's answers are judged, and the table of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use vyavs_forecast::metrics;
use vyavs_service::output;

use super::contest::{Answer, LEVELS};
use super::panel::Panel;

/// A fold's measures, over all series and steps of which something is known; `None` where nothing is.
pub(crate) fn judge(panel: &Panel, cutoff: i64, answers: &[Answer]) -> anyhow::Result<Option<Map<String, Value>>> {
    let (mut came, mut mean) = (Vec::new(), Vec::new());
    let mut lines = [Vec::new(), Vec::new(), Vec::new()];
    let mut scaled = Vec::new();
    for answer in answers {
        let mut errors = Vec::new();
        for (k, value) in answer.fan.mean.iter().enumerate() {
            let Some(actual) = panel.series[answer.series].values.get(&(cutoff + 1 + k as i64)) else { continue };
            came.push(*actual);
            mean.push(*value);
            lines.iter_mut().zip(&answer.fan.quantiles).for_each(|(line, quantile)| line.push(quantile[k]));
            errors.push((actual - answer.fan.quantiles[1][k]).abs());
        }
        if answer.scale > 0.0 && !errors.is_empty() {
            scaled.push(errors.iter().sum::<f64>() / errors.len() as f64 / answer.scale);
        }
    }
    if came.is_empty() {
        return Ok(None);
    }
    let [low, middle, high] = &lines;
    let quantiles = [(LEVELS[0], &low[..]), (LEVELS[1], &middle[..]), (LEVELS[2], &high[..])];
    let mase = (!scaled.is_empty()).then(|| scaled.iter().sum::<f64>() / scaled.len() as f64);
    let score = [
        ("wape", metrics::wape(&came, middle)?),
        ("wql", metrics::wql(&came, &quantiles)?),
        ("cover80", Some(metrics::coverage(&came, low, high)?)),
        ("mase", mase),
        ("mae", Some(metrics::mae(&came, middle)?)),
        ("rmse", Some(metrics::rmse(&came, &mean)?)),
        ("smape", Some(metrics::smape(&came, middle)?)),
        ("mape", metrics::mape(&came, middle)?),
        ("bias", Some(metrics::bias(&came, &mean)?)),
    ];
    Ok(Some(score.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()))
}

/// Means over the folds, best wQL first; a measure that some fold does not have is none.
pub(crate) fn print(
    sums: &BTreeMap<&str, Vec<Map<String, Value>>>,
    panel: &Panel,
    as_json: bool,
) -> anyhow::Result<()> {
    const NAMES: [&str; 9] = ["wape", "wql", "cover80", "mase", "mae", "rmse", "smape", "mape", "bias"];
    let mean = |folds: &[Map<String, Value>], name: &str| -> Option<f64> {
        let values: Option<Vec<f64>> = folds.iter().map(|fold| fold.get(name).and_then(Value::as_f64)).collect();
        values.map(|values| values.iter().sum::<f64>() / values.len().max(1) as f64)
    };
    let mut rows: Vec<(&str, [Option<f64>; 9])> =
        sums.iter().map(|(model, folds)| (*model, NAMES.map(|name| mean(folds, name)))).collect();
    rows.sort_by(|a, b| a.1[1].unwrap_or(f64::MAX).total_cmp(&b.1[1].unwrap_or(f64::MAX)));
    if as_json {
        let models: Map<String, Value> = rows
            .iter()
            .map(|(model, values)| {
                let values = NAMES.iter().zip(values).map(|(name, value)| ((*name).to_owned(), json!(value)));
                ((*model).to_owned(), Value::Object(values.collect()))
            })
            .collect();
        output::say(format_args!("{}", json!({ "series": panel.series.len(), "models": models })))?;
        return Ok(());
    }
    let mut text = format!("{} series\n{:9}", panel.series.len(), "model");
    NAMES.iter().for_each(|name| text += &format!(" {name:>10}"));
    for (model, values) in &rows {
        text += &format!("\n{model:9}");
        for value in values {
            text += &value.map_or(format!(" {:>10}", "-"), |value| format!(" {value:10.4}"));
        }
    }
    output::say(format_args!("{text}"))?;
    Ok(())
}
