//! Temperatures hour by hour against their limits, as the sensor page's curves show them.

use vyavs_domain::reading::{Measure, Sensor};
use vyavs_render::{Cell, Section};
use vyavs_store::sensors;
use vyavs_store::telemetry::{self, Point};

use super::super::export::Printing;
use super::super::tables::{decimal, instant, integer, measured, text, whole};
use super::Shop;
use crate::jobs::print::Row;
use crate::jobs::{Failure, Run};

const HOUR_S: i64 = 3600;

pub(super) async fn print(run: &Run, shops: &[Shop], to: &mut Printing<'_>) -> Result<(), Failure> {
    let degrees = |name: &str| decimal(name).without_total();
    let columns = vec![
        text("Store"),
        text("Sensor"),
        text("Name"),
        instant("Hour"),
        degrees("Lowest °C"),
        degrees("Mean °C"),
        degrees("Highest °C"),
        degrees("Low limit °C"),
        degrees("High limit °C"),
        integer("Readings"),
        integer("Out of limits"),
    ];
    to.printer.begin(Section::new("By sensor and hour", columns)).await?;
    for shop in shops {
        let (org, store, span) = (run.job.org, shop.store.id, shop.span());
        let hours = u32::try_from(span.1.duration_since(span.0).as_secs() / HOUR_S).unwrap_or(0).max(1);
        let all = sensors::list(&mut run.read().await?, org, store).await?;
        let cold: Vec<_> =
            all.into_iter().map(|now| now.sensor).filter(|one| one.measure == Measure::Temperature).collect();
        if cold.is_empty() {
            to.printer.gap(format!("{} has no temperature sensor", shop.store.name)).await?;
        }
        for sensor in &cold {
            let points = telemetry::series(&mut run.read().await?, org, store, &sensor.id, span, hours).await?;
            let silent = u64::from(hours).saturating_sub(points.len() as u64);
            if silent > 0 {
                let name = format!("{}, {}", shop.store.name, sensor.name);
                to.printer
                    .gap(format!("{name}: {silent} of {hours} hours have no reading that can be trusted"))
                    .await?;
            }
            to.rows(points.iter().map(|point| row(shop, sensor, point)).collect()).await?;
        }
    }
    Ok(())
}

fn row(shop: &Shop, sensor: &Sensor, point: &Point) -> Row {
    let out = sensor.low.is_some_and(|low| point.min < low) || sensor.high.is_some_and(|high| point.max > high);
    vec![
        shop.store.name.clone().into(),
        sensor.id.as_str().to_owned().into(),
        sensor.name.clone().into(),
        point.at.into(),
        measured(Some(point.min)),
        measured(Some(point.mean)),
        measured(Some(point.max)),
        measured(sensor.low),
        measured(sensor.high),
        whole(point.count),
        Cell::Integer(i64::from(out)),
    ]
}
