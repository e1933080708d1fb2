//! The store's instruments behind one Modbus TCP port, as a gateway would show them, and on a serial bus ([`line`]).
//!
//! Unit 1 is the first cabinet of the store's description, unit 2 the second, and so on; unit 100 is the meter.
//! Registers are those of the device templates. An address that no template names is exception 2, a unit that is not
//! there exception 11, a write exception 1. A probe that says nothing has its template's "no value".

mod line;

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use vyavs_world::sensors::{Cabinet, Round, Rounds, Sample};

use crate::pace::Pace;
use crate::summary::Stats;
use crate::template::{CASE_CONTROLLER, Kind, METER, Template};

/// The meter's unit.
pub const METER_UNIT: u8 = 100;

type Registers = BTreeMap<(u8, Kind, u16), u16>;

/// What the registers say now; cheap to clone, shared by all connections.
#[derive(Clone, Debug)]
pub struct Instruments {
    registers: Arc<RwLock<Registers>>,
    controller: Arc<Template>,
    meter: Arc<Template>,
    people: u64,
    left: u64,
    latest: Arc<RwLock<Option<Shown>>>,
    stats: Stats,
}

/// What the instruments showed last; whatever else measures the store measures this.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// All of them.
    pub round: Round,
    /// People who came in since the play began.
    pub entered: u64,
    /// People who left since the play began.
    pub left: u64,
}

impl Instruments {
    /// With no register yet.
    pub fn new(stats: Stats) -> Result<Self, toml::de::Error> {
        Ok(Self {
            registers: Arc::default(),
            controller: Arc::new(Template::parse(CASE_CONTROLLER)?),
            meter: Arc::new(Template::parse(METER)?),
            people: 0,
            left: 0,
            latest: Arc::default(),
            stats,
        })
    }

    /// Shows what the instruments said in a round.
    pub fn show(&mut self, round: &Round) {
        self.people += u64::from(round.people);
        self.left += u64::from(round.left);
        let shown = Shown { round: round.clone(), entered: self.people, left: self.left };
        *self.latest.write().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        let mut registers = Registers::new();
        for (unit, (cabinet, sample)) in (1..METER_UNIT).zip(&round.cabinets) {
            for point in &self.controller.points {
                let words = match point.name.as_str() {
                    "defrost" | "door" => Some(point.words(control_state(sample))),
                    name => controller_value(name, *cabinet, sample).and_then(|value| point.encode(value)),
                };
                fill(&mut registers, unit, point.kind, point.address(self.controller.base), words);
            }
        }
        for point in &self.meter.points {
            let value = match point.name.as_str() {
                "power" => Some(round.power_w),
                "footfall" | "footfall16" => Some(self.people as f64),
                _ => None,
            };
            let words = value.and_then(|value| point.encode(value));
            fill(&mut registers, METER_UNIT, point.kind, point.address(self.meter.base), words);
        }
        *self.registers.write().unwrap_or_else(PoisonError::into_inner) = registers;
    }

    fn has(&self, unit: u8) -> bool {
        let registers = self.registers.read().unwrap_or_else(PoisonError::into_inner);
        registers.keys().any(|(there, ..)| *there == unit)
    }

