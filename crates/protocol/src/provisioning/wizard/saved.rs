//! What survives a restart: no code, no password.

use super::Step;
use crate::provisioning::Security;
use serde::{Deserialize, Serialize};

/// A printer that is to be set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// How the list of things near names it; may mean nothing after a restart.
    pub id: String,
    /// Its name, if it told one.
    pub name: Option<String>,
}

/// The state of the flow without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Saved {
    /// Where it is.
    pub step: Step,
    /// Which printer.
    pub target: Option<Target>,
    /// The name of the chosen network, as bytes.
    pub ssid: Option<Vec<u8>>,
    /// Its protection.
    pub security: Option<Security>,
    /// The credentials have been handed over, and no failure was told since.
    pub sent: bool,
    /// It was connected to once more to see what became of them.
    pub looked: bool,
    /// The printer's address, by its own words.
    pub address: Option<String>,
    /// Pages that it named.
    pub urls: Vec<String>,
    /// It answered on the network.
    pub confirmed: bool,
    /// Its serial number, once known.
    pub serial: Option<String>,
    /// It is bound to an account.
    pub bound: bool,
}

impl Default for Saved {
    fn default() -> Self {
        Self {
            step: Step::Find,
            target: None,
            ssid: None,
            security: None,
            sent: false,
            looked: false,
            address: None,
            urls: Vec::new(),
            confirmed: false,
            serial: None,
            bound: false,
        }
    }
}
