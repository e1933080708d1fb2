//! From what a controller reports to the fields of an advertisement.
//!
//! Bluetooth Core Specification 5.4: HCI LE Advertising Report (vol. 4 part E §7.7.65.2), LE Extended Advertising
//! Report (§7.7.65.13), and the AD structures of advertising data (vol. 3 part C §11).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A device's Bluetooth address, most significant byte first, as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Address(pub [u8; 6]);

impl Address {
    /// As it travels: least significant byte first.
    pub fn reversed(self) -> [u8; 6] {
        let mut bytes = self.0;
        bytes.reverse();
        bytes
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for Address {
    type Error = BadAddress;

    fn try_from(text: String) -> Result<Self, BadAddress> {
        text.parse()
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress(text.to_owned());
        let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b':' | b'-')).collect();
        let bytes = hex(&digits).ok_or_else(bad)?;
        bytes.try_into().map(Self).map_err(|_| bad())
    }
}

/// Text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no Bluetooth address, expected one like `CB:B8:33:4C:88:4F`")]
pub struct BadAddress(String);

/// Hex digits as bytes; `None` for anything else.
pub fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// Why bytes are no advertisement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdvertError {
    /// Not an LE advertising report.
    #[error("not an LE advertising report (expected an HCI event 04 3E with sub-event 02 or 0D)")]
    NotAReport,
    /// The lengths inside contradict the length outside.
    #[error("the report is {got} bytes long, its header says {said}")]
    Length {
        /// What the header says.
        said: usize,
        /// What came.
        got: usize,
    },
}

/// One advertisement as it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertisement {
    /// Who sent it.
    pub address: Address,
    /// How strong it was heard, dBm, if the controller says.
    pub rssi: Option<i8>,
    /// The local name, complete or shortened.
    pub name: Option<String>,
    /// 16-bit services listed.
    pub services: Vec<u16>,
    /// 128-bit services listed, as they travel.
    pub services128: Vec<[u8; 16]>,
    /// Service data by 16-bit service.
    pub service_data: Vec<(u16, Vec<u8>)>,
    /// Maker's data by company.
    pub maker_data: Vec<(u16, Vec<u8>)>,
    /// The last AD structure reaches beyond the data and was left out: what stands before it is whole.
    pub cut: bool,
}

impl Advertisement {
    /// The advertisements of one HCI event packet (packet type 04 first), as a raw HCI socket or a capture has it.
    pub fn from_hci(packet: &[u8]) -> Result<Vec<Self>, AdvertError> {
        let [0x04, 0x3E, length, rest @ ..] = packet else { return Err(AdvertError::NotAReport) };
        let said = usize::from(*length);
        if rest.len() != said {
            return Err(AdvertError::Length { said: said + 3, got: packet.len() });
        }
        let mut rest = rest;
        let short = AdvertError::Length { said: said + 3, got: packet.len() };
        let [kind, reports] = take(&mut rest).ok_or(short)?;
        let mut found = Vec::new();
        for _ in 0..reports {
            let (address, rssi, data) = match kind {
                0x02 => {
                    let [_event, _address_type] = take(&mut rest).ok_or(short)?;
                    let address: [u8; 6] = take(&mut rest).ok_or(short)?;
                    let [length] = take(&mut rest).ok_or(short)?;
                    let data = rest.get(..usize::from(length)).ok_or(short)?;
                    rest = &rest[data.len()..];
                    let [rssi] = take(&mut rest).ok_or(short)?;
                    (address, rssi, data)
                }
                0x0D => {
                    let [_event, _event_high, _address_type] = take(&mut rest).ok_or(short)?;
                    let address: [u8; 6] = take(&mut rest).ok_or(short)?;
                    let [_phy, _phy2, _sid, _tx, rssi] = take(&mut rest).ok_or(short)?;
                    let _interval_and_direct: [u8; 9] = take(&mut rest).ok_or(short)?;
                    let [length] = take(&mut rest).ok_or(short)?;
                    let data = rest.get(..usize::from(length)).ok_or(short)?;
                    rest = &rest[data.len()..];
                    (address, rssi, data)
                }
                _ => return Err(AdvertError::NotAReport),
            };
            let mut address = address;
            address.reverse();
            // 127: the controller could not measure it.
            let rssi = i8::from_le_bytes([rssi]);
            found.push(Self::from_data(Address(address), (rssi != 127).then_some(rssi), data));
        }
        if found.is_empty() || !rest.is_empty() {
            return Err(short);
        }
        Ok(found)
    }

