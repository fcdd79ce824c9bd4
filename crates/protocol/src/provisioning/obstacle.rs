//! What can stand in the way of a set-up: one catalogue for machines, wizard, doors and scripts.
//!
//! Source: the failure classes of section 5.4 of `docs/protocols/provisioning.md`. A class ([`Obstacle::class`]) is what
//! scripts rely on; the fault's code is what programs rely on; the sentences are for people. Deliberately absent: blame
//! where the protocols cannot tell. "Refused by the network" is not proof of a wrong password.

use platen_model::{CredentialProblem, Fault, Retry};

/// Why a set-up does not go on, or not in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The computer's Bluetooth is switched off.
    BluetoothOff,
    /// Platen may not use it.
    BluetoothDenied,
    /// There is none.
    BluetoothNone,
    /// This user may not open the port that the printer's cable is plugged into.
    CableDenied,
    /// No printer in set-up mode was found, or it is not in range any more.
    NotInSetup,
    /// The printer has joined a network already.
    AlreadyOnline,
    /// The link broke before any credentials were handed over.
    LinkLost,
    /// The code is not this printer's.
    WrongCode,
    /// The printer wants a code, and nobody gave one.
    CodeMissing,
    /// The printer is being set up by somebody else, or has not let go of them yet.
    Busy,
    /// Nobody pressed the printer's button.
    NotAuthorised,
    /// The printer sees no network.
    NoNetworks,
    /// The password cannot be right by its length.
    Passphrase(CredentialProblem),
    /// The network asks for a user name.
    Enterprise,
    /// The computer uses the 5 GHz half of this network, and the printer does not see it.
    OtherBand,
    /// The network refused the printer.
    Refused {
        /// The printer hears it badly: that may be the reason.
        weak: bool,
    },
    /// The printer does not find the network.
    NetworkNotFound,
    /// It joined, but got no address.
    NoAddress,
    /// It tried for as long as we wait.
    JoinTimedOut,
    /// The credentials were sent; what became of them is not known.
    Unconfirmed,
    /// It is on the network but not to be seen from here.
    NotVisible,
    /// It is on the network but does not reach the cloud.
    NoCloud,
    /// It belongs to somebody else.
    BindConflict,
    /// Binding failed in another way.
    NotBound,
    /// The time for binding, or for an answer, is over.
    Expired,
    /// The printer asks for less security than its label promises.
    Downgrade,
    /// The printer speaks no protocol that this version knows.
    NotSupported,
    /// The printer takes no new password before it is reset by hand.
    NeedsReset,
    /// The printer answers what cannot be understood.
    Broken,
    /// The printer does not answer in time.
    Silent,
    /// Stopped by the user.
    Cancelled,
}

impl Obstacle {
    /// One of each, for lists and tests.
    pub const ALL: [Self; 31] = [
        Self::BluetoothOff,
        Self::BluetoothDenied,
        Self::BluetoothNone,
        Self::CableDenied,
        Self::NotInSetup,
        Self::AlreadyOnline,
        Self::LinkLost,
        Self::WrongCode,
        Self::CodeMissing,
        Self::Busy,
        Self::NotAuthorised,
        Self::NoNetworks,
        Self::Passphrase(CredentialProblem::Missing),
        Self::Enterprise,
        Self::OtherBand,
        Self::Refused { weak: false },
        Self::NetworkNotFound,
        Self::NoAddress,
        Self::JoinTimedOut,
        Self::Unconfirmed,
        Self::NotVisible,
        Self::NoCloud,
        Self::BindConflict,
        Self::NotBound,
        Self::Expired,
        Self::Downgrade,
        Self::NotSupported,
        Self::NeedsReset,
        Self::Broken,
        Self::Silent,
        Self::Cancelled,
    ];

