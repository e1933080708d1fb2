//! Records as rows of the database, sorted by table; what says what it may not is set aside, alone.

use vyavs_delivery::Seq;
use vyavs_domain::alert::Alarm;
use vyavs_domain::event::TillEvent;
use vyavs_domain::ids::{IdError, SensorId};
use vyavs_domain::reading::{Reading, Sensor};
use vyavs_domain::time::from_micros;
use vyavs_store::alarms::AlarmRow;
use vyavs_store::events::EventRow;
use vyavs_store::readings::{MinuteRow, ReadingRow};
use vyavs_store::sales::{HeadRow, LineRow};
use vyavs_wire::convert::{LineOfReceipt, ReceiptHead};
use vyavs_wire::record::{MinuteV1, PastLossV1, Record};

/// The rows of one frame.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) heads: Vec<HeadRow>,
    pub(super) lines: Vec<LineRow>,
    pub(super) events: Vec<EventRow>,
    pub(super) sensors: Vec<Sensor>,
    pub(super) readings: Vec<ReadingRow>,
    pub(super) minutes: Vec<MinuteRow>,
    pub(super) alarms: Vec<AlarmRow>,
    pub(super) past_losses: Vec<PastLossV1>,
    /// (number, why, the record).
    pub(super) refused: Vec<(Seq, String, Record)>,
}

impl Rows {
    /// Of `records`, the first of which has the number `first`.
    pub(super) fn of(first: Seq, records: &[Record]) -> Self {
        let mut rows = Self::default();
        for (seq, record) in (first..).zip(records) {
            if let Err(reason) = rows.take(seq, record) {
                rows.refused.push((seq, reason, record.clone()));
            }
        }
        rows
    }

    /// Takes in the rows of a later frame of the same device and epoch.
    pub(super) fn append(&mut self, mut later: Self) {
        self.heads.append(&mut later.heads);
        self.lines.append(&mut later.lines);
        self.events.append(&mut later.events);
        self.sensors.append(&mut later.sensors);
        self.readings.append(&mut later.readings);
        self.minutes.append(&mut later.minutes);
        self.alarms.append(&mut later.alarms);
        self.past_losses.append(&mut later.past_losses);
        self.refused.append(&mut later.refused);
    }

    fn take(&mut self, seq: Seq, record: &Record) -> Result<(), String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        match record {
            Record::ReceiptV1(head) => {
                let ReceiptHead { receipt, content_hash, line_count } = head.try_into().map_err(|e| text(&e))?;
                let row = HeadRow { seq, receipt, content_hash, line_count };
                row.check().map_err(|e| text(&e))?;
                self.heads.push(row);
            }
            Record::SaleLineV1(line) => {
                let LineOfReceipt { key, content_hash, closed_at, currency, line } =
                    line.try_into().map_err(|e| text(&e))?;
                let row = LineRow { seq, key, content_hash, closed_at, currency, line };
                row.check().map_err(|e| text(&e))?;
                self.lines.push(row);
            }
            Record::TillEventV1(event) => {
                let event = TillEvent::try_from(event).map_err(|e| text(&e))?;
                self.events.push(EventRow { seq, event });
            }
            Record::SensorV1(sensor) => self.sensors.push(Sensor::try_from(sensor).map_err(|e| text(&e))?),
            Record::ReadingV1(reading) => {
                let reading = Reading::try_from(reading).map_err(|e| text(&e))?;
                self.readings.push(ReadingRow { seq, reading });
            }
            Record::MinuteV1(minute) => {
                let row = minute_row(seq, minute).map_err(|e| text(&e))?;
                row.check().map_err(|e| text(&e))?;
                self.minutes.push(row);
            }
            Record::AlarmV1(alarm) => {
                let alarm = Alarm::try_from(alarm).map_err(|e| text(&e))?;
                self.alarms.push(AlarmRow { seq, alarm });
            }
            Record::PastLossV1(loss) => self.past_losses.push(loss.clone()),
        }
        Ok(())
    }
}

fn minute_row(seq: Seq, minute: &MinuteV1) -> Result<MinuteRow, IdError> {
    let MinuteV1 { sensor, at_us, count, min, mean, max } = minute.clone();
    Ok(MinuteRow { seq, sensor: SensorId::try_from(sensor)?, at: from_micros(at_us), count, min, mean, max })
}
