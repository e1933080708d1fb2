//! What is read from one device, and what its registers mean as readings. Pure: the wire is elsewhere.

use jiff::Timestamp;
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};

use super::template::{Point, RegisterKind, Template, TemplateError, ValueType, scaled};
use super::{ModbusConfig, SensorConfig};

/// Registers one request may ask for (Modbus Application Protocol V1.1b3 §6.3).
const MAX_REGISTERS: u16 = 125;
/// The point whose 1 makes the device's temperatures suspect: a defrost heats the probe, not the goods.
const DEFROST: &str = "defrost";

/// Registers that stand together and are asked for together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which table.
    pub kind: RegisterKind,
    /// The first, as on the wire.
    pub address: u16,
    /// How many.
    pub count: u16,
    /// The channels that stand in them.
    channels: Vec<usize>,
}

impl Block {
    /// Whether several points stand in it.
    pub fn is_shared(&self) -> bool {
        self.channels.len() > 1
    }
}

/// A reading and, unless it is good, why.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The reading.
    pub reading: Reading,
    /// For people; none for a good one.
    pub why: Option<String>,
}

/// One device: its channels, and how they are asked for.
#[derive(Clone, Debug)]
pub struct Device {
    channels: Vec<Channel>,
    blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
struct Channel {
    /// None for a point that is only read to judge the others.
    sensor: Option<Sensor>,
    point: Point,
    address: u16,
    raw: Result<f64, String>,
    /// Raw value of the total at its last reading.
    before: Option<f64>,
    last_good: f64,
}

impl Device {
    /// Resolves the template and every sensor's point: what is wrong with a `[[modbus]]` section shows here.
    pub fn open(config: &ModbusConfig) -> Result<Self, TemplateError> {
        let template = Template::open(&config.template)?;
        let channel = |sensor: &SensorConfig| {
            let point = template.point(&sensor.point).ok_or_else(|| TemplateError::NoPoint {
                sensor: sensor.id.to_string(),
                point: sensor.point.clone(),
                template: template.name.clone(),
                known: template.points.iter().map(|point| point.name.clone()).collect(),
            })?;
            let declared = Sensor {
                id: sensor.id.clone(),
                name: if sensor.name.is_empty() { sensor.id.to_string() } else { sensor.name.clone() },
                measure: point.measure,
                low: sensor.low,
                high: sensor.high,
            };
            Ok(Channel::new(Some(declared), point, &template))
        };
        let mut channels = config.sensors.iter().map(channel).collect::<Result<Vec<_>, TemplateError>>()?;
        let needs_defrost = channels.iter().any(|channel| channel.point.measure == Measure::Temperature)
            && !channels.iter().any(|channel| channel.point.name == DEFROST);
        if let Some(defrost) = template.point(DEFROST).filter(|_| needs_defrost) {
            channels.push(Channel::new(None, defrost, &template));
        }
        let blocks = blocks(&channels, template.max_registers.unwrap_or(MAX_REGISTERS));
        Ok(Self { channels, blocks })
    }

    /// The channels as they are declared to the hub.
    pub fn sensors(&self) -> impl Iterator<Item = &Sensor> {
        self.channels.iter().filter_map(|channel| channel.sensor.as_ref())
    }

    /// What has to be asked for in a round.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Asks for every point on its own from now on: a device that refuses one register refuses its whole block.
    pub fn split(&mut self, block: &Block) {
        let Some(at) = self.blocks.iter().position(|known| known == block) else { return };
        let single = |index: &usize| {
            let channel = &self.channels[*index];
            Block {
                kind: block.kind,
                address: channel.address,
                count: channel.point.value_type.registers(),
                channels: vec![*index],
            }
        };
        let singles: Vec<_> = block.channels.iter().map(single).collect();
        self.blocks.splice(at..=at, singles);
    }

    /// What the device answered for a block.
    pub fn answered(&mut self, block: &Block, words: &[u16]) {
        for index in &block.channels {
            let channel = &mut self.channels[*index];
            let from = usize::from(channel.address - block.address);
            channel.raw = channel.point.read(words.get(from..).unwrap_or_default());
        }
    }

    /// A block has no values in this round.
    pub fn refused(&mut self, block: &Block, why: &str) {
        for index in &block.channels {
            self.channels[*index].raw = Err(why.to_owned());
        }
    }

    /// Nothing has a value: the device cannot be reached.
    pub fn unreachable(&mut self, why: &str) {
        for channel in &mut self.channels {
            channel.raw = Err(why.to_owned());
        }
    }

