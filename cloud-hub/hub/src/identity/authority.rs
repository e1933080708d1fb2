//! The hub's own certificate authority: one key, two kinds of certificate, the hub's and a device's.

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;
use tracing::info;
use vyavs_domain::ids::DeviceIdentity;

use super::csr::VerifiedCsr;
use super::files::KeyDir;
use super::{KeyError, random};

/// A device's certificate lasts this long at the most.
pub const DEVICE_DAYS: i64 = 90;
/// The hub's own lasts this long, and is issued again when [`RENEW_DAYS`] are left.
pub const SERVER_DAYS: i64 = 397;
/// See [`SERVER_DAYS`].
pub const RENEW_DAYS: i64 = 30;

/// The CA and its key (ECDSA P-256, which browsers accept too).
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// The hub's certificate and its key.
#[derive(Debug)]
pub struct ServerCertificate {
    /// The certificate, PEM.
    pub chain_pem: String,
    /// Its key, PKCS #8 PEM.
    pub key_pem: String,
    /// The certificate for rustls.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key for rustls.
    pub key: PrivateKeyDer<'static>,
    /// When to ask for the next one.
    pub renew_at: Timestamp,
}

/// A device's certificate and what the register keeps of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCertificate {
    /// The certificate, PEM.
    pub pem: String,
    /// Lower-case hex, no separators, no leading zero bytes.
    pub serial: String,
    /// The raw public key: 32 bytes of Ed25519, or 65 of P-256.
    pub public_key: Vec<u8>,
    /// Until when.
    pub not_after: Timestamp,
}

impl Authority {
    pub(crate) fn open(dir: &KeyDir) -> Result<Self, KeyError> {
        const EXPECTED: &str = "an ECDSA P-256 key in PKCS #8 PEM";
        let (key, certificate) = (dir.read("ca.key", true)?, dir.read("ca.crt", false)?);
        if key.is_none() && certificate.is_some() {
            return Err(KeyError::Half { missing: dir.path("ca.key") });
        }
        let key = match key {
            Some(text) => dir.key("ca.key", &text, &rcgen::PKCS_ECDSA_P256_SHA256, EXPECTED)?,
            None => {
                let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
                dir.write_new("ca.key", &key.serialize_pem(), 0o600)?;
                info!("the hub made its certificate authority; keep a copy of the keys");
                key
            }
        };
        let pem = match certificate {
            Some(text) => text,
            None => {
                let text = ca_params(&key)?.self_signed(&key)?.pem();
                dir.write_new("ca.crt", &text, 0o644)?;
                text
            }
        };
        let unreadable = || KeyError::Unreadable { path: dir.path("ca.crt"), expected: "the CA's certificate in PEM" };
        let der = <CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(pem.as_bytes())
            .map_err(|_| unreadable())?
            .into_owned();
        if !holds_key(&der, &key) {
            return Err(KeyError::Unreadable { path: dir.path("ca.crt"), expected: "the certificate of ca.key" });
        }
        let issuer = Issuer::from_ca_cert_der(&der, key)?;
        Ok(Self { issuer, pem, der })
    }

    /// The CA's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The CA's certificate for rustls.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// The hub's own certificate: a fresh key, valid for these host names and addresses.
    pub fn server(&self, names: &[String], now: Timestamp) -> Result<ServerCertificate, KeyError> {
        let begins = moment(now - SignedDuration::from_hours(24));
        let ends = moment(now + SignedDuration::from_hours(24 * SERVER_DAYS));
        self.server_between(names, (begins, ends), now)
    }

    /// The same for the port of devices, whose clocks may be at 1970 or ten years ahead: one that is wrong must not keep a
    /// device from the hub that could tell it. It is renewed as often, its key is never on a disk, and only devices of
    /// this CA trust it.
    pub fn server_for_devices(&self, names: &[String], now: Timestamp) -> Result<ServerCertificate, KeyError> {
        self.server_between(names, (OffsetDateTime::UNIX_EPOCH, rcgen::date_time_ymd(2099, 12, 31)), now)
    }

    fn server_between(
        &self,
        names: &[String],
        (begins, ends): (OffsetDateTime, OffsetDateTime),
        now: Timestamp,
    ) -> Result<ServerCertificate, KeyError> {
        let mut params = CertificateParams::new(names.to_vec())?;
        params.distinguished_name = name("vyavs-hub");
        (params.not_before, params.not_after) = (begins, ends);
        params.serial_number = Some(serial()?);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(ServerCertificate {
            chain_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            renew_at: now + SignedDuration::from_hours(24 * (SERVER_DAYS - RENEW_DAYS)),
        })
    }

