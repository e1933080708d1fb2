//! A 1-Wire bus as the kernel shows it, in a folder of our own.

use vyavs_codec::onewire::encode;
use vyavs_domain::reading::Quality;
use vyavs_edge_agent::acquire::onewire::{self, OnewireConfig};
use vyavs_edge_agent::health::InputState;
use vyavs_service::lifecycle::Lifecycle;

use crate::heard::{Input, section};

#[tokio::test]
async fn each_thermometer_is_read_and_one_that_fails_disturbs_no_other() {
    let (life, root) = (Lifecycle::new(), tempfile::tempdir().expect("a folder"));
    let put = |device: &str, text: &str| {
        std::fs::create_dir_all(root.path().join(device)).expect("a folder");
        std::fs::write(root.path().join(device).join("w1_slave"), text).expect("written");
    };
    put("28-000000000001", &encode(4.125));
    put("28-000000000002", &encode(85.0));
    let config: OnewireConfig = section(&format!(
        r#"
        name = "bus"
        root = "{}"
        period_ms = 1000
        sensors = [
            {{ device = "28-000000000001", id = "cold-room", low = 0.0, high = 5.0 }},
            {{ device = "28-000000000002", id = "freezer" }},
            {{ device = "28-000000000003", id = "gone" }},
        ]"#,
        root.path().display()
    ));
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| onewire::run(config, ctx, tx, handle, pulse));
    assert_eq!(input.declared().await, ["cold-room", "freezer", "gone"]);
    let (reading, _) = input.of("cold-room").await;
    assert_eq!((reading.value, reading.quality), (4.125, Quality::Good));
    let (reading, why) = input.of("freezer").await;
    assert!(reading.quality == Quality::Bad && why.contains("power-on"), "{why}");
    let (reading, why) = input.of("gone").await;
    assert!(reading.quality == Quality::Bad && why.contains("28-000000000003/w1_slave"), "{why}");
    // The freezer's sensor measures again.
    put("28-000000000002", &encode(-19.5));
    let (reading, _) = input.until("freezer", Quality::Good).await;
    assert_eq!(reading.value, -19.5);
    // The bus is gone: every sensor is bad, and the input says so.
    std::fs::remove_dir_all(root.path()).expect("removed");
    input.until("cold-room", Quality::Bad).await;
    assert!(input.state(InputState::BackingOff).await.contains("w1_slave"));
    assert!(life.shutdown(std::time::Duration::from_secs(5)).await);
}

#[test]
fn a_device_that_would_leave_the_bus_is_refused() {
    for device in ["../../etc/passwd", "28-../../../x", "28-0000", ""] {
        let config: OnewireConfig =
            section(&format!(r#"name = "bus"{}sensors = [{{ device = "{device}", id = "x" }}]"#, "\n"));
        assert!(config.check().expect_err("refused").to_string().contains("28-0316a2795bff"), "{device}");
    }
}
