//! Who a peer is, by its certificate, and the TLS set-up that lets only such peers in.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use vyavs_domain::ids::DeviceIdentity;
use vyavs_service::tls;
use x509_parser::extensions::GeneralName;

/// What the acceptor shows and what it trusts.
#[derive(Debug)]
pub struct ServerTls {
    /// The hub's own CA: only its certificates come in.
    pub ca: CertificateDer<'static>,
    /// Asked at every handshake for the hub's server certificate, so that a renewed one needs no restart.
    pub certificate: Arc<dyn ResolvesServerCert>,
}

/// Keys or certificates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Not PEM of the expected kind.
    #[error("the {what} is not the PEM text it should be")]
    Pem {
        /// Which one.
        what: &'static str,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// rustls refused it.
    #[error("the hub's CA, certificate and key do not make a TLS server")]
    Rustls(#[source] rustls::Error),
    /// No CA to trust.
    #[error("the hub's CA cannot verify devices")]
    Verifier(#[source] rustls::server::VerifierBuilderError),
}

impl ServerTls {
    /// One certificate that stays: the chain (the server's own first) and its key.
    pub fn fixed(
        ca: CertificateDer<'static>,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsError> {
        let key = tls::provider().key_provider.load_private_key(key).map_err(TlsError::Rustls)?;
        let certificate = CertifiedKey::new(chain, key);
        certificate.keys_match().map_err(TlsError::Rustls)?;
        Ok(Self { ca, certificate: Arc::new(SingleCertAndKey::from(certificate)) })
    }

    /// The same from PEM texts.
    pub fn from_pem(ca: &[u8], chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let pem = |what| move |source| TlsError::Pem { what, source };
        let ca = CertificateDer::from_pem_slice(ca).map_err(pem("CA certificate"))?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let key = PrivateKeyDer::from_pem_slice(key).map_err(pem("server key"))?;
        Self::fixed(ca, chain.map_err(pem("server certificate"))?, key)
    }

    /// TLS 1.3 only, a client certificate of the CA required, no resumption: each connection proves itself anew.
    pub(crate) fn acceptor(&self) -> Result<tokio_rustls::TlsAcceptor, TlsError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca.clone()).map_err(TlsError::Rustls)?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), tls::provider())
            .build()
            .map_err(TlsError::Verifier)?;
        let mut config = rustls::ServerConfig::builder_with_provider(tls::provider())
            .with_protocol_versions(tls::VERSIONS)
            .map_err(TlsError::Rustls)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(self.certificate.clone());
        config.send_tls13_tickets = 0;
        config.max_early_data_size = 0;
        Ok(tokio_rustls::TlsAcceptor::from(Arc::new(config)))
    }
}

/// A device and the certificate it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// From the SAN URI.
    pub identity: DeviceIdentity,
    /// Serial number: lower-case hex without separators and without leading zero bytes.
    pub serial: String,
}

/// The peer a certificate names; `None` unless it has exactly one SAN URI that begins with `urn:vyavs:`, and that is
/// an identity. The signature is the TLS handshake's business, not this one's.
pub fn peer_of(certificate: &[u8]) -> Option<Peer> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let names = parsed.subject_alternative_name().ok()??;
    let mut ours = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) if uri.starts_with("urn:vyavs:") => Some(*uri),
        _ => None,
    });
    let (urn, None) = (ours.next()?, ours.next()) else { return None };
    let identity = urn.parse().ok()?;
    let serial = parsed.raw_serial().iter().skip_while(|byte| **byte == 0).map(|byte| format!("{byte:02x}")).collect();
    Some(Peer { identity, serial })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, SanType, SerialNumber};

    const URN: &str = "urn:vyavs:00000000-0000-4000-8000-000000000001:00000000-0000-4000-8000-000000000002:00000000-0000-4000-8000-00000000000a";

    fn certificate(uris: &[&str]) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from(vec![0x00, 0x0a, 0xff]));
        params.subject_alt_names = uris.iter().map(|uri| SanType::URI((*uri).try_into().expect("ASCII"))).collect();
        let key = KeyPair::generate().expect("a key");
        params.self_signed(&key).expect("signed").der().to_vec()
    }

    #[test]
    fn exactly_one_urn_names_a_peer() {
        let peer = peer_of(&certificate(&["https://example.org", URN])).expect("a peer");
        assert_eq!(peer.identity.to_string(), URN);
        assert_eq!(peer.serial, "0aff");
        let other = URN.replace("00a", "00b");
        for uris in [&[][..], &["urn:vyavs:x"], &[URN, &other], &[&URN.to_uppercase()], &[URN, "urn:vyavs:x"]] {
            assert_eq!(peer_of(&certificate(uris)), None, "{uris:?}");
        }
        assert_eq!(peer_of(b"not a certificate"), None);
    }
}
