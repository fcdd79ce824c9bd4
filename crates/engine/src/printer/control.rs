//! Control commands: published to the printer's own topic, answered by its acknowledgement.

use super::Printer;
use crate::{Core, Engine};
use platen_model::{Fault, Retry};
use platen_protocol::cloud::Message;
use platen_protocol::cloud::control::{check_command, control_message, control_topic, no_answer};
use platen_protocol::cloud::messages::ControlAck;
use platen_transport::mqtt::Qos;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the link may take to become ready.
const CONNECT: Duration = Duration::from_secs(20);
/// How long the printer may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// Commands that wait for their answer.
#[derive(Default)]
pub(crate) struct Controls {
    waiting: Mutex<BTreeMap<String, oneshot::Sender<ControlAnswer>>>,
}

/// The printer's answer to a control command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlAnswer {
    /// Our id of the command.
    pub control_id: String,
    /// The device's own word, for example `confirm`.
    pub status: String,
    /// The device's own text.
    pub detail: String,
    /// Error codes; empty when it worked.
    pub codes: Vec<i64>,
}

impl Controls {
    /// An acknowledgement arrived; one that nobody waits for is another app's.
    pub(crate) fn answer(&self, ack: &ControlAck) {
        let id = ack.control_id.clone().unwrap_or_default();
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if let Some(waiting) = waiting {
            let answer = ControlAnswer {
                control_id: id,
                status: ack.status.clone(),
                detail: ack.report.text.clone(),
                codes: ack.report.codes.clone(),
            };
            // Whoever asked may have gone away.
            let _ = waiting.send(answer);
        }
    }

    fn expect(&self, id: &str) -> oneshot::Receiver<ControlAnswer> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), sender);
        receiver
    }

    fn forget(&self, id: &str) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

impl Engine {
    /// Sends a control command and waits for the printer's answer.
    ///
    /// # Errors
    /// `control_command_invalid`, `printer_unknown`, `printer_unreachable` (no link in 20 s), `no_answer` (none in 30 s),
    /// `command_refused` when the printer answers with an error.
    pub async fn control(&self, sn: &str, command: &str) -> Result<ControlAnswer, Fault> {
        check_command(command)?;
        let printer = self.core.printer(sn).await?;
        control(&self.core, &printer, command).await
    }
}

async fn control(core: &Arc<Core>, printer: &Arc<Printer>, command: &str) -> Result<ControlAnswer, Fault> {
    let id = crate::random_hex()?;
    let message = control_message(&crate::random_hex()?, &id, command, core.clock.wall());
    let payload = Message::Control(message).encode();
    let topic = control_topic(&printer.profile, &printer.owner, &printer.sn).to_string();
    let mut link = printer.link.subscribe();
    let link = tokio::select! {
        ready = link.wait_for(Option::is_some) => ready.ok().and_then(|link| link.clone()),
        () = core.clock.wait_until(core.clock.now() + CONNECT) => None,
    };
    let link = link.ok_or_else(|| {
        let trouble = printer.live.lock().unwrap_or_else(PoisonError::into_inner).trouble.clone();
        trouble.unwrap_or_else(|| {
            Fault::new(
                "printer_unreachable",
                "The platform's message service cannot be reached.",
                "Check the network and try again.",
            )
            .with_retry(Retry::Later)
        })
    })?;
    let answer = printer.controls.expect(&id);
    let published = link.publish(&topic, payload, Qos::AtLeastOnce).await.map_err(|error| error.fault());
    if let Err(fault) = published {
        printer.controls.forget(&id);
        return Err(fault);
    }
    let answer = tokio::select! {
        answer = answer => answer.ok(),
        () = core.clock.wait_until(core.clock.now() + ANSWER) => None,
        () = printer.stop.cancelled() => None,
    };
    printer.controls.forget(&id);
    let answer = answer.ok_or_else(no_answer)?;
    if answer.codes.is_empty() {
        Ok(answer)
    } else {
        let codes: Vec<_> = answer.codes.iter().map(ToString::to_string).collect();
        let message = format!("The printer refused: {} (error {}).", answer.detail, codes.join(", "));
        Err(Fault::new("command_refused", message, "Check which commands this printer knows."))
    }
}
