//! Signing requests of boxes: read, and proven to be signed with their own key.

use rcgen::{CertificateSigningRequestParams, PublicKeyData};

/// A signing request that gets no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CsrError {
    /// Not a PKCS #10 request in PEM, or with parts that no device needs.
    #[error("csr_pem is not a PKCS #10 request in PEM that this hub can read")]
    Malformed(#[source] rcgen::Error),
    /// The signature in it is not by the key in it.
    #[error("csr_pem is not signed with its own key: no proof that the device holds it")]
    NoProof,
    /// Neither Ed25519 nor P-256.
    #[error("csr_pem holds a key that is neither Ed25519 nor ECDSA P-256")]
    Algorithm,
}

/// A request whose sender holds the key, checked.
pub struct VerifiedCsr(pub(super) CertificateSigningRequestParams);

impl std::fmt::Debug for VerifiedCsr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedCsr").finish_non_exhaustive()
    }
}

impl VerifiedCsr {
    /// Reads a request and verifies that it is signed with its own key.
    pub fn read(pem: &str) -> Result<Self, CsrError> {
        let request = CertificateSigningRequestParams::from_pem(pem).map_err(|error| match error {
            rcgen::Error::InvalidCertificationRequestSignature => CsrError::NoProof,
            rcgen::Error::UnsupportedSignatureAlgorithm => CsrError::Algorithm,
            error => CsrError::Malformed(error),
        })?;
        let algorithm = request.public_key.algorithm();
        let known = algorithm == &rcgen::PKCS_ED25519 && request.public_key.der_bytes().len() == 32
            || algorithm == &rcgen::PKCS_ECDSA_P256_SHA256 && request.public_key.der_bytes().len() == 65;
        if known { Ok(Self(request)) } else { Err(CsrError::Algorithm) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use rcgen::{CertificateParams, KeyPair};

    fn csr(algorithm: &'static rcgen::SignatureAlgorithm) -> String {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let params = CertificateParams::new(vec!["evil.example".to_owned()]).expect("a name");
        params.serialize_request(&key).expect("a request").pem().expect("PEM")
    }

    #[test]
    fn a_request_without_proof_of_its_key_is_refused() {
        let pem = csr(&rcgen::PKCS_ED25519);
        let other = csr(&rcgen::PKCS_ED25519);
        let der = |pem: &str| {
            let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
            base64::engine::general_purpose::STANDARD.decode(body).expect("base64")
        };
        // The signature of another request: the last 64 bytes of an Ed25519 one.
        let (mut forged, other) = (der(&pem), der(&other));
        let end = forged.len() - 64;
        forged[end..].copy_from_slice(&other[other.len() - 64..]);
        let body = base64::engine::general_purpose::STANDARD.encode(&forged);
        let forged = format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n");
        assert!(matches!(VerifiedCsr::read(&forged), Err(CsrError::NoProof)));
        assert!(matches!(VerifiedCsr::read("hello"), Err(CsrError::Malformed(_))));
        let p384 = csr(&rcgen::PKCS_ECDSA_P384_SHA384);
        assert!(matches!(VerifiedCsr::read(&p384), Err(CsrError::Algorithm)));
    }
}
