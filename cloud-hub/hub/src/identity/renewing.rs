//! The hub's certificate for TLS acceptors that run for years.

use std::sync::{Arc, RwLock};

use jiff::Timestamp;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tracing::{info, warn};
use vyavs_service::clock::Clock;

use super::{Authority, KeyError, Keys, ServerCertificate};

/// The hub's certificate, issued again by itself before it expires: for a TLS acceptor that runs for years.
pub struct RenewingCertificate {
    keys: Keys,
    names: Vec<String>,
    clock: Clock,
    issue: Issue,
    current: RwLock<(Arc<CertifiedKey>, Timestamp)>,
}

impl std::fmt::Debug for RenewingCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RenewingCertificate").field("names", &self.names).finish_non_exhaustive()
    }
}

/// How the authority makes the next one.
type Issue = fn(&Authority, &[String], Timestamp) -> Result<ServerCertificate, KeyError>;

impl RenewingCertificate {
    /// For these host names and addresses.
    pub fn new(keys: Keys, names: Vec<String>, clock: Clock) -> Result<Arc<Self>, KeyError> {
        Self::with(keys, names, clock, Authority::server)
    }

    /// The same for the port of devices: see [`Authority::server_for_devices`].
    pub fn for_devices(keys: Keys, names: Vec<String>, clock: Clock) -> Result<Arc<Self>, KeyError> {
        Self::with(keys, names, clock, Authority::server_for_devices)
    }

    fn with(keys: Keys, names: Vec<String>, clock: Clock, issue: Issue) -> Result<Arc<Self>, KeyError> {
        let current = RwLock::new(made(issue(keys.authority(), &names, clock.now())?)?);
        Ok(Arc::new(Self { keys, names, clock, issue, current }))
    }

    /// The certificate to show now.
    pub fn current(&self) -> Arc<CertifiedKey> {
        let now = self.clock.now();
        {
            let current = self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            if now < current.1 {
                return current.0.clone();
            }
        }
        let mut current = self.current.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if now >= current.1 {
            match (self.issue)(self.keys.authority(), &self.names, now).and_then(made) {
                Ok(next) => {
                    info!(names = ?self.names, "the hub renewed its certificate; new connections see the new one");
                    *current = next;
                }
                Err(error) => warn!("the hub's certificate was not renewed, the old one is still shown: {error}"),
            }
        }
        current.0.clone()
    }
}

/// For rustls, and when to make the next.
fn made(made: ServerCertificate) -> Result<(Arc<CertifiedKey>, Timestamp), KeyError> {
    let key = vyavs_service::tls::provider().key_provider.load_private_key(made.key).map_err(KeyError::Tls)?;
    Ok((Arc::new(CertifiedKey::new(made.chain, key)), made.renew_at))
}

impl ResolvesServerCert for RenewingCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

#[cfg(test)]
mod tests {
    use rustls::client::danger::ServerCertVerifier;

    use super::*;
    use crate::identity::authority::tests::{keys, now};
    use crate::identity::authority::{RENEW_DAYS, SERVER_DAYS};
    use jiff::SignedDuration;

    #[test]
    fn a_device_with_a_wrong_clock_still_trusts_the_hub() {
        let (_dir, keys) = keys();
        let certificate =
            RenewingCertificate::for_devices(keys.clone(), vec!["hub.example".to_owned()], Clock::manual(now()));
        let shown = certificate.expect("issued").current().cert[0].clone();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(keys.authority().der().clone()).expect("a CA");
        let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(
            Arc::new(roots),
            vyavs_service::tls::provider(),
        );
        let verifier = verifier.build().expect("a verifier");
        let good = |name: &str, at: &str| {
            let at: Timestamp = at.parse().expect("a time");
            let at = std::time::Duration::from_secs(u64::try_from(at.as_second()).expect("after 1970"));
            let name = rustls::pki_types::ServerName::try_from(name.to_owned()).expect("a name");
            verifier
                .verify_server_cert(&shown, &[], &name, &[], rustls::pki_types::UnixTime::since_unix_epoch(at))
                .is_ok()
        };
        for at in ["1970-01-01T00:01:00Z", "2016-11-22T12:00:00Z", "2026-11-22T12:00:00Z", "2036-11-22T12:00:00Z"] {
            assert!(good("hub.example", at), "{at}");
            assert!(!good("other.example", at), "{at}");
        }
    }

    #[test]
    fn the_servers_certificate_renews_itself_before_it_expires() {
        let (_dir, keys) = keys();
        let clock = Clock::manual(now());
        let names = vec!["hub.example".to_owned(), "127.0.0.1".to_owned()];
        let certificate = RenewingCertificate::new(keys, names, clock.clone()).expect("issued");
        let first = certificate.current().cert[0].clone();
        clock.set(now() + SignedDuration::from_hours(24 * (SERVER_DAYS - RENEW_DAYS) - 1));
        assert_eq!(certificate.current().cert[0], first);
        clock.set(now() + SignedDuration::from_hours(24 * (SERVER_DAYS - RENEW_DAYS)));
        let next = certificate.current().cert[0].clone();
        assert_ne!(next, first);
        let (_, parsed) = x509_parser::parse_x509_certificate(&next).expect("DER");
        let san = parsed.subject_alternative_name().expect("readable").expect("there");
        assert_eq!(san.value.general_names.len(), 2);
    }
}
