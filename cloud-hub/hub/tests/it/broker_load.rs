//! How fast the way in is: a measurement, run by hand.

use std::time::Instant;

use bytes::{Buf, BytesMut};
use rumqttc::mqttbytes::QoS;
use rumqttc::{Packet, Publish};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vyavs_wire::topic::Topic;

use crate::broker_rig::{Rig, identity};

/// `cargo test -p vyavs-hub --test it puback_rate -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a promise"]
async fn puback_rate_through_tls_guard_and_router() {
    for (bytes, messages) in [(200, 100_000u32), (4 * 1024, 50_000), (64 * 1024, 4_000)] {
        let mut rig = Rig::start().await;
        let me = identity(1, 1, 1);
        let device = rig.connect(me).await;
        let (mut read, mut write) = tokio::io::split(device.tls);
        let (window, mut room) = tokio::sync::mpsc::channel::<()>(100);
        let started = Instant::now();
        let sending = rig.life.spawn(async move {
            let mut out = BytesMut::new();
            for n in 0..messages {
                let publish = Publish::from_bytes(Topic::up(me).to_string(), QoS::AtLeastOnce, vec![7; bytes].into());
                let packet = Packet::Publish(Publish { pkid: (n % 100 + 1) as u16, ..publish });
                if window.try_send(()).is_err() {
                    write.write_all(&out).await.expect("connected");
                    write.flush().await.expect("connected");
                    out.clear();
                    window.send(()).await.expect("open");
                }
                packet.write(&mut out, 1 << 20).expect("fits");
            }
            write.write_all(&out).await.expect("connected");
            write.flush().await.expect("connected");
        });
        let reading = rig.life.spawn(async move {
            let (mut acks, mut seen) = (BytesMut::new(), 0);
            while seen < messages {
                read.read_buf(&mut acks).await.expect("connected");
                while acks.len() >= 4 {
                    acks.advance(4);
                    seen += 1;
                    room.recv().await.expect("one a publish");
                }
            }
            started.elapsed()
        });
        for _ in 0..messages {
            rig.next().await;
        }
        let all = started.elapsed();
        let acked = reading.await.expect("all acknowledged");
        sending.await.expect("sent");
        let rate = |time: std::time::Duration| f64::from(messages) / time.as_secs_f64();
        println!(
            "{bytes} B x {messages}: {:.0} PUBACK/s, {:.0}/s out of the hub's link, {:.0} MB/s, 0 lost",
            rate(acked),
            rate(all),
            rate(all) * bytes as f64 / 1e6
        );
        rig.stop().await;
    }
}
