//! Telling a printer to do something (section 7.9).
//!
//! The guide names no HTTP call for it, so the app publishes the platform's own message on the printer's `down/control`
//! topic (decision 0004). A platform whose access list forbids that answers with nothing; then [`no_answer`] is told.

use super::messages::{ControlAck, ControlCommand, WireTime};
use super::profile::{Owner, Profile};
use super::topic::{Tail, Topic};
use platen_model::{Fault, Retry, Segment, WallTime};
use std::time::Duration;

/// The only literal in the guide.
pub const REBOOT: &str = "reboot";
/// Understood by the simulated world only (rule C-16).
pub const SHUTDOWN: &str = "shutdown";
/// Understood by the simulated world only (rule C-16).
pub const CLEAR_CACHE: &str = "clear_cache";

/// How long the printer may take to acknowledge.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A command with its ids, both opaque and made by the caller from random bytes.
pub fn control_message(msg_id: &str, control_id: &str, command: &str, now: WallTime) -> ControlCommand {
    ControlCommand {
        msg_id: Some(msg_id.to_owned()),
        control_id: control_id.to_owned(),
        command: command.to_owned(),
        date_time: Some(WireTime::millis(now)),
        ..ControlCommand::default()
    }
}

/// Where it is published.
pub fn control_topic(profile: &Profile, owner: &Owner, sn: &Segment) -> Topic {
    Topic::new(profile.mqtt.prefix, owner, sn, Tail::Control)
}

/// Checks a command word: 1–64 lower-case letters, digits and `_`. The list of words is open.
pub fn check_command(command: &str) -> Result<(), Fault> {
    let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    if (1..=64).contains(&command.len()) && command.bytes().all(known) {
        return Ok(());
    }
    Err(Fault::new("control_command_invalid", "That is not a command for a printer.", "Use a word such as reboot."))
}

/// Whether `ack` answers `command`: by `controlId` first, by `ackOriginalMsgId` when there is none.
pub fn answers(ack: &ControlAck, command: &ControlCommand) -> bool {
    match ack.control_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => id == command.control_id,
        None => ack.ack_original_msg_id.is_some() && ack.ack_original_msg_id == command.msg_id,
    }
}

/// What it means when nothing comes back in time.
pub fn no_answer() -> Fault {
    Fault::new(
        "control_unanswered",
        "The printer did not answer the command.",
        "Check that it is on. The platform may not let this app send commands.",
    )
    .with_retry(Retry::Later)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn c_16_a_command_is_written_as_the_guide_shows_it() {
        let message = control_message("m1", "c1", REBOOT, WallTime(1_724_846_400_000));
        assert_eq!(
            serde_json::to_value(&message).unwrap(),
            json!({"msgId":"m1","controlId":"c1","command":"reboot","params":{},"dateTime":1_724_846_400_000_i64})
        );
        let ack = |control: Option<&str>, original: Option<&str>| ControlAck {
            control_id: control.map(str::to_owned),
            ack_original_msg_id: original.map(str::to_owned),
            ..ControlAck::default()
        };
        assert!(answers(&ack(Some("c1"), Some("other")), &message));
        assert!(answers(&ack(None, Some("m1")), &message));
        assert!(!answers(&ack(Some("c2"), Some("m1")), &message));
        assert!(!answers(&ack(None, None), &ControlCommand::default()));
        assert!(check_command("clear_cache").is_ok());
        for wrong in ["", "Reboot", "a b", "re/boot", &"x".repeat(65)] {
            assert!(check_command(wrong).is_err(), "{wrong:?}");
        }
    }
}
