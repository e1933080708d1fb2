//! What watchers are told after a commit: tickets, newest values, alarms, and that a device's figures moved.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use vyavs_domain::ids::{DeviceIdentity, SensorId};
use vyavs_domain::reading::Reading;
use vyavs_store::{DeviceClock, Origin};
use vyavs_wire::up::NowV1;

use super::rows::Rows;
use crate::api::alarms::Alarm;
use crate::api::receipts::Receipt;
use crate::api::stream::{FreshReading, ReadingsEvent, SaleEvent, SyncEvent};
use crate::live::{Event, Live, Topic};

/// Tickets of one store that are told one by one; a catch-up of more is told once, and the list is read again.
const MOST_SALES: usize = 20;

/// News of one transaction.
#[derive(Debug, Default)]
pub(super) struct News {
    sales: BTreeMap<DeviceIdentity, Vec<Receipt>>,
    readings: BTreeMap<DeviceIdentity, BTreeMap<SensorId, Reading>>,
    alarms: Vec<(DeviceIdentity, Alarm)>,
    moved: BTreeSet<DeviceIdentity>,
}

impl News {
    /// Rows were stored.
    pub(super) fn rows(&mut self, origin: &Origin, rows: &Rows) {
        let identity = DeviceIdentity { org: origin.org, store: origin.store, device: origin.device };
        self.moved.insert(identity);
        let tickets = rows.heads.iter().map(|row| Receipt::fresh(row.id(origin), row, origin.clock));
        self.sales.entry(identity).or_default().extend(tickets);
        for row in &rows.readings {
            let at = origin.clock.event_time(row.reading.at);
            self.reading(identity, Reading { at, ..row.reading.clone() });
        }
        for row in &rows.alarms {
            let mut alarm = row.alarm.clone();
            alarm.raised_at = origin.clock.event_time(alarm.raised_at);
            alarm.cleared_at = alarm.cleared_at.map(|at| origin.clock.event_time(at));
            self.alarm(identity, &alarm);
        }
    }

    /// A picture of now came: values that are shown, not stored.
    pub(super) fn now(&mut self, identity: DeviceIdentity, now: &NowV1, clock: DeviceClock) {
        self.moved.insert(identity);
        for reading in now.readings.iter().filter_map(|wire| Reading::try_from(wire).ok()) {
            self.reading(identity, Reading { at: clock.event_time(reading.at), ..reading });
        }
    }

    /// An alarm was raised or cleared, by a device or by the hub.
    pub(super) fn alarm(&mut self, identity: DeviceIdentity, alarm: &vyavs_domain::alert::Alarm) {
        self.alarms.push((identity, Alarm::of(identity.store, alarm)));
    }

    /// A device came, went, or its figures moved.
    pub(super) fn sync(&mut self, identity: DeviceIdentity) {
        self.moved.insert(identity);
    }

    fn reading(&mut self, identity: DeviceIdentity, reading: Reading) {
        let newest = self.readings.entry(identity).or_default();
        if newest.get(&reading.sensor).is_none_or(|known| known.at <= reading.at) {
            newest.insert(reading.sensor.clone(), reading);
        }
    }

    /// Tells them all.
    pub(super) fn publish(&self, live: &Live, at: Timestamp) {
        for (identity, receipts) in &self.sales {
            let store_id = identity.store.0;
            if receipts.len() > MOST_SALES {
                tell(live, *identity, Topic::Sales, &SaleEvent { store_id, receipt: None });
                continue;
            }
            for receipt in receipts {
                tell(live, *identity, Topic::Sales, &SaleEvent { store_id, receipt: Some(receipt.clone()) });
            }
        }
        for (identity, newest) in &self.readings {
            let readings = newest
                .values()
                .map(|reading| FreshReading {
                    sensor: reading.sensor.to_string(),
                    at: reading.at,
                    value: Some(reading.value).filter(|value| value.is_finite()),
                    quality: reading.quality.into(),
                })
                .collect();
            tell(live, *identity, Topic::Readings, &ReadingsEvent { store_id: identity.store.0, readings });
        }
        for (identity, alarm) in &self.alarms {
            tell(live, *identity, Topic::Alarms, alarm);
        }
        for identity in &self.moved {
            let (store_id, device_id) = (identity.store.0, identity.device.0);
            tell(live, *identity, Topic::Sync, &SyncEvent { store_id, device_id, connected: true, at });
        }
    }
}

/// Publishes one event; a value that has no JSON form (none of ours) is not told.
pub(crate) fn tell(live: &Live, identity: DeviceIdentity, topic: Topic, what: &impl Serialize) {
    if let Ok(json) = serde_json::to_string(what) {
        live.publish(Event { org: identity.org, store: identity.store, topic, json });
    }
}