    /// What they showed last.
    pub fn latest(&self) -> Option<Shown> {
        self.latest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read(&self, unit: u8, kind: Kind, address: u16, count: u16) -> Result<Vec<u16>, ExceptionCode> {
        let registers = self.registers.read().unwrap_or_else(PoisonError::into_inner);
        if !registers.keys().any(|(there, ..)| *there == unit) {
            return Err(ExceptionCode::GatewayTargetDevice);
        }
        if !(1..=125).contains(&count) {
            return Err(ExceptionCode::IllegalDataValue);
        }
        let word = |offset| registers.get(&(unit, kind, address.checked_add(offset)?)).copied();
        (0..count).map(word).collect::<Option<Vec<u16>>>().ok_or(ExceptionCode::IllegalDataAddress)
    }
}

impl Service for Instruments {
    type Request = SlaveRequest<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        self.stats.add_modbus_reads(1);
        ready(match request.request {
            Request::ReadHoldingRegisters(address, count) => {
                self.read(request.slave, Kind::Holding, address, count).map(Response::ReadHoldingRegisters)
            }
            Request::ReadInputRegisters(address, count) => {
                self.read(request.slave, Kind::Input, address, count).map(Response::ReadInputRegisters)
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}

fn fill(registers: &mut Registers, unit: u8, kind: Kind, address: u16, words: Option<Vec<u16>>) {
    for (offset, word) in (0..).zip(words.into_iter().flatten()) {
        registers.insert((unit, kind, address.saturating_add(offset)), word);
    }
}

/// What a case controller says beside its state.
fn controller_value(point: &str, cabinet: Cabinet, sample: &Sample) -> Option<f64> {
    let limit_c = match cabinet {
        Cabinet::Fridge => 8.0,
        Cabinet::Freezer => -12.0,
    };
    match point {
        "air" | "thermostat" | "alarm_air" => Some(sample.air_c),
        // Out of the evaporator the air is a little colder while the compressor runs.
        "air_out" => Some(sample.air_c - if sample.compressor { 3.5 } else { 0.2 }),
        "suction" => Some(sample.air_c - if sample.compressor { 6.0 } else { -1.5 }),
        "product" => Some(sample.product_c),
        "alarm" => Some(f64::from(u8::from(sample.air_c > limit_c && !sample.defrost))),
        _ => None,
    }
}

/// AK-CC55 "Ctrl. state" (u00): 14 defrost, 17 door open, 11 thermostat cut-out, 0 normal control.
fn control_state(sample: &Sample) -> i64 {
    match sample {
        Sample { defrost: true, .. } => 14,
        Sample { door_open: true, .. } => 17,
        Sample { compressor: false, .. } => 11,
        _ => 0,
    }
}

/// Serves `listener`, and a serial bus behind the link `serial` where one is asked for, until `stop`.
pub async fn serve(
    listener: TcpListener,
    serial: Option<PathBuf>,
    instruments: Instruments,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let shared = instruments.clone();
    let new_service = move |_| Ok(Some(shared.clone()));
    let on_connected = move |stream, address| {
        let new_service = new_service.clone();
        async move { accept_tcp_connection(stream, address, new_service) }
    };
    let ended = stop.clone();
    let on_the_line = async {
        match serial {
            Some(link) => line::serve(link, instruments, ended).await,
            None => std::future::pending().await,
        }
    };
    let server = Server::new(listener);
    let serving = server.serve(&on_connected, |error| debug!("a Modbus connection ended: {error}"));
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        served = serving => served,
        served = on_the_line => served,
    }
}

/// Moves the instruments on as the store's time does, until `stop`. At full speed the store's time is what the play has
/// come to.
pub async fn advance(
    mut instruments: Instruments,
    mut rounds: Rounds,
    pace: Pace,
    played_until: impl Fn() -> Option<jiff::Timestamp>,
    stop: CancellationToken,
) {
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        if let Some(now) = pace.now().or_else(&played_until) {
            instruments.show(&rounds.advance(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use vyavs_world::{StoreSpec, World};

    use super::*;

    pub(super) fn at_noon() -> (Instruments, Round) {
        let world = World::new(1, StoreSpec::default()).expect("a store");
        let at: Timestamp = "2026-03-07T12:00:00Z".parse().expect("a time");
        let mut instruments = Instruments::new(Stats::default()).expect("templates");
        let mut round = world.rounds(at, at, &[]).advance(at);
        round.people = 70_000;
        instruments.show(&round);
        (instruments, round)
    }

    #[test]
    fn registers_say_what_the_instruments_said() {
        let (instruments, round) = at_noon();
        let air = instruments.read(1, Kind::Holding, 2529, 1).expect("there")[0].cast_signed();
        assert!((f64::from(air) / 10.0 - round.cabinets[0].1.air_c).abs() < 0.01);
        assert_eq!(instruments.read(METER_UNIT, Kind::Input, 10, 3).expect("there"), [1, 4_464, 4_464]);
        let state = instruments.read(3, Kind::Holding, 2006, 1).expect("there")[0];
        assert!([0, 11, 14, 17].contains(&state));
    }

    #[test]
    fn what_is_not_there_is_an_exception_and_a_dead_probe_says_so() {
        let (mut instruments, mut round) = at_noon();
        let read = |i: &Instruments, unit, address, count| i.read(unit, Kind::Holding, address, count);
        assert_eq!(read(&instruments, 1, 9, 1), Err(ExceptionCode::IllegalDataAddress));
        assert_eq!(read(&instruments, 1, 65_535, 2), Err(ExceptionCode::IllegalDataAddress));
        assert_eq!(read(&instruments, 44, 2529, 1), Err(ExceptionCode::GatewayTargetDevice));
        assert_eq!(read(&instruments, 1, 2529, 0), Err(ExceptionCode::IllegalDataValue));
        round.cabinets[0].1.air_c = f64::NAN;
        instruments.show(&round);
        assert_eq!(read(&instruments, 1, 2529, 1), Ok(vec![0x8000]));
    }
}
