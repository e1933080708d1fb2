//! What a device may say and hear: deny by default, both ways. Pure: packets in, verdicts out.
//!
//! Two rules protect the router and not the topics. An acknowledgement out of order is refused, because rumqttd
//! answers it by dropping the connection's slot while the connection still stands; when that one closes, rumqttd
//! frees whatever session took the slot meanwhile. And a DISCONNECT is not passed on but ends the session here, for
//! the same reason.

use std::collections::VecDeque;
use std::time::Duration;

use rumqttc::mqttbytes::{Protocol, QoS};
use rumqttc::{Connect, Packet};
use vyavs_domain::ids::DeviceIdentity;
use vyavs_wire::MAX_PAYLOAD;
use vyavs_wire::topic::Topic;

use super::ended::Ended;

/// The verdict on a CONNECT; what is left is the session's keep-alive.
pub(crate) fn connect(identity: &DeviceIdentity, connect: &Connect, max_keep_alive_s: u16) -> Result<Duration, Ended> {
    // A user name or password is neither needed nor passed on.
    if connect.protocol != Protocol::V4 {
        return Err(Ended::Version);
    }
    if connect.client_id != identity.to_string() {
        return Err(Ended::ClientId);
    }
    if connect.last_will.is_some() {
        return Err(Ended::Will);
    }
    if !connect.clean_session {
        return Err(Ended::CleanSession);
    }
    if connect.keep_alive == 0 || connect.keep_alive > max_keep_alive_s {
        return Err(Ended::KeepAlive);
    }
    Ok(Duration::from_secs(connect.keep_alive.into()))
}

/// The rules of one session, with what they must remember.
#[derive(Debug)]
pub(crate) struct Policy {
    up: String,
    down: String,
    /// Packet ids sent to the device and not yet acknowledged, oldest first.
    unacked: VecDeque<u16>,
}

impl Policy {
    pub(crate) fn new(identity: DeviceIdentity) -> Self {
        let (up, down) = (Topic::up(identity).to_string(), Topic::down(identity).to_string());
        Self { up, down, unacked: VecDeque::new() }
    }

