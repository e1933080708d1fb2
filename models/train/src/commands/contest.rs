//! Every model that was asked for, on every series, at one cut-off.

use anyhow::Context as _;
use vyavs_forecast::holidays::Country;
use vyavs_forecast::mix::{self, Met};
use vyavs_forecast::rolling::Trial;
use vyavs_forecast::{Calibration, Ensemble, Fan, History, Method, ensemble, rolling};

use super::panel::Panel;
use super::{sheet, workers};

/// What a fan holds: an 80 % interval and its middle.
pub(crate) const LEVELS: [f64; 3] = [0.1, 0.5, 0.9];
/// Folds inside the known past that weights and calibration are taken from.
const PAST: usize = 3;
const ENSEMBLE: &str = "ensemble";
const BOOSTED: &str = "boosted";

/// A model's fan for one series and cut-off, and what came where something came.
pub(crate) struct Answer {
    pub(crate) fan: Fan,
    /// Place of the series in the panel.
    pub(crate) series: usize,
    /// Mean step of the seasonal naive within what was known; 0 where it gives no scale.
    pub(crate) scale: f64,
}

pub(crate) type Answers = Vec<(&'static str, Vec<Answer>)>;

/// Who takes part.
pub(crate) struct Contest {
    /// The seasonal naive first.
    methods: Vec<Method>,
    /// Whether they are also blended, with the boosted model where it takes part.
    ensemble: bool,
    boosted: bool,
    /// Whose holidays are known in advance.
    country: Option<Country>,
}

impl Contest {
    pub(crate) fn named(names: &[String], country: Option<&str>) -> anyhow::Result<Self> {
        let named = |code| {
            Country::named(code)
                .with_context(|| format!("the holidays of {code:?} are not here; expected DE, FR, GB, IN or US"))
        };
        let country = country.map(named).transpose()?;
        let mut contest = Self { methods: vec![Method::SeasonalNaive], ensemble: false, boosted: false, country };
        for name in names {
            match name.as_str() {
                "all" => {
                    contest.methods.extend(Method::ALL);
                    (contest.ensemble, contest.boosted) = (true, true);
                }
                ENSEMBLE => {
                    contest.methods.extend(Ensemble::default().members);
                    contest.ensemble = true;
                }
                BOOSTED => contest.boosted = true,
                name => contest.methods.push(Method::named(name).with_context(|| {
                    let all: Vec<_> = Method::ALL.iter().map(|method| method.name()).collect();
                    format!("there is no model {name:?}; expected boosted, ensemble, all, or of {}", all.join(", "))
                })?),
            }
        }
        let mut seen = Vec::new();
        contest.methods.retain(|method| {
            let new = !seen.contains(method);
            seen.push(*method);
            new
        });
        Ok(contest)
    }

    /// Whose forecasts are written: the ensemble's, else the boosted model's, else those of the first method that was
    /// asked for.
    pub(crate) fn first(&self) -> &'static str {
        match self.methods.get(1) {
            _ if self.ensemble => ENSEMBLE,
            _ if self.boosted => BOOSTED,
            method => method.unwrap_or(&self.methods[0]).name(),
        }
    }

    /// Spreads are calibrated by the model's own past errors over the panel.
    pub(crate) fn fold(&self, panel: &Panel, cutoff: i64, horizon: usize) -> anyhow::Result<Answers> {
        let items = known(panel, cutoff)?;
        let mut said = self.classical(panel, cutoff, horizon, &items)?;
        if self.boosted {
            let asked: Vec<usize> = items.iter().map(|(series, _)| *series).collect();
            match sheet::boosted(panel, cutoff, horizon, &asked, self.country)? {
                Some(found) => {
                    if let Some(ensemble) = said.iter_mut().find(|said| said.name == ENSEMBLE) {
                        let share = share(panel, cutoff, &items, ensemble, &found.trials);
                        eprintln!("{}: the ensemble takes {share} of boosted", panel.moment(cutoff)?);
                        let pairs = found.fans.iter().zip(&ensemble.fans);
                        ensemble.fans = pairs.map(|(one, other)| mix::mix(one, other, share)).collect();
                    }
                    said.push(Said { name: BOOSTED, fans: found.fans, trials: Vec::new() });
                }
                None => said.push(Said { name: BOOSTED, fans: said[0].fans.clone(), trials: Vec::new() }),
            }
        }
        let season = panel.step.seasons()[0];
        let answers = said.into_iter().map(|said| {
            let answers = items.iter().zip(said.fans).map(|((series, values), fan)| {
                let pairs = values.iter().skip(season).zip(values).map(|(now, then)| (now - then).abs());
                let scale = pairs.sum::<f64>() / values.len().saturating_sub(season).max(1) as f64;
                Answer { fan, series: *series, scale }
            });
            (said.name, answers.collect())
        });
        Ok(answers.collect())
    }

    fn classical(&self, panel: &Panel, cutoff: i64, horizon: usize, items: &[Item]) -> anyhow::Result<Vec<Said>> {
        let (date, seasons) = (panel.moment(cutoff)?, panel.step.seasons());
        let say = |count: usize| eprintln!("{date}: {count} of {} series", items.len());
        let members = Ensemble::default().members;
        let found = workers::each(items, say, |(at, values)| {
            let place = || format!("series {}", panel.series[*at].uid);
            let history = History::new(values.clone(), seasons).with_context(place)?;
            let mut said = Vec::new();
            let (mut paths, mut past) = (Vec::new(), Vec::new());
            for method in &self.methods {
                let path = method.forecast(&history, horizon).with_context(place)?;
                let trials = rolling::trials(*method, &history, horizon, PAST).with_context(place)?;
                said.push((path.clone(), trials.clone()));
                if members.contains(method) {
                    paths.push(path);
                    past.push(trials);
                }
            }
            if self.ensemble {
                let blend = ensemble::blend(paths, &past);
                said.push((blend.path, blend.trials));
            }
            Ok(said)
        })?;
        let names = self.methods.iter().map(|method| method.name()).chain(self.ensemble.then_some(ENSEMBLE));
        let said = names.enumerate().map(|(rank, name)| {
            let trials = || found.iter().flat_map(move |said| said[rank].1.iter());
            let calibration = Calibration::new(trials().flat_map(|trial| trial.scores().collect::<Vec<_>>()));
            let fan = |path: &vyavs_forecast::Path, values: &[f64]| {
                let fan = calibration.fan(path, &LEVELS);
                if values.iter().all(|y| *y >= 0.0) { fan.at_least_zero() } else { fan }
            };
            let pairs = || items.iter().zip(&found);
            let fans = pairs().map(|((_, values), said)| fan(&said[rank].0, values)).collect();
            let past = |trial: &Trial, values: &[f64]| fan(&trial.path, values);
            let trials = match name {
                ENSEMBLE => pairs()
                    .map(|((_, values), said)| said[rank].1.iter().map(|trial| past(trial, values)).collect())
                    .collect(),
                _ => Vec::new(),
            };
            Said { name, fans, trials }
        });
        Ok(said.collect())
    }
}

