//! TLS for every link: the system's roots, or the profile's own authority and nothing else (MQ-9). Never "accept invalid".

use crate::error::TransportError;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::error::Error;

/// Makes ring the process' cryptography. Call it once before any link; calling it again changes nothing.
pub fn install_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been faster; then there is one, which is all we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// What to verify servers with.
pub(crate) fn client_config(ca_pem: Option<&str>) -> Result<ClientConfig, TransportError> {
    install_crypto();
    let builder = ClientConfig::builder();
    let config = match ca_pem {
        Some(pem) => builder.with_root_certificates(roots(pem)?).with_no_client_auth(),
        None => builder.with_platform_verifier().map_err(TransportError::Tls)?.with_no_client_auth(),
    };
    Ok(config)
}

fn roots(pem: &str) -> Result<RootCertStore, TransportError> {
    let mut roots = RootCertStore::empty();
    for certificate in rustls_pemfile::certs(&mut pem.as_bytes()) {
        let certificate = certificate.map_err(|_| TransportError::CertificateAuthority)?;
        roots.add(certificate).map_err(|_| TransportError::CertificateAuthority)?;
    }
    if roots.is_empty() { Err(TransportError::CertificateAuthority) } else { Ok(roots) }
}

/// Whether somewhere beneath `error` a certificate was refused. Errors of the I/O kind hide theirs from `source`.
pub(crate) fn is_certificate(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return matches!(
                tls,
                rustls::Error::InvalidCertificate(_)
                    | rustls::Error::NoCertificatesPresented
                    | rustls::Error::InvalidCertRevocationList(_)
                    | rustls::Error::UnsupportedNameType
            );
        }
        let hidden = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match hidden {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_must_be_a_certificate() {
        for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(matches!(client_config(Some(pem)), Err(TransportError::CertificateAuthority)), "{pem:?}");
        }
    }

    #[test]
    fn a_refused_certificate_is_found_at_any_depth() {
        let refused = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let wrapped = std::io::Error::other(std::io::Error::other(refused));
        assert!(is_certificate(&wrapped));
        assert!(!is_certificate(&std::io::Error::other("something else")));
    }
}