    /// An advertisement from its advertising data (with the scan response behind it, if there was one).
    pub fn from_data(address: Address, rssi: Option<i8>, data: &[u8]) -> Self {
        let mut advert = Self::empty(address, rssi);
        let (mut at, mut short_name) = (0, None);
        while at < data.len() {
            let length = usize::from(data[at]);
            // Length 0 ends the significant part; what follows is padding.
            if length == 0 {
                break;
            }
            let Some(structure) = data.get(at + 1..at + 1 + length) else {
                advert.cut = true;
                break;
            };
            at += 1 + length;
            let (kind, body) = (structure[0], &structure[1..]);
            match kind {
                0x02 | 0x03 => advert.services.extend(body.chunks_exact(2).map(|u| u16::from_le_bytes([u[0], u[1]]))),
                0x06 | 0x07 => {
                    advert.services128.extend(body.chunks_exact(16).filter_map(|u| <[u8; 16]>::try_from(u).ok()));
                }
                0x08 => short_name = Some(String::from_utf8_lossy(body).into_owned()),
                0x09 => advert.name = Some(String::from_utf8_lossy(body).into_owned()),
                0x16 => {
                    if let Some((uuid, data)) = tagged(body) {
                        advert.service_data.push((uuid, data));
                    }
                }
                0xFF => {
                    if let Some((company, data)) = tagged(body) {
                        advert.maker_data.push((company, data));
                    }
                }
                _ => {}
            }
        }
        advert.name = advert.name.or(short_name);
        advert
    }

    /// An advertisement that says nothing yet: for sources that hand over the fields on their own, such as BlueZ.
    pub fn empty(address: Address, rssi: Option<i8>) -> Self {
        Self {
            address,
            rssi,
            name: None,
            services: Vec::new(),
            services128: Vec::new(),
            service_data: Vec::new(),
            maker_data: Vec::new(),
            cut: false,
        }
    }
}

fn tagged(body: &[u8]) -> Option<(u16, Vec<u8>)> {
    let (tag, data) = body.split_first_chunk::<2>()?;
    Some((u16::from_le_bytes(*tag), data.to_vec()))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_read_in_each_writing_and_nothing_else_is() {
        let address = Address([0xCB, 0xB8, 0x33, 0x4C, 0x88, 0x4F]);
        for text in ["CB:B8:33:4C:88:4F", "cb-b8-33-4c-88-4f", "cbb8334c884f"] {
            assert_eq!(text.parse(), Ok(address), "{text}");
        }
        for text in ["", "CB:B8:33:4C:88", "CB:B8:33:4C:88:4G", "CB:B8:33:4C:88:4F:00"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_that_contradict_each_other_are_refused_by_name() {
        let good = hex(b"043e1702010000a5808fe648540b02010607161c180312e204cc").expect("hex");
        assert_eq!(Advertisement::from_hci(&good).expect("one")[0].service_data, [(0x181C, vec![3, 0x12, 0xE2, 4])]);
        for cut in 0..good.len() {
            assert!(Advertisement::from_hci(&good[..cut]).is_err(), "cut at {cut}");
        }
        let address = Address([0; 6]);
        let cut = Advertisement::from_data(address, None, &[3, 0xFF, 1, 2, 3, 0xFF, 1]);
        assert_eq!((cut.cut, cut.maker_data), (true, vec![(0x0201, Vec::new())]));
        assert_eq!(Advertisement::from_data(address, None, &[0, 9, 9]), Advertisement::empty(address, None));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Advertisement::from_hci(&bytes);
            let _ = Advertisement::from_data(Address([0; 6]), None, &bytes);
        }
    }
}
