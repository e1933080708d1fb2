//! Which addresses of the internet protocol are public: what is asked before anything is called that a stranger named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A network: `10.1.0.0/16`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Net {
    first: IpAddr,
    bits: u8,
}

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network; expected one such as 10.1.0.0/16 or fd00::/8, with zeros after its prefix")]
pub struct NetError(pub String);

impl Net {
    /// Whether the address lies in it.
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                (u32::from(first) ^ u32::from(address)).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.bits);
                (u128::from(first) ^ u128::from(address)).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Net {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        let wrong = || NetError(text.to_owned());
        let (first, bits) = text.split_once('/').ok_or_else(wrong)?;
        let net = Self { first: first.parse().map_err(|_| wrong())?, bits: bits.parse().map_err(|_| wrong())? };
        let rest = match net.first {
            IpAddr::V4(first) if net.bits <= 32 => {
                u32::MAX.checked_shr(u32::from(net.bits)).unwrap_or(0) & u32::from(first) == 0
            }
            IpAddr::V6(first) if net.bits <= 128 => {
                u128::MAX.checked_shr(u32::from(net.bits)).unwrap_or(0) & u128::from(first) == 0
            }
            _ => false,
        };
        if rest { Ok(net) } else { Err(wrong()) }
    }
}

impl std::fmt::Display for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

impl From<Net> for String {
    fn from(net: Net) -> Self {
        net.to_string()
    }
}

impl TryFrom<String> for Net {
    type Error = NetError;

    fn try_from(text: String) -> Result<Self, NetError> {
        text.parse()
    }
}

/// An address that is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} is not called: it is {what}")]
pub struct Forbidden {
    /// Which.
    pub address: IpAddr,
    /// What it is.
    pub what: &'static str,
}

/// Which addresses are called: those of the public internet, and what is allowed besides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AddressPolicy {
    /// Networks that are called though they are not public.
    pub allow: Vec<Net>,
}

impl AddressPolicy {
    /// Whether this address may be called. An IPv4 address inside an IPv6 one is taken for what it is.
    pub fn check(&self, address: IpAddr) -> Result<(), Forbidden> {
        let plain = match address {
            IpAddr::V6(v6) => embedded(v6).map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        };
        if self.allow.iter().any(|net| net.has(plain)) {
            return Ok(());
        }
        let what = match plain {
            IpAddr::V4(v4) => private_v4(v4),
            IpAddr::V6(v6) => private_v6(v6),
        };
        what.map_or(Ok(()), |what| Err(Forbidden { address, what }))
    }
}

/// After the IANA IPv4 special-purpose address registry.
fn private_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, ..) => "this network (0.0.0.0/8)",
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => "a private network",
        (100, 64..=127, _) => "a carrier's shared network (100.64.0.0/10)",
        (127, ..) => "loopback",
        (169, 254, _) => "link-local, where clouds keep their metadata",
        (192, 0, 0) => "a protocol assignment (192.0.0.0/24)",
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => "for documentation only",
        (192, 88, 99) => "a retired relay (192.88.99.0/24)",
        (198, 18..=19, _) => "for benchmarks only",
        (224..=239, ..) => "multicast",
        (240..=255, ..) => "reserved, or broadcast",
        _ => return None,
    })
}

/// After the IANA IPv6 special-purpose address registry: only 2000::/3 is public, and not all of that.
fn private_v6(address: Ipv6Addr) -> Option<&'static str> {
    let part = address.segments();
    Some(match part[0] {
        _ if address.is_loopback() => "loopback",
        _ if address.is_unspecified() => "unspecified",
        0xfc00..=0xfdff => "a unique local address (fc00::/7)",
        0xfe80..=0xfebf => "link-local",
        0xfec0..=0xfeff => "site-local",
        0xff00..=0xffff => "multicast",
        0x2001 if part[1] < 0x200 => "a protocol assignment (2001::/23)",
        0x2001 if part[1] == 0xdb8 => "for documentation only",
        0x3fff if part[1] < 0x1000 => "for documentation only",
        0x2000..=0x3fff => return None,
        _ => "not a public address",
    })
}

/// The IPv4 address that a mapped (`::ffff:0:0/96`), compatible (`::/96`), translated (`64:ff9b::/96`) or 6to4
/// (`2002::/16`) one reaches in the end.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let part = address.segments();
    let at = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match part {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => at(high, low),
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0, high, low] => at(high, low),
        [0x2002, high, low, ..] => at(high, low),
        _ => None,
    }
}
