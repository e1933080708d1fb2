//! A panel as the boosted model takes it: cut off at a step, with what is known ahead.

use anyhow::bail;
use jiff::ToSpan as _;
use vyavs_forecast::boosted::{Boosted, BoostedError, Calendar, Forecasts, Pace, Sheet, Track};
use vyavs_forecast::holidays::Country;

use super::panel::{Panel, Series, Step};

/// What the boosted model says at a cut-off of each series `asked`, in their order; `None` where the panel is too short
/// for it.
pub(crate) fn boosted(
    panel: &Panel,
    cutoff: i64,
    horizon: usize,
    asked: &[usize],
    country: Option<Country>,
) -> anyhow::Result<Option<Forecasts>> {
    let mut sheet = sheet(panel, cutoff, horizon, asked)?;
    if let Some(country) = country {
        rest(&mut sheet, country);
    }
    match Boosted::default().forecast(&sheet) {
        Ok(found) => Ok(Some(found)),
        Err(error @ BoostedError::TooFew { .. }) => {
            eprintln!("{}: boosted: {error}; the seasonal naive answers for it", panel.moment(cutoff)?);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn sheet(panel: &Panel, cutoff: i64, horizon: usize, asked: &[usize]) -> anyhow::Result<Sheet> {
    // Rows may lie in any order, so steps may be negative.
    let series: Vec<&Series> = asked.iter().map(|at| &panel.series[*at]).collect();
    let first = series.iter().filter_map(|series| series.values.keys().next()).min().copied().unwrap_or(cutoff);
    let past = (cutoff - first + 1).max(1) as usize;
    let tracks = series.iter().map(|series| track(panel, series, first, past, horizon));
    Ok(Sheet {
        calendar: Calendar { first: panel.date_of(first)?, pace: pace(panel.step) },
        past,
        horizon,
        groups: panel.groups,
        tracks: tracks.collect::<anyhow::Result<_>>()?,
    })
}

fn track(panel: &Panel, series: &Series, first: i64, past: usize, horizon: usize) -> anyhow::Result<Track> {
    let mut track = Track { values: vec![f32::NAN; past], known: Vec::new(), groups: series.groups.clone() };
    let end = first + past as i64;
    for (at, value) in series.values.range(first..end) {
        track.values[(at - first) as usize] = *value as f32;
    }
    track.known = vec![vec![f32::NAN; past + horizon]; panel.known.len()];
    for (at, cells) in series.known.range(first..end + horizon as i64) {
        let step = (at - first) as usize;
        for ((column, cell), name) in track.known.iter_mut().zip(cells).zip(&panel.known) {
            if cell.is_nan() && step >= past {
                bail!(
                    "series {}: column {name} is empty at {}; what is known in advance must be told for every step ahead",
                    series.uid,
                    panel.moment(*at)?
                );
            }
            column[step] = *cell;
        }
    }
    // A series that ended is not asked about its future; one that goes on must say what is known at every step.
    let last = series.known.keys().next_back().copied().unwrap_or(i64::MIN);
    let gap = (end..end + horizon as i64).find(|at| *at <= last && !series.known.contains_key(at));
    if let (Some(at), false) = (gap, panel.known.is_empty()) {
        bail!(
            "series {} has no row at {}, so {} is not known there; a step ahead needs a row",
            series.uid,
            panel.moment(at)?,
            panel.known.join(", ")
        );
    }
    Ok(track)
}

/// Adds the country's holidays as a known column. A week rests where one of its days does.
fn rest(sheet: &mut Sheet, country: Country) {
    let days = if sheet.calendar.pace == Pace::Week { 7 } else { 1 };
    let rests = |step: usize| {
        let date = sheet.calendar.moment(step).date();
        (0..days).any(|back: i64| date.checked_sub(back.days()).is_ok_and(|date| country.rests(date)))
    };
    let column: Vec<f32> = (0..sheet.past + sheet.horizon).map(|step| u8::from(rests(step)).into()).collect();
    sheet.tracks.iter_mut().for_each(|track| track.known.push(column.clone()));
}

fn pace(step: Step) -> Pace {
    match step {
        Step::Hour => Pace::Hour,
        Step::Day => Pace::Day,
        Step::Week => Pace::Week,
    }
}
