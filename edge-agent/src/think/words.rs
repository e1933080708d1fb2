//! Alarms as one sentence for people: what, since when, against what.

use vyavs_detect::Episode;
use vyavs_domain::alert::AlarmKind;
use vyavs_domain::reading::{Measure, Sensor};
use vyavs_domain::time::{StoreTime, from_micros};

/// The unit as people write it.
fn unit(measure: Measure) -> &'static str {
    match measure {
        Measure::Temperature => " °C",
        Measure::Humidity | Measure::Battery => " %",
        Measure::Power => " W",
        Measure::Weight => " kg",
        Measure::Pressure => " Pa",
        Measure::Voltage => " V",
        Measure::Current => " A",
        Measure::Energy => " kWh",
        Measure::Illuminance => " lx",
        Measure::CarbonDioxide => " ppm",
        Measure::Signal => " dBm",
        Measure::Count | Measure::Door | Measure::State => "",
    }
}

fn clock(time: &StoreTime, at_us: i64) -> String {
    time.local(from_micros(at_us)).strftime("%H:%M").to_string()
}

fn minutes(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round();
    if minutes < 120.0 { format!("{minutes} min") } else { format!("{:.1} h", minutes / 60.0) }
}

/// Who scored, and how far the sensor is from its level, °C.
pub(super) struct Scorer<'a> {
    pub(super) label: Option<&'a str>,
    pub(super) off_level: Option<f64>,
}

/// Why an alarm was raised.
pub(super) fn raised(
    kind: AlarmKind,
    sensor: &Sensor,
    episode: &Episode,
    time: &StoreTime,
    scorer: &Scorer<'_>,
) -> String {
    let Episode { since_us, at_us, value, limit } = *episode;
    let (name, unit, since) = (&sensor.name, unit(sensor.measure), clock(time, since_us));
    match kind {
        AlarmKind::Threshold => {
            let side = if value > limit { "above" } else { "below" };
            let held = minutes((at_us - since_us) as f64 / 1e6);
            format!("{name}: {value:.1}{unit}, {side} its limit of {limit}{unit} since {since} ({held})")
        }
        AlarmKind::TimeAboveLimit => {
            let high = sensor.high.unwrap_or_default();
            format!("{name}: above {high}{unit} for {} since {since}, {} are allowed", minutes(value), minutes(limit))
        }
        AlarmKind::StuckSensor => {
            format!("{name}: has said {value:.1}{unit} without a change since {since}, while it should move")
        }
        AlarmKind::Missing => format!("{name}: silent since {since}, {} are allowed", minutes(limit)),
        AlarmKind::ModelScore => {
            let who = scorer.label.unwrap_or("distance from its level, no model at work");
            let off = scorer.off_level.map_or(String::new(), |off| format!("; now {off:+.1}{unit} off its own level"));
            format!("{name}: behaves unlike itself since {since}, score {value:.2} over {limit:.2} ({who}){off}")
        }
        AlarmKind::Quarantine | AlarmKind::Device => format!("{name}: {value} against {limit}"),
    }
}
