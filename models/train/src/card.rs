//! `card.md`: what the model is, for people; every figure in it is computed, none is typed.

use std::cmp::Ordering;
use std::fmt::Write as _;

use vyavs_artifact::{Manifest, Metrics};
use vyavs_features::COLD_CHAIN;
use vyavs_world::sensors::IncidentKind;

use crate::anomaly::{Fit, KINDS};

/// Who wins, in words; the figures decide.
fn verdict(model: &Metrics, other: &Metrics) -> String {
    let (name, other_name) = (&model.detector, &other.detector);
    let wins = match model.f1.total_cmp(&other.f1) {
        Ordering::Greater => format!("The {name} beats the {other_name}"),
        Ordering::Less => format!("The {other_name} beats the {name}"),
        Ordering::Equal => format!("The {name} and the {other_name} tie"),
    };
    let compare = |mine: f64, theirs: f64| match mine.total_cmp(&theirs) {
        Ordering::Greater => "more",
        Ordering::Less => "fewer",
        Ordering::Equal => "as many",
    };
    let (high, low) = (model.f1.max(other.f1), model.f1.min(other.f1));
    let found = compare(model.recall, other.recall);
    let wolf = compare(model.false_alarms_per_sensor_week, other.false_alarms_per_sensor_week);
    format!("{wins} on F1 ({high:.3} to {low:.3}); the {name} finds {found} incidents and cries wolf {wolf} times.")
        .replace("cries wolf more times", "cries wolf more often")
        .replace("cries wolf fewer times", "cries wolf less often")
        .replace("cries wolf as many times", "cries wolf as often")
}

pub(crate) fn write(fit: &Fit, manifest: &Manifest) -> String {
    let mut text = String::new();
    put(&mut text, fit, manifest).expect("writing to a String cannot fail");
    text
}

fn put(out: &mut String, fit: &Fit, manifest: &Manifest) -> std::fmt::Result {
    let Manifest { training, metrics, .. } = manifest;
    writeln!(out, "# {}\n", manifest.label())?;
    writeln!(
        out,
        "Scores, once a minute, how unlike itself a temperature probe of a fridge or freezer behaves. One model for air \
         and goods, fridges and freezers: each probe is held against its own level of the last two days.\n"
    )?;
    writeln!(
        out,
        "**Takes** {} features (`{}`): {} five-minute means of the last two hours, and {}.  \n**Gives** one score; \
         the alarm is: {}.\n",
        COLD_CHAIN.len(),
        manifest.feature_spec_name,
        COLD_CHAIN.lags(),
        COLD_CHAIN.extras.join(", "),
        fit.chosen[0].1,
    )?;
    writeln!(
        out,
        "**Inside**: an autoencoder 32-16-8-16-32 (ReLU, linear code and output). The score is the largest of three parts: \
         error of reconstruction, T² of the code, and distance of the last quarter of an hour from the probe's own \
         level; each is 1 where it would be an alarm alone. Scaler and score are in the graph.\n"
    )?;
    writeln!(out, "## Made from\n")?;
    writeln!(
        out,
        "Simulated data only. {} windows of {} probes, {} to {}, seed {}; incidents happened, and windows that touch one \
         were left out by their label. Thresholds were chosen for the best F1 on two other stores (56 days each), with the same \
         search for each detector: {}. None of these stores was used for the figures below.\n",
        training.vectors,
        training.sensors,
        training.from,
        training.until,
        training.seed,
        fit.chosen.iter().map(|(name, words)| format!("{name}: {words}")).collect::<Vec<_>>().join("; "),
    )?;
    writeln!(out, "```sh\n{} --out DIR --sign-key KEY\n```\n", training.command)?;
    writeln!(out, "## Figures\n")?;
    writeln!(
        out,
        "Two stores the model never met, {} probes, 56 days each, of which the first 14 are for learning the store \
         and not judged (the robust z learns a level and a deviation for each probe and hour of the day from them; the model \
         has only what the window carries). An incident is found when an alarm is raised while it lasts (a spike: within ten minutes \
         after). Alarms while a cabinet recovers count neither way. Dropouts and stuck \
         probes are left to the rules that watch for them, for every detector.\n",
        fit.judged,
    )?;
    writeln!(out, "| Detector | Precision | Recall | F1 | Median delay, min | False alarms per sensor and week |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for m in metrics {
        let Metrics { detector, precision, recall, f1, median_delay_min, false_alarms_per_sensor_week } = m;
        writeln!(
            out,
            "| {detector} | {precision:.3} | {recall:.3} | {f1:.3} | {median_delay_min} | {false_alarms_per_sensor_week:.3} |"
        )?;
    }
    writeln!(out, "\nFound of all, by kind:\n")?;
    writeln!(out, "| Detector | {} |", KINDS.map(|(_, name)| name).join(" | "))?;
    writeln!(out, "|---|{}", "---|".repeat(KINDS.len()))?;
    for (name, tally) in &fit.by_kind {
        let of = |kind| tally.kinds[IncidentKind::ALL.iter().position(|one| *one == kind).expect("one of all")];
        let cells = KINDS.map(|(kind, _)| format!("{} of {}", of(kind).1, of(kind).0));
        writeln!(out, "| {name} | {} |", cells.join(" | "))?;
    }
    writeln!(out)?;
    for other in &metrics[1..] {
        writeln!(out, "- {}", verdict(&metrics[0], other))?;
    }
    writeln!(out, "\n## Use it for, and not for\n")?;
    writeln!(
        out,
        "A hint to look at a cabinet before its limit is reached. Not a record of food safety: the rules for limits and \
         for time above them run beside it and do not depend on it. It needs three hours of a new probe before it \
         speaks. Real cabinets differ from simulated ones; watch the false alarms of the first weeks, and fit it again \
         on the chain's own history when there is some. After a changed set point it alarms until the level has \
         followed, some days.\n"
    )?;
    writeln!(out, "Licence: {}.", manifest.licence)
}