    /// The class that scripts rely on, upper case with hyphens.
    pub const fn class(self) -> &'static str {
        match self {
            Self::BluetoothOff => "BT-OFF",
            Self::BluetoothDenied => "BT-DENIED",
            Self::BluetoothNone => "BT-NONE",
            Self::CableDenied => "CABLE-DENIED",
            Self::NotInSetup => "NOT-IN-SETUP",
            Self::AlreadyOnline => "ALREADY-ONLINE",
            Self::LinkLost => "LINK-LOST",
            Self::WrongCode => "WRONG-CODE",
            Self::CodeMissing => "CODE-MISSING",
            Self::Busy => "DEVICE-BUSY",
            Self::NotAuthorised => "AUTH-TIMEOUT",
            Self::NoNetworks => "NO-NETWORKS",
            Self::Passphrase(_) => "BAD-LENGTH",
            Self::Enterprise => "ENTERPRISE",
            Self::OtherBand => "OTHER-BAND",
            Self::Refused { .. } => "REFUSED",
            Self::NetworkNotFound => "NOT-FOUND",
            Self::NoAddress => "NO-ADDRESS",
            Self::JoinTimedOut => "JOIN-TIMEOUT",
            Self::Unconfirmed => "UNKNOWN-LINK-LOST",
            Self::NotVisible => "ON-WIFI-NOT-VISIBLE",
            Self::NoCloud => "ON-WIFI-NO-CLOUD",
            Self::BindConflict => "BIND-CONFLICT",
            Self::NotBound => "NOT-BOUND",
            Self::Expired => "EXPIRED",
            Self::Downgrade => "DOWNGRADE",
            Self::NotSupported => "NOT-SUPPORTED",
            Self::NeedsReset => "NEEDS-RESET",
            Self::Broken => "BROKEN-ANSWER",
            Self::Silent => "NO-ANSWER",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// How it is told at the edge.
    pub fn fault(self) -> Fault {
        let (code, message, remedy) = self.words();
        if let Self::Passphrase(problem) = self {
            let text = problem.to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
            return Fault::new(code, format!("{first}{}.", letters.as_str()), remedy);
        }
        Fault::new(code, message, remedy).with_retry(self.retry())
    }

    /// Whether doing the same again can help.
    pub const fn retry(self) -> Retry {
        match self {
            Self::LinkLost
            | Self::Busy
            | Self::NoNetworks
            | Self::Silent
            | Self::JoinTimedOut
            | Self::NotVisible
            | Self::NoCloud
            | Self::Unconfirmed
            | Self::Broken => Retry::Later,
            Self::Downgrade | Self::NotSupported | Self::Enterprise => Retry::No,
            _ => Retry::AfterRemedy,
        }
    }

    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::BluetoothOff => (
                "bluetooth_off",
                "Bluetooth is switched off.",
                "Switch Bluetooth on, or set the printer up by cable or through its own Wi-Fi.",
            ),
            Self::BluetoothDenied => (
                "bluetooth_denied",
                "Platen is not allowed to use Bluetooth.",
                "Allow Bluetooth for Platen in the system's privacy settings.",
            ),
            Self::BluetoothNone => (
                "bluetooth_none",
                "This computer has no Bluetooth, or its Bluetooth service does not run.",
                "Plug in a Bluetooth adapter, or set the printer up by cable or through its own Wi-Fi.",
            ),
            Self::CableDenied => (
                "setup_cable_denied",
                "You may not use the port that the printer's cable is plugged into.",
                "On Linux, add yourself to the group that owns the port (often 'dialout') and log in again.",
            ),
            Self::NotInSetup => (
                "setup_not_found",
                "No printer in set-up mode was found.",
                "Switch the printer on, put it into set-up mode as its guide shows, and bring it within a few metres.",
            ),
            Self::AlreadyOnline => (
                "setup_already_online",
                "The printer has joined a network already.",
                "Look for it among the printers on the network, or reset its Wi-Fi first.",
            ),
            Self::LinkLost => (
                "setup_link_lost",
                "The connection to the printer broke before it got the password.",
                "Bring the printer closer, then try again.",
            ),
            Self::WrongCode => (
                "setup_code_wrong",
                "The code is not the one of this printer.",
                "Type in the code that stands on the printer's label, or scan the label.",
            ),
            Self::CodeMissing => (
                "setup_code_missing",
                "The printer asks for the code on its label.",
                "Type in the code that stands on the printer's label, or scan the label.",
            ),
            Self::Busy => (
                "setup_printer_busy",
                "The printer is being set up from another device.",
                "Close the other app, or switch the printer off and on, then try again.",
            ),
            Self::NotAuthorised => (
                "setup_not_authorised",
                "Nobody pressed the printer's button in time.",
                "Try again, and press the button on the printer when you are asked to.",
            ),
            Self::NoNetworks => (
                "setup_no_networks",
                "The printer sees no network.",
                "Bring the printer closer to the router, then look again, or type in the network's name.",
            ),
            Self::Passphrase(_) => {
                ("setup_password_length", "The password cannot be right.", "Check the password and type it in again.")
            }
            Self::Enterprise => (
                "setup_network_enterprise",
                "This network asks for a user name, which printers cannot give.",
                "Choose another network, for example a guest network with a password.",
            ),
            Self::OtherBand => (
                "setup_network_5ghz",
                "Your computer uses the 5 GHz half of this network, and the printer needs 2.4 GHz.",
                "Make sure that the router also offers this network at 2.4 GHz, or choose a network that the printer sees.",
            ),
            Self::Refused { weak: false } => (
                "setup_network_refused",
                "The network refused the printer. Usually the password is wrong.",
                "Check the password and type it in again.",
            ),
            Self::Refused { weak: true } => (
                "setup_network_refused",
                "The network refused the printer. Usually the password is wrong; here the signal is also weak.",
                "Check the password, and bring the printer closer to the router.",
            ),
            Self::NetworkNotFound => (
                "setup_network_not_found",
                "The printer does not find this network.",
                "Check the network's name and that the router offers it at 2.4 GHz, and bring the printer closer to it.",
            ),
            Self::NoAddress => (
                "setup_no_address",
                "The printer joined the network but got no address from it.",
                "Switch the router off and on, or check whether it lets new devices in.",
            ),
            Self::JoinTimedOut => (
                "setup_join_timed_out",
                "The printer has not joined the network within 90 seconds.",
                "Check the password, and bring the printer closer to the router.",
            ),
            Self::Unconfirmed => (
                "setup_unconfirmed",
                "The password was sent, but whether the printer joined is not confirmed.",
                "Wait a minute and look for the printer on the network before you set it up again.",
            ),
            Self::NotVisible => (
                "setup_not_visible",
                "The printer is on the Wi-Fi, but this computer cannot reach it.",
                "Make sure that this computer is on the same network, and that the network lets its devices see each other.",
            ),
            Self::NoCloud => (
                "setup_no_cloud",
                "The printer is on the Wi-Fi but does not reach its cloud.",
                "Check whether the network has internet access without a log-in page.",
            ),
            Self::BindConflict => (
                "setup_bind_conflict",
                "The printer belongs to another account.",
                "Ask its owner to give it up, then bind it again.",
            ),
            Self::NotBound => (
                "setup_not_bound",
                "The printer is on the Wi-Fi, but it could not be bound to your account.",
                "Bind it again from the list of printers.",
            ),
            Self::Expired => ("setup_expired", "The time for this step is over.", "Start again."),
            Self::Downgrade => (
                "setup_downgrade",
                "The printer asks for less security than its label promises. Nothing was sent to it.",
                "Make sure that it is your printer; if it is, update its firmware by cable.",
            ),
            Self::NotSupported => (
                "setup_not_supported",
                "The printer cannot be set up in a way that this version knows.",
                "Update Platen, or set the printer up with its maker's app.",
            ),
            Self::NeedsReset => (
                "setup_needs_reset",
                "The printer takes no new password as it is.",
                "Hold the printer's reset button until it blinks, then try again.",
            ),
            Self::Broken => (
                "setup_answer_broken",
                "The printer's answer cannot be understood.",
                "Switch the printer off and on, then try again.",
            ),
            Self::Silent => (
                "setup_no_answer",
                "The printer does not answer.",
                "Switch the printer off and on and bring it closer, then try again.",
            ),
            Self::Cancelled => ("setup_cancelled", "Setting up was cancelled.", "Start again when you are ready."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_obstacle_has_a_class_and_a_code_of_its_own_and_whole_sentences() {
        let classes: BTreeSet<_> = Obstacle::ALL.iter().map(|obstacle| obstacle.class()).collect();
        let codes: BTreeSet<_> = Obstacle::ALL.iter().map(|obstacle| obstacle.fault().code).collect();
        assert_eq!((classes.len(), codes.len()), (Obstacle::ALL.len(), Obstacle::ALL.len()));
        for obstacle in Obstacle::ALL {
            let fault = obstacle.fault();
            assert!(fault.message.ends_with('.') && fault.remedy.ends_with('.'), "{fault}");
            assert!(fault.message.starts_with(char::is_uppercase), "{fault}");
        }
    }
}
