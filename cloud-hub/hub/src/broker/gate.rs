//! The register of devices, as the guard asks it.

use std::future::Future;

use vyavs_domain::ids::DeviceIdentity;

/// May a device come in?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Known and not revoked.
    Ok,
    /// Nobody enrolled it.
    Unknown,
    /// The device or this certificate of it is revoked.
    Revoked,
    /// The register cannot be asked now; the device is told to come back later.
    Unavailable,
}

/// Asked once a connection, after the TLS handshake and a correct CONNECT. A device that is revoked while it is
/// connected is ended with [`Guard::cut`](super::Guard::cut).
pub trait DeviceGate: Send + Sync + 'static {
    /// Whether `identity` may connect with the certificate of this serial number: lower-case hex without
    /// separators and without leading zero bytes.
    fn admit(&self, identity: &DeviceIdentity, cert_serial: &str) -> impl Future<Output = Admission> + Send;
}
