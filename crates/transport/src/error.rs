//! What a link can refuse or fail at, and how it is told at the edge.

use platen_model::{Fault, Retry};

/// Why a link could not be set up, or a message not be sent.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The profile's certificate authority is not a certificate in PEM form.
    #[error("the certificate authority cannot be read")]
    CertificateAuthority,
    /// The TLS library refused its settings.
    #[error("TLS could not be set up: {0}")]
    Tls(#[source] rustls::Error),
    /// The HTTP library refused its settings.
    #[error("HTTP could not be set up: {0}")]
    Http(#[source] reqwest::Error),
    /// There is no connection to the broker now.
    #[error("there is no connection to the broker")]
    NotConnected,
    /// The connection went before the broker confirmed the message; it may have it.
    #[error("the connection went before the broker confirmed the message")]
    Lost,
    /// The topic holds a wildcard, a NUL, or nothing.
    #[error("the topic is not one that can be published to")]
    Topic,
    /// The message is larger than allowed.
    #[error("the message is larger than {limit} bytes")]
    TooLarge {
        /// In bytes, topic included.
        limit: usize,
    },
    /// The broker refused the message.
    #[error("the broker refused the message")]
    Refused,
}

impl TransportError {
    /// The same as it is told at the edge.
    pub fn fault(&self) -> Fault {
        match self {
            Self::CertificateAuthority => Fault::new(
                "certificate_authority_invalid",
                "The profile's certificate authority cannot be read.",
                "Give the profile a certificate in PEM form.",
            ),
            Self::Tls(_) | Self::Http(_) => Fault::new(
                "network_unavailable",
                "Secure connections are not possible on this device.",
                "Check the certificates that are installed on this device.",
            ),
            Self::NotConnected | Self::Lost => Fault::new(
                "broker_not_connected",
                "There is no connection to the cloud just now.",
                "Wait until the connection is back.",
            )
            .with_retry(Retry::Later),
            Self::Topic | Self::TooLarge { .. } | Self::Refused => Fault::new(
                "message_refused",
                "The message to the printer was refused.",
                "Check the profile and the printer's binding.",
            )
            .with_retry(Retry::No),
        }
    }
}
