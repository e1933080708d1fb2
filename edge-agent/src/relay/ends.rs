//! Where the relay's two cables end: a network address, or `serial:PATH[,BAUD[,LINE[,FLOW]]]`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use vyavs_bridge::port::{Flow, LineCode, PortConfig};

/// Where the till finds its printer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum TillEnd {
    /// It connects to this address.
    Tcp(SocketAddr),
    /// Its cable ends here.
    Serial(PortConfig),
}

/// Where the printer is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PrinterEnd {
    /// `host:port`; port 9100 as a rule.
    Tcp(String),
    /// On this cable.
    Serial(PortConfig),
}

/// No end of a cable.
#[derive(Debug, thiserror::Error)]
#[error(
    "{text:?} is no end of a relay: {detail}; expected {expected} or serial:PATH[,BAUD[,LINE[,FLOW]]] such as \
     serial:/dev/ttyUSB0,19200,8N1,hardware"
)]
pub struct EndError {
    text: String,
    detail: String,
    expected: &'static str,
}

/// The port in `text`, `None` when it names none; the error says which part is wrong.
fn port(text: &str) -> Option<Result<PortConfig, String>> {
    let mut parts = text.strip_prefix("serial:")?.split(',');
    let mut read = || {
        let path = parts.next().filter(|path| !path.is_empty()).ok_or("there is no path")?;
        let mut port = PortConfig { path: PathBuf::from(path), baud: 9_600, line: LineCode::PLAIN, flow: Flow::None };
        if let Some(baud) = parts.next() {
            port.baud = baud.parse().map_err(|_| format!("{baud:?} is no baud rate"))?;
        }
        if let Some(line) = parts.next() {
            port.line = line.parse().map_err(|error| format!("{error}"))?;
        }
        port.flow = match parts.next() {
            None | Some("none") => Flow::None,
            Some("hardware") => Flow::Hardware,
            Some("software") => Flow::Software,
            Some(other) => return Err(format!("{other:?} is none of none, hardware, software")),
        };
        match parts.next() {
            None => Ok(port),
            Some(more) => Err(format!("{more:?} is too much")),
        }
    };
    Some(read())
}

impl FromStr for TillEnd {
    type Err = EndError;
    fn from_str(text: &str) -> Result<Self, EndError> {
        let wrong = |detail| EndError { text: text.to_owned(), detail, expected: "an address such as 0.0.0.0:9100" };
        match port(text) {
            Some(port) => port.map(Self::Serial).map_err(wrong),
            None => text.parse().map(Self::Tcp).map_err(|_| wrong("it is no address".to_owned())),
        }
    }
}

impl FromStr for PrinterEnd {
    type Err = EndError;
    fn from_str(text: &str) -> Result<Self, EndError> {
        let wrong = |detail| EndError { text: text.to_owned(), detail, expected: "host:port" };
        match port(text) {
            Some(port) => port.map(Self::Serial).map_err(wrong),
            None => match text.rsplit_once(':').map(|(_, port)| port.parse::<u16>()) {
                Some(Ok(_)) => Ok(Self::Tcp(text.to_owned())),
                _ => Err(wrong("it has no port".to_owned())),
            },
        }
    }
}

impl TryFrom<String> for TillEnd {
    type Error = EndError;
    fn try_from(text: String) -> Result<Self, EndError> {
        text.parse()
    }
}

impl TryFrom<String> for PrinterEnd {
    type Error = EndError;
    fn try_from(text: String) -> Result<Self, EndError> {
        text.parse()
    }
}

impl fmt::Display for TillEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Serial(port) => write!(f, "serial:{}", port.path.display()),
        }
    }
}

impl fmt::Display for PrinterEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Serial(port) => write!(f, "serial:{}", port.path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_an_address_or_a_port_and_an_error_says_which_part_is_wrong() {
        assert!(matches!("0.0.0.0:9100".parse(), Ok(TillEnd::Tcp(_))));
        assert!(matches!("printer.shop:9100".parse(), Ok(PrinterEnd::Tcp(_))));
        let end: TillEnd = "serial:/dev/ttyUSB0,19200,7E1,hardware".parse().expect("a port");
        let TillEnd::Serial(port) = &end else { panic!("{end:?}") };
        assert_eq!((port.baud, port.line.data_bits, port.flow), (19_200, 7, Flow::Hardware));
        assert_eq!(end.to_string(), "serial:/dev/ttyUSB0");
        assert!(matches!("serial:/dev/ttyS1".parse(), Ok(PrinterEnd::Serial(port)) if port.baud == 9_600));
        for (wrong, want) in [
            ("serial:", "no path"),
            ("serial:/dev/x,fast", "fast"),
            ("serial:/dev/x,9600,9N1", "9N1"),
            ("serial:/dev/x,9600,8N1,rts", "rts"),
            ("serial:/dev/x,9600,8N1,none,more", "more"),
            ("here", "no address"),
        ] {
            let error = wrong.parse::<TillEnd>().expect_err("wrong").to_string();
            assert!(error.contains(want) && error.contains("serial:PATH"), "{error}");
        }
        assert!("printer.shop".parse::<PrinterEnd>().is_err());
    }
}