/// What one model says of every series; of the ensemble also what it would have said in the past, newest fold first.
struct Said {
    name: &'static str,
    fans: Vec<Fan>,
    trials: Vec<Vec<Fan>>,
}

/// A series by its place in the panel, and its values up to the cut-off without a hole.
type Item = (usize, Vec<f64>);

fn known(panel: &Panel, cutoff: i64) -> anyhow::Result<Vec<Item>> {
    let season = panel.step.seasons()[0];
    let mut items = Vec::new();
    let (mut filled, mut unknown) = (0, 0);
    for (at, series) in panel.series.iter().enumerate() {
        match series.known(cutoff, season) {
            Some((values, holes)) => {
                filled += holes;
                items.push((at, values));
            }
            None => unknown += 1,
        }
    }
    if filled + unknown > 0 {
        let date = panel.moment(cutoff)?;
        eprintln!(
            "{date}: {filled} missing values filled from a season before; {unknown} series begin later, left out"
        );
    }
    Ok(items)
}

/// How much of the boosted model the ensemble takes: what would have been best in the folds that both were judged on.
fn share(panel: &Panel, cutoff: i64, items: &[Item], ensemble: &Said, boosted: &[Vec<Fan>]) -> f64 {
    let mut came = Vec::new();
    for (series, _) in items {
        let folds = boosted.iter().zip(1..).map(|(fans, back)| {
            let steps = fans.first().map_or(0, |fan| fan.mean.len()) as i64;
            let from = cutoff + 1 - back * steps;
            let value = |step| panel.series[*series].values.get(&step).copied().unwrap_or(f64::NAN);
            (from..from + steps).map(value).collect::<Vec<f64>>()
        });
        came.push(folds.collect::<Vec<_>>());
    }
    let mut met = Vec::new();
    for (fold, fans) in boosted.iter().enumerate() {
        for (series, one) in fans.iter().enumerate() {
            if let Some(other) = ensemble.trials[series].get(fold) {
                met.push(Met { one, other, came: &came[series][fold] });
            }
        }
    }
    mix::weight(&met).unwrap_or(0.5)
}
