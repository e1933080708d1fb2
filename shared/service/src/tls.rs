//! The one crypto provider: ring, installed first thing, and named explicitly wherever a configuration is built.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

/// Ring.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// For libraries that ask for the process's default. Called again it does nothing.
pub fn install() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// All that any service of ours speaks.
pub const VERSIONS: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
