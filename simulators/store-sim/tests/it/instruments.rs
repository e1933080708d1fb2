use std::time::Duration;

use tokio_modbus::client::{Reader, tcp};
use tokio_modbus::{ExceptionCode, Slave};
use tokio_util::sync::CancellationToken;
use vyavs_store_sim::config::{LiveIncident, ModbusConfig, PlayConfig};
use vyavs_store_sim::pace::Speed;
use vyavs_store_sim::play::Play;
use vyavs_world::sensors::{Channel, IncidentKind};

use crate::{clock, world_config};

fn config() -> PlayConfig {
    PlayConfig {
        modbus: Some(ModbusConfig { listen: "127.0.0.1:0".parse().expect("an address") }),
        from: None,
        until: None,
        // An hour in a second.
        speed: Some(Speed::Times(3_600.0)),
        ..world_config()
    }
}

/// A Modbus client sees a cabinet that stays cold, and one whose compressor fails get warm.
#[tokio::test]
async fn a_client_sees_the_cabinets_and_what_goes_wrong_with_them() {
    let failing = LiveIncident {
        cabinet: "fridge-1".to_owned(),
        channel: Channel::Air,
        kind: IncidentKind::CompressorFailure,
        after_s: 1,
        lasts_s: 24 * 3_600,
    };
    let play = Play::prepare(PlayConfig { incident: vec![failing], ..config() }, &clock()).await.expect("ready");
    let address = play.modbus_address().expect("listening");
    let stop = CancellationToken::new();
    let looking = async {
        let mut fridge = tcp::connect_slave(address, Slave(1)).await.expect("connected");
        let mut freezer = tcp::connect_slave(address, Slave(2)).await.expect("connected");
        let mut meter = tcp::connect_slave(address, Slave(100)).await.expect("connected");
        tokio::time::sleep(Duration::from_millis(200)).await;
        let degrees = |words: Vec<u16>| f64::from(words[0].cast_signed()) / 10.0;
        let read = async |context: &mut tokio_modbus::client::Context, address| {
            degrees(context.read_holding_registers(address, 1).await.expect("connected").expect("a value"))
        };
        let early = read(&mut fridge, 2529).await;
        let people = meter.read_input_registers(10, 2).await.expect("connected").expect("a value");
        // Five hours of the store later.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let late = read(&mut fridge, 2529).await;
        let cold = read(&mut freezer, 2701).await;
        let more = meter.read_input_registers(10, 2).await.expect("connected").expect("a value");
        let power = meter.read_input_registers(0, 2).await.expect("connected").expect("a value");
        assert!(late > early + 2.0 && late > 8.0, "{early} then {late}");
        assert!((-23.0..-15.0).contains(&cold), "{cold}");
        assert!(more > people, "people come in: {people:?} then {more:?}");
        assert!(power[0] == 0 && power[1] > 200, "{power:?}");
        let missing = fridge.read_holding_registers(7, 1).await.expect("connected");
        assert_eq!(missing, Err(ExceptionCode::IllegalDataAddress));
        stop.cancel();
    };
    let (summary, ()) = tokio::join!(play.run(stop.clone()), looking);
    assert!(summary.expect("stopped").modbus_reads >= 7);
}

/// Where nothing but instruments is played, `until` ends it.
#[tokio::test]
async fn a_play_of_instruments_alone_ends_when_it_should() {
    let config = PlayConfig {
        from: Some("2026-03-07".parse().expect("a date")),
        until: Some("2026-03-08".parse().expect("a date")),
        speed: Some(Speed::Times(86_400.0)),
        ..config()
    };
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let ended = tokio::time::timeout(Duration::from_secs(10), play.run(CancellationToken::new())).await;
    let seconds = ended.expect("in time").expect("played").seconds;
    assert!((0.5..5.0).contains(&seconds), "{seconds}");
}
