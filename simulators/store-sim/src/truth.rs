//! What really happened in a world, as JSON lines on disk or a pipe: for whoever judges a detector, and never on a wire.

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;
use vyavs_domain::time::BusinessDay;
use vyavs_world::market::Promotion;
use vyavs_world::weather::Weather;
use vyavs_world::{Stockout, Truth, World};

use crate::source::trade::days_from;

/// A line: `{"promotion":…}`, `{"weather":…}`, `{"truth":…}` or `{"stockout":…}`.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Promotion(&'a Promotion),
    Weather {
        day: Date,
        #[serde(flatten)]
        weather: Weather,
    },
    Truth {
        day: Date,
        #[serde(flatten)]
        truth: &'a Truth,
    },
    Stockout {
        day: Date,
        #[serde(flatten)]
        stockout: &'a Stockout,
    },
}

/// Writes the truth of `days` business days from `from` on: the promotions of all of them, then day by day the weather,
/// what happened by time, and what ran out. Gives how many lines.
pub fn write(world: &World, from: BusinessDay, days: u32, out: &mut impl Write) -> io::Result<u64> {
    let mut count = 0;
    let mut line = |line: &Line<'_>| {
        count += 1;
        serde_json::to_writer(&mut *out, line)?;
        out.write_all(b"\n")
    };
    let days: Vec<BusinessDay> = days_from(from).take(days as usize).collect();
    let until = days.last().and_then(|day| day.0.tomorrow().ok()).map_or(from, BusinessDay);
    for promotion in world.promotions(from, until) {
        line(&Line::Promotion(&promotion))?;
    }
    for day in days {
        line(&Line::Weather { day: day.0, weather: world.weather(day) })?;
        for truth in &world.truth(day) {
            line(&Line::Truth { day: day.0, truth })?;
        }
        for stockout in &world.trade(day).stockouts {
            line(&Line::Stockout { day: day.0, stockout })?;
        }
    }
    out.flush()?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use vyavs_world::StoreSpec;

    use super::*;

    #[test]
    fn the_truth_of_some_days_reads_as_lines() {
        let world = World::new(3, StoreSpec::default()).expect("a store");
        let mut bytes = Vec::new();
        let count = write(&world, "2026-03-01".parse().expect("a date"), 7, &mut bytes).expect("a vector takes it");
        let text = String::from_utf8(bytes).expect("JSON is text");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len() as u64, count);
        let of = |kind: &str| lines.iter().filter_map(|line| line.get(kind)).cloned().collect::<Vec<_>>();
        assert_eq!(of("weather").len(), 7);
        assert!(of("promotion").iter().all(|one| one["lift"].as_f64().is_some_and(|lift| lift > 1.0)));
        let thefts: Vec<_> = of("truth").into_iter().filter(|one| one["what"] == "shelf_theft").collect();
        assert!(!thefts.is_empty() && thefts.iter().all(|one| one["amount_minor"].as_i64() > Some(0)), "{thefts:?}");
    }
}