    /// A packet from the device: may it pass?
    pub(crate) fn device_may(&mut self, packet: &Packet) -> Result<(), Ended> {
        match packet {
            Packet::Publish(publish) => {
                // The exact text, so there is no wildcard, no `$`, no foreign prefix and nothing beyond ASCII.
                if publish.topic != self.up {
                    Err(Ended::PublishTopic)
                } else if publish.qos == QoS::ExactlyOnce {
                    Err(Ended::Qos2)
                } else if publish.retain {
                    Err(Ended::Retain)
                } else if publish.payload.len() > MAX_PAYLOAD {
                    Err(Ended::Oversize)
                } else {
                    Ok(())
                }
            }
            Packet::Subscribe(subscribe) => match subscribe.filters.as_slice() {
                [filter] if filter.path == self.down && subscribe.pkid != 0 => {
                    if filter.qos == QoS::ExactlyOnce {
                        Err(Ended::Qos2)
                    } else {
                        Ok(())
                    }
                }
                _ => Err(Ended::SubscribeFilter),
            },
            Packet::PubAck(ack) => {
                if self.unacked.pop_front() == Some(ack.pkid) {
                    Ok(())
                } else {
                    Err(Ended::BadAck)
                }
            }
            Packet::PingReq => Ok(()),
            Packet::Disconnect => Err(Ended::Goodbye),
            Packet::Connect(_) => Err(Ended::SecondConnect),
            Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) => Err(Ended::Qos2),
            // rumqttd leaves an UNSUBSCRIBE it does not know unanswered; a device that wants nothing disconnects.
            Packet::Unsubscribe(_)
            | Packet::ConnAck(_)
            | Packet::SubAck(_)
            | Packet::UnsubAck(_)
            | Packet::PingResp => Err(Ended::NotForDevices),
        }
    }

    /// A packet from the router: is it for this device?
    pub(crate) fn router_may(&mut self, packet: &Packet) -> Result<(), Ended> {
        match packet {
            Packet::Publish(publish) => {
                let ours = publish.topic == self.down
                    && publish.payload.len() <= MAX_PAYLOAD
                    && publish.qos != QoS::ExactlyOnce
                    && !publish.retain;
                if !ours {
                    return Err(Ended::RouterBreach);
                }
                if publish.qos == QoS::AtLeastOnce {
                    self.unacked.push_back(publish.pkid);
                }
                Ok(())
            }
            Packet::PubAck(_) | Packet::SubAck(_) | Packet::PingResp => Ok(()),
            _ => Err(Ended::RouterBreach),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rumqttc::{LastWill, PubAck, Publish, Subscribe, SubscribeFilter, Unsubscribe};

    fn identity(n: u8) -> DeviceIdentity {
        let id = |kind: u8| format!("00000000-0000-4000-8000-0000000{kind:02x}0{n:02x}");
        format!("urn:vyavs:{}:{}:{}", id(1), id(2), id(3)).parse().expect("an identity")
    }

    fn publish(topic: &str) -> Publish {
        Publish { pkid: 1, ..Publish::new(topic, QoS::AtLeastOnce, vec![1]) }
    }

    fn subscribe(filter: &str, qos: QoS) -> Packet {
        Packet::Subscribe(Subscribe { pkid: 1, ..Subscribe::new(filter, qos) })
    }

    #[test]
    fn connect_is_refused_for_each_thing_it_may_not_ask() {
        let me = identity(1);
        let good = || Connect::new(me.to_string());
        assert_eq!(connect(&me, &good(), 600), Ok(Duration::from_secs(10)));
        let bent = |bend: &dyn Fn(&mut Connect)| {
            let mut packet = good();
            bend(&mut packet);
            connect(&me, &packet, 600)
        };
        assert_eq!(bent(&|c| c.client_id = identity(2).to_string()), Err(Ended::ClientId));
        assert_eq!(bent(&|c| c.client_id.clear()), Err(Ended::ClientId));
        assert_eq!(bent(&|c| c.client_id = c.client_id.to_uppercase()), Err(Ended::ClientId));
        assert_eq!(bent(&|c| c.protocol = Protocol::V5), Err(Ended::Version));
        assert_eq!(bent(&|c| c.clean_session = false), Err(Ended::CleanSession));
        assert_eq!(bent(&|c| c.keep_alive = 0), Err(Ended::KeepAlive));
        assert_eq!(bent(&|c| c.keep_alive = 601), Err(Ended::KeepAlive));
        let will = || Some(LastWill::new(Topic::up(me).to_string(), "x", QoS::AtMostOnce, false));
        assert_eq!(bent(&|c| c.last_will = will()), Err(Ended::Will));
    }

    #[test]
    fn only_the_own_topics_pass() {
        let (me, other) = (identity(1), identity(2));
        let (up, down) = (Topic::up(me).to_string(), Topic::down(me).to_string());
        let mut policy = Policy::new(me);
        assert_eq!(policy.device_may(&Packet::Publish(publish(&up))), Ok(()));
        let now = Publish { qos: QoS::AtMostOnce, pkid: 0, ..publish(&up) };
        assert_eq!(policy.device_may(&Packet::Publish(now)), Ok(()));
        assert_eq!(policy.device_may(&subscribe(&down, QoS::AtLeastOnce)), Ok(()));
        let foreign = [
            Topic::up(other).to_string(),
            Topic::down(other).to_string(),
            down.clone(),
            "v1/hub/heartbeat".to_owned(),
            "$SYS/x".to_owned(),
            "é/x".to_owned(),
            String::new(),
            format!("{up}/x"),
            format!("/{up}"),
            "#".to_owned(),
        ];
        for topic in &foreign {
            assert_eq!(policy.device_may(&Packet::Publish(publish(topic))), Err(Ended::PublishTopic), "{topic:?}");
        }
        let filters = [up.clone(), "#".to_owned(), "+/#".to_owned(), "v1/+/+/+/down".to_owned(), "$SYS/#".to_owned()];
        let shared = format!("$share/g/{down}");
        for filter in foreign.iter().filter(|topic| **topic != down).chain(&filters).chain([&shared]) {
            let verdict = policy.device_may(&subscribe(filter, QoS::AtLeastOnce));
            assert_eq!(verdict, Err(Ended::SubscribeFilter), "{filter:?}");
        }
        let two = Subscribe::new_many(
            [down.as_str(), "#"].map(|path| SubscribeFilter::new(path.to_owned(), QoS::AtMostOnce)),
        );
        assert_eq!(policy.device_may(&Packet::Subscribe(Subscribe { pkid: 3, ..two })), Err(Ended::SubscribeFilter));
    }

    #[test]
    fn retain_qos_2_oversize_and_other_packets_do_not_pass() {
        let me = identity(1);
        let (up, down) = (Topic::up(me).to_string(), Topic::down(me).to_string());
        let mut policy = Policy::new(me);
        let mut verdict = |packet: Packet| policy.device_may(&packet);
        assert_eq!(verdict(Packet::Publish(Publish { retain: true, ..publish(&up) })), Err(Ended::Retain));
        assert_eq!(verdict(Packet::Publish(Publish { qos: QoS::ExactlyOnce, ..publish(&up) })), Err(Ended::Qos2));
        let payload = bytes::Bytes::from(vec![0; MAX_PAYLOAD + 1]);
        assert_eq!(verdict(Packet::Publish(Publish { payload, ..publish(&up) })), Err(Ended::Oversize));
        let payload = bytes::Bytes::from(vec![0; MAX_PAYLOAD]);
        assert_eq!(verdict(Packet::Publish(Publish { payload, ..publish(&up) })), Ok(()));
        assert_eq!(verdict(subscribe(&down, QoS::ExactlyOnce)), Err(Ended::Qos2));
        assert_eq!(verdict(Packet::Unsubscribe(Unsubscribe::new(down))), Err(Ended::NotForDevices));
        assert_eq!(verdict(Packet::PingResp), Err(Ended::NotForDevices));
        assert_eq!(verdict(Packet::Connect(Connect::new(me.to_string()))), Err(Ended::SecondConnect));
        assert_eq!(verdict(Packet::Disconnect), Err(Ended::Goodbye));
    }

    #[test]
    fn an_acknowledgement_counts_once_and_in_order() {
        let me = identity(1);
        let mut policy = Policy::new(me);
        assert_eq!(policy.device_may(&Packet::PubAck(PubAck::new(1))), Err(Ended::BadAck));
        let down = Topic::down(me).to_string();
        for pkid in [1, 2] {
            assert_eq!(policy.router_may(&Packet::Publish(Publish { pkid, ..publish(&down) })), Ok(()));
        }
        assert_eq!(policy.device_may(&Packet::PubAck(PubAck::new(1))), Ok(()));
        assert_eq!(policy.device_may(&Packet::PubAck(PubAck::new(3))), Err(Ended::BadAck));
        let foreign = Packet::Publish(publish(&Topic::down(identity(2)).to_string()));
        assert_eq!(policy.router_may(&foreign), Err(Ended::RouterBreach));
    }
}