    /// A device's certificate. Only the key is taken from the request: who the device is, the hub decides.
    pub fn device(
        &self,
        request: &VerifiedCsr,
        identity: DeviceIdentity,
        now: Timestamp,
    ) -> Result<DeviceCertificate, KeyError> {
        let not_after = now + SignedDuration::from_hours(24 * DEVICE_DAYS);
        let serial = serial()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name(&identity.device.to_string());
        params.subject_alt_names = vec![SanType::URI(identity.to_string().try_into()?)];
        // An hour back, for a hub that was ahead of the one that asks now.
        params.not_before = moment(now - SignedDuration::from_hours(1));
        params.not_after = moment(not_after - SignedDuration::from_hours(1));
        params.serial_number = Some(serial.clone());
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&request.0.public_key, &self.issuer)?;
        Ok(DeviceCertificate {
            pem: certificate.pem(),
            serial: hex(&serial.to_bytes()),
            public_key: request.0.public_key.der_bytes().to_vec(),
            not_after: not_after - SignedDuration::from_hours(1),
        })
    }
}

fn ca_params(key: &KeyPair) -> Result<CertificateParams, KeyError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("VyavsAI hub CA");
    // Fixed ends: a hub whose clock was wrong on its first day has a CA all the same.
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2060, 1, 1);
    params.serial_number = Some(serial()?);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // The subject says which CA it is, so that the certificates of two hubs are told apart.
    params.distinguished_name.push(DnType::OrganizationName, hex(&blake3::hash(key.der_bytes()).as_bytes()[..8]));
    Ok(params)
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

/// Positive, 127 random bits, first byte not zero: one spelling in DER and in hex.
fn serial() -> Result<SerialNumber, KeyError> {
    let mut bytes = random::<16>()?;
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn holds_key(certificate: &CertificateDer<'_>, key: &KeyPair) -> bool {
    x509_parser::parse_x509_certificate(certificate)
        .is_ok_and(|(_, parsed)| parsed.public_key().subject_public_key.data.as_ref() == key.der_bytes())
}

/// To the second, as certificates count.
fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::identity::{Keys, KeysConfig};
    use rustls::RootCertStore;
    use rustls::pki_types::UnixTime;
    use rustls::server::WebPkiClientVerifier;
    use vyavs_domain::ids::{DeviceId, OrgId, StoreId};

    pub(in crate::identity) fn keys() -> (tempfile::TempDir, Keys) {
        let dir = tempfile::tempdir().expect("a directory");
        let keys = Keys::open(&KeysConfig { dir: dir.path().join("keys") }).expect("made");
        (dir, keys)
    }

    fn identity() -> DeviceIdentity {
        let id = uuid::Uuid::from_u128;
        DeviceIdentity { org: OrgId(id(1)), store: StoreId(id(2)), device: DeviceId(id(3)) }
    }

    pub(in crate::identity) fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().expect("a time")
    }

    fn csr(algorithm: &'static rcgen::SignatureAlgorithm) -> (KeyPair, String) {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let mut params = CertificateParams::new(vec!["evil.example".to_owned()]).expect("a name");
        params.distinguished_name = name("not who I am");
        let pem = params.serialize_request(&key).expect("a request").pem().expect("PEM");
        (key, pem)
    }

    #[test]
    fn a_device_gets_the_identity_the_hub_gives_and_90_days() {
        let (_dir, keys) = keys();
        for algorithm in [&rcgen::PKCS_ED25519, &rcgen::PKCS_ECDSA_P256_SHA256] {
            let (key, pem) = csr(algorithm);
            let request = VerifiedCsr::read(&pem).expect("well signed");
            let made = keys.authority().device(&request, identity(), now()).expect("issued");
            let der = <CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(made.pem.as_bytes())
                .expect("PEM");
            let (_, parsed) = x509_parser::parse_x509_certificate(&der).expect("DER");
            let san = parsed.subject_alternative_name().expect("readable").expect("there");
            assert_eq!(san.value.general_names.len(), 1);
            assert_eq!(san.value.general_names[0], x509_parser::extensions::GeneralName::URI(&identity().to_string()));
            let eku = parsed.extended_key_usage().expect("readable").expect("there").value;
            assert!(eku.client_auth && !eku.server_auth && !eku.any);
            let validity = parsed.validity();
            let days = (validity.not_after.timestamp() - validity.not_before.timestamp()) / 86_400;
            assert!(days <= DEVICE_DAYS, "{days}");
            assert_eq!(made.serial, hex(parsed.raw_serial()).trim_start_matches("00"));
            assert_eq!(made.public_key, key.der_bytes());
            // What the acceptor will ask of it.
            let mut roots = RootCertStore::empty();
            roots.add(keys.authority().der().clone()).expect("a CA");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), vyavs_service::tls::provider())
                .build()
                .expect("a verifier");
            let at = |time: Timestamp| {
                UnixTime::since_unix_epoch(std::time::Duration::from_secs(
                    u64::try_from(time.as_second()).expect("after 1970"),
                ))
            };
            verifier.verify_client_cert(&der, &[], at(now())).expect("good today");
            let late = now() + SignedDuration::from_hours(24 * 90);
            assert!(verifier.verify_client_cert(&der, &[], at(late)).is_err());
        }
    }
}
