//! Simulated stores as a model meets them: minute by minute, through the window of the device, with the truth beside.

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use vyavs_domain::reading::Quality;
use vyavs_features::{Sample, Window};
use vyavs_world::sensors::{
    Cabinet, Channel, Fridge, FridgeSpec, Incident, IncidentKind, IncidentRates, plan_incidents,
};

/// Where all histories begin.
pub(crate) const BEGIN: &str = "2026-01-05T00:00:00Z";
const MINUTES_A_DAY: i64 = 1_440;

/// One simulated store: its cabinets, and what goes wrong with them.
pub(crate) struct Store {
    pub(crate) seed: u64,
    pub(crate) from: Timestamp,
    pub(crate) days: i64,
    pub(crate) cabinets: Vec<(FridgeSpec, SignedDuration)>,
    pub(crate) incidents: Vec<Incident>,
}

/// What is true of a probe in one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Calm,
    Wrong,
    /// The cause is gone, the cabinet not back yet.
    Settling,
}

/// One closed minute of one probe.
pub(crate) struct Minute<'a> {
    pub(crate) cabinet: usize,
    pub(crate) channel: Channel,
    /// Since the store's beginning.
    pub(crate) number: i64,
    /// The newest value, °C; NaN when the probe said nothing.
    pub(crate) value: f32,
    pub(crate) defrost: bool,
    pub(crate) truth: Truth,
    pub(crate) window: &'a Window,
}

impl Minute<'_> {
    /// The place of the probe in its store.
    pub(crate) fn probe(&self) -> usize {
        2 * self.cabinet + usize::from(self.channel == Channel::Product)
    }
}

impl Store {
    /// Eight cabinets, no two alike, six fridges and two freezers, polled every 10, 30 or 60 seconds.
    pub(crate) fn new(seed: u64, days: i64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let cabinets = (0..8).map(|number| {
            let kind = if number < 6 { Cabinet::Fridge } else { Cabinet::Freezer };
            let mut spec = FridgeSpec::new(&format!("cabinet-{number}"), kind);
            spec.setpoint_c += f64::from(rng.random_range(-10..=10)) / 10.0;
            spec.band_c *= f64::from(rng.random_range(80..=120)) / 100.0;
            spec.openings_per_hour *= f64::from(rng.random_range(40..=150)) / 100.0;
            let hours: [u32; 3] = if number < 6 { [4, 6, 8] } else { [8, 12, 12] };
            spec.defrost_every_h = hours[rng.random_range(0..3)];
            spec.defrost_min = rng.random_range(15..=30);
            (spec, SignedDuration::from_secs([60, 30, 60, 10][number % 4]))
        });
        let cabinets: Vec<_> = cabinets.collect();
        let from: Timestamp = BEGIN.parse().expect("a constant");
        let specs: Vec<_> = cabinets.iter().map(|(spec, _)| spec.clone()).collect();
        let until = from + SignedDuration::from_hours(24 * days);
        let incidents = plan_incidents(seed, &specs, from, until, &IncidentRates::default());
        Self { seed, from, days, cabinets, incidents }
    }

    pub(crate) fn until(&self) -> Timestamp {
        self.from + SignedDuration::from_hours(24 * self.days)
    }

    pub(crate) fn minutes(&self) -> usize {
        (self.days * MINUTES_A_DAY) as usize
    }

    /// Minutes since the beginning.
    pub(crate) fn minute(&self, at: Timestamp) -> i64 {
        at.duration_since(self.from).as_mins()
    }

    /// The incidents a probe shows: what is wrong with the cabinet shows in both.
    pub(crate) fn shown(&self, cabinet: usize, channel: Channel) -> impl Iterator<Item = &Incident> {
        let id = &self.cabinets[cabinet].0.id;
        self.incidents.iter().filter(move |incident| {
            &incident.cabinet == id && (incident.kind.is_physical() || incident.channel == channel)
        })
    }

    /// Lets the store's time pass and shows each closed minute of each probe, probe by probe.
    pub(crate) fn play(&self, mut see: impl FnMut(Minute<'_>)) {
        for cabinet in 0..self.cabinets.len() {
            let (spec, period) = &self.cabinets[cabinet];
            let mut fridge = Fridge::new(self.seed, spec, self.from, &self.incidents);
            let mut windows = [Channel::Air, Channel::Product].map(|channel| (channel, Window::new()));
            let shown = windows.each_ref().map(|(channel, _)| self.shown(cabinet, *channel).collect::<Vec<_>>());
            let mut at = self.from;
            while at < self.until() {
                let now = fridge.advance(at);
                for ((channel, window), shown) in windows.iter_mut().zip(&shown) {
                    let value = if *channel == Channel::Air { now.air_c } else { now.product_c };
                    let closed = window.push(&Sample {
                        at_us: at.as_microsecond(),
                        value,
                        quality: if value.is_nan() { Quality::Bad } else { Quality::Good },
                        defrost: Some(now.defrost),
                        minute_of_day: (at.as_second().div_euclid(60)).rem_euclid(MINUTES_A_DAY) as u16,
                    });
                    if closed {
                        see(Minute {
                            cabinet,
                            channel: *channel,
                            number: self.minute(at),
                            value: value as f32,
                            defrost: now.defrost,
                            truth: truth(shown, at),
                            window,
                        });
                    }
                }
                at += *period;
            }
        }
    }
}

fn truth(shown: &[&Incident], at: Timestamp) -> Truth {
    let settling = |incident: &Incident| incident.to <= at && at < incident.to + incident.kind.settles_in();
    if shown.iter().any(|incident| incident.covers(at)) {
        Truth::Wrong
    } else if shown.iter().any(|incident| settling(incident)) {
        Truth::Settling
    } else {
        Truth::Calm
    }
}

/// What a model is asked to find. Silence and repeated values are left to the rules that watch for them.
pub(crate) fn is_judged(kind: IncidentKind) -> bool {
    !matches!(kind, IncidentKind::Dropout | IncidentKind::StuckSensor)
}