    /// The readings of the round that was just answered.
    pub fn findings(&mut self, at: Timestamp) -> Vec<Finding> {
        let defrosting = self
            .channels
            .iter()
            .any(|channel| channel.point.name == DEFROST && matches!(channel.value(), Some(value) if value != 0.0));
        self.channels.iter_mut().filter_map(|channel| channel.finding(at, defrosting)).collect()
    }
}

impl Channel {
    fn new(sensor: Option<Sensor>, point: &Point, template: &Template) -> Self {
        Self {
            sensor,
            point: point.clone(),
            address: template.address(point),
            raw: Err("not read yet".to_owned()),
            before: None,
            last_good: f64::NAN,
        }
    }

    /// The value of a point that is no total.
    fn value(&self) -> Option<f64> {
        self.raw.as_ref().ok().map(|raw| self.point.value(*raw))
    }

    fn finding(&mut self, at: Timestamp, defrosting: bool) -> Option<Finding> {
        let sensor = self.sensor.as_ref()?.id.clone();
        let finding = |value, quality, why: Option<String>| {
            Some(Finding { reading: Reading { sensor, at, value, quality }, why })
        };
        if let Err(why) = &self.raw {
            return finding(self.last_good, Quality::Bad, Some(why.clone()));
        }
        if self.point.total {
            let raw = *self.raw.as_ref().ok()?;
            // What was added before the first reading of this run was told by the run before, or by nobody.
            let before = self.before.replace(raw)?;
            let (added, restarted) = added(before, raw, self.point.value_type);
            self.last_good = scaled(added, self.point.scale);
            let why = restarted.then(|| format!("the counter went back from {before} to {raw}: the device restarted"));
            return finding(self.last_good, if restarted { Quality::Suspect } else { Quality::Good }, why);
        }
        let value = self.value()?;
        self.last_good = value;
        if defrosting && self.point.measure == Measure::Temperature {
            return finding(value, Quality::Suspect, Some("the device defrosts".to_owned()));
        }
        finding(value, Quality::Good, None)
    }
}

/// What a counter grew by, and whether it began anew. A step of more than half its range forward is one back; a floating
/// number does not wrap.
fn added(before: f64, now: f64, value_type: ValueType) -> (f64, bool) {
    let range = match value_type {
        ValueType::U16 => 65_536.0,
        ValueType::F32 => f64::INFINITY,
        _ => 4_294_967_296.0,
    };
    let step = now - before;
    let step = if step < 0.0 && range.is_finite() { step + range } else { step };
    if step < 0.0 || step > range / 2.0 { (now, true) } else { (step, false) }
}

/// Neighbours in one request; a gap is never read over, for a device may refuse what it does not have.
fn blocks(channels: &[Channel], most: u16) -> Vec<Block> {
    let mut order: Vec<usize> = (0..channels.len()).collect();
    order.sort_by_key(|index| (channels[*index].point.kind, channels[*index].address));
    let mut blocks: Vec<Block> = Vec::new();
    for index in order {
        let channel = &channels[index];
        let (kind, address) = (channel.point.kind, channel.address);
        let width = channel.point.value_type.registers();
        if let Some(block) = blocks.last_mut() {
            let end = u32::from(block.address) + u32::from(block.count);
            let new_end = (u32::from(address) + u32::from(width)).max(end);
            let new_count = new_end - u32::from(block.address);
            if block.kind == kind && u32::from(address) <= end && new_count <= u32::from(most) {
                block.count = new_count as u16;
                block.channels.push(index);
                continue;
            }
        }
        blocks.push(Block { kind, address, count: width, channels: vec![index] });
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(template: &str, points: &[&str]) -> Device {
        let sensors = points
            .iter()
            .map(|point| SensorConfig {
                point: (*point).to_owned(),
                id: format!("fridge-1.{point}").parse().expect("a name"),
                name: String::new(),
                low: None,
                high: None,
            })
            .collect();
        let config = ModbusConfig { sensors, ..ModbusConfig::new("fridge-1", "127.0.0.1:502", template) };
        Device::open(&config).expect("a device")
    }

    fn answer(device: &mut Device, words: impl Fn(u16) -> u16) -> Vec<Finding> {
        for block in device.blocks().to_vec() {
            let words: Vec<u16> = (block.address..block.address + block.count).map(&words).collect();
            device.answered(&block, &words);
        }
        device.findings(Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn neighbours_are_asked_for_together_and_gaps_are_not_read() {
        let device = device("danfoss-ak-cc55", &["thermostat", "air", "air_out", "product"]);
        let asked: Vec<_> = device.blocks().iter().map(|block| (block.address, block.count)).collect();
        // PNU 2530..2532 stand at 2529 with base 1; the defrost state (PNU 2007) is read along to judge them.
        assert_eq!(asked, [(2006, 1), (2529, 3), (2701, 1)]);
    }

    #[test]
    fn a_temperature_is_scaled_and_suspect_while_the_device_defrosts() {
        let mut device = device("danfoss-ak-cc55", &["air", "defrost", "door"]);
        let good = answer(&mut device, |address| if address == 2529 { 0xff47 } else { 2 });
        assert_eq!((good[0].reading.value, good[0].reading.quality), (-18.5, Quality::Good));
        assert_eq!(good[1].reading.value, 0.0);
        let defrost = answer(&mut device, |address| if address == 2529 { 33 } else { 14 });
        assert_eq!((defrost[0].reading.value, defrost[0].reading.quality), (3.3, Quality::Suspect));
        assert_eq!((defrost[1].reading.value, defrost[1].reading.quality), (1.0, Quality::Good));
        let open = answer(&mut device, |address| if address == 2529 { 33 } else { 17 });
        assert_eq!((open[0].reading.quality, open[2].reading.value), (Quality::Good, 1.0));
    }

    #[test]
    fn what_has_no_value_is_bad_says_why_and_keeps_the_last_good_one() {
        let mut device = device("danfoss-ak-cc55", &["air"]);
        device.unreachable("connection refused");
        let first = device.findings(Timestamp::UNIX_EPOCH);
        assert!(first[0].reading.value.is_nan() && first[0].why.as_deref() == Some("connection refused"));
        answer(&mut device, |address| if address == 2529 { 45 } else { 0 });
        let broken = answer(&mut device, |address| if address == 2529 { 0x8000 } else { 0 });
        assert_eq!((broken[0].reading.value, broken[0].reading.quality), (4.5, Quality::Bad));
        assert!(broken[0].why.as_ref().is_some_and(|why| why.contains("probe")));
    }

    #[test]
    fn a_total_gives_what_was_added_over_a_wrap_and_over_a_restart_of_the_device() {
        let mut device = device("generic-meter", &["footfall16"]);
        let mut step = |raw: u16| answer(&mut device, |_| raw).pop().map(|f| (f.reading.value, f.reading.quality));
        assert_eq!(step(65_530), None, "the first tells nothing");
        assert_eq!(step(65_535), Some((5.0, Quality::Good)));
        assert_eq!(step(4), Some((5.0, Quality::Good)));
        assert_eq!(step(4), Some((0.0, Quality::Good)));
        assert_eq!(step(3), Some((3.0, Quality::Suspect)), "a step back is a restart");
    }

    #[test]
    fn a_floating_total_and_a_device_that_takes_one_register_at_a_time() {
        assert_eq!(added(10.5, 12.0, ValueType::F32), (1.5, false));
        assert_eq!(added(10.5, 2.0, ValueType::F32), (2.0, true), "it began anew");
        let device = device("carel-pj-easy", &["probe_2", "defrost_probe", "high_temperature"]);
        let asked: Vec<_> = device.blocks().iter().map(|block| (block.kind, block.address, block.count)).collect();
        let (bit, word) = (RegisterKind::Discrete, RegisterKind::Input);
        assert_eq!(asked, [(bit, 3, 1), (bit, 29, 1), (word, 405, 1), (word, 406, 1)]);
    }

    #[test]
    fn a_refused_block_is_asked_for_point_by_point() {
        let mut device = device("danfoss-ak-cc55", &["air", "air_out", "thermostat"]);
        let block = device.blocks()[1].clone();
        assert_eq!(block.count, 3);
        device.split(&block);
        let asked: Vec<_> = device.blocks().iter().map(|block| (block.address, block.count)).collect();
        assert_eq!(asked, [(2006, 1), (2529, 1), (2530, 1), (2531, 1)]);
        let refused = device.blocks()[2].clone();
        device.answered(&device.blocks()[1].clone(), &[10]);
        device.answered(&device.blocks()[3].clone(), &[30]);
        device.refused(&refused, "exception 2");
        let found = device.findings(Timestamp::UNIX_EPOCH);
        let qualities: Vec<_> = found.iter().map(|finding| finding.reading.quality).collect();
        assert_eq!(qualities, [Quality::Good, Quality::Bad, Quality::Good]);
    }

    #[test]
    fn a_sensor_without_a_point_names_the_points() {
        let sensor = SensorConfig {
            point: "aire".to_owned(),
            id: "fridge-1.air".parse().expect("a name"),
            name: String::new(),
            low: None,
            high: None,
        };
        let mut config = ModbusConfig::new("fridge-1", "127.0.0.1:502", "danfoss-ak-cc55");
        config.sensors.push(sensor);
        let error = Device::open(&config).expect_err("a typo").to_string();
        assert!(error.contains("fridge-1.air") && error.contains("\"aire\"") && error.contains("air_out"), "{error}");
    }
}
