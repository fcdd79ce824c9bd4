//! What a printer hears and says: states, acknowledgements, pulls, commands.

use super::body;
use super::codes;
use super::queue::{Finished, Taken};
use super::{Device, lock};
use crate::chance::fresh_id;
use crate::post::Heard;
use platen_protocol::cloud::messages::{
    ControlAck, ControlCommand, DeviceEvent, PrintAck, Pull, PullParams, Report, Spelling, UpgradeAck, UpgradeTask,
};
use platen_protocol::cloud::{Message, Tail, Topic};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// Seconds between two reports.
const REPORT_SECONDS: f64 = 3.0;
/// The shortest time between two reports, however fast the world is.
const REPORT_LEAST: Duration = Duration::from_millis(250);
/// Seconds until an unanswered pull is said again. Its answer may have been lost with a broker's memory.
const PULL_SECONDS: f64 = 5.0;
/// Seconds between pulls when there was nothing to print.
const IDLE_SECONDS: f64 = 30.0;
const PULL_LEAST: Duration = Duration::from_millis(500);
/// Seconds that a start takes.
const BOOT_SECONDS: f64 = 2.0;

impl Device {
    pub(super) async fn talk(self: Arc<Self>, mut heard: mpsc::Receiver<Heard>, stop: CancellationToken) {
        let mut condition = self.condition.subscribe();
        let mut last_report = Map::new();
        let mut features_known = false;
        let mut report_at = Instant::now();
        let mut pull_at = Instant::now() + PULL_LEAST;
        loop {
            tokio::select! {
                next = heard.recv() => match next {
                    None => return,
                    Some(Heard::Up) => {
                        last_report.clear();
                        report_at = Instant::now();
                        self.pull("", 0);
                        pull_at = Instant::now() + self.span(PULL_SECONDS, PULL_LEAST);
                        if !features_known {
                            features_known = true;
                            self.ask(Pull::FEATURE_LIST, PullParams::default());
                        }
                        self.setting.change.bump();
                    }
                    Some(Heard::Down) => self.setting.change.bump(),
                    Some(Heard::Message { topic, payload }) => {
                        if self.listen(&topic, &payload, &stop) {
                            pull_at = Instant::now() + self.span(IDLE_SECONDS, 4 * PULL_LEAST);
                        }
                    }
                },
                changed = condition.changed() => if changed.is_ok() { report_at = Instant::now() },
                () = self.free.notified() => {
                    self.pull("", 0);
                    pull_at = Instant::now() + self.span(PULL_SECONDS, PULL_LEAST);
                    report_at = Instant::now();
                }
                () = sleep_until(report_at) => {
                    self.report(&mut last_report);
                    report_at = Instant::now() + self.span(REPORT_SECONDS, REPORT_LEAST);
                }
                () = sleep_until(pull_at) => {
                    self.pull("", 0);
                    pull_at = Instant::now() + self.span(PULL_SECONDS, PULL_LEAST);
                }
                () = stop.cancelled() => return,
            }
        }
    }

    fn report(&self, last: &mut Map<String, Value>) {
        let condition = self.condition();
        let report = {
            let mut body = lock(&self.body);
            body.rest();
            let Some(now) = self.stamp() else { return };
            body.report(self.setting.seed, &self.label, condition, now)
        };
        let Ok(Value::Object(whole)) = serde_json::to_value(&report) else { return };
        let fields = if self.setting.readings.delta_state { body::delta(last, whole) } else { whole };
        self.say_now(&Message::Other { tail: Tail::State.as_str().to_owned(), fields });
    }

    /// Asks for print data (section 7.6): any job, or part `seq` of one. The id of the message.
    pub(super) fn pull(&self, job_id: &str, seq: u32) -> String {
        let params = PullParams {
            job_id: job_id.to_owned(),
            seq: Some(seq.into()),
            firmware: lock(&self.body).firmware(),
            ..PullParams::default()
        };
        self.ask(Pull::PRINT, params)
    }

    fn ask(&self, kind: &str, params: PullParams) -> String {
        let legacy = self.setting.readings.legacy_pull && kind == Pull::PRINT;
        let msg_id = fresh_id();
        let pull = Pull {
            msg_id: Some(msg_id.clone()),
            kind: kind.to_owned(),
            params,
            ts: self.stamp(),
            legacy,
            ..Pull::default()
        };
        self.say_now(&Message::Pull(pull));
        msg_id
    }

    /// Takes a message; whether it answers a pull.
    fn listen(self: &Arc<Self>, topic: &str, payload: &[u8], stop: &CancellationToken) -> bool {
        let Ok(topic) = Topic::parse(topic) else { return false };
        if topic.sn != self.label.sn {
            return false;
        }
        match Message::decode(&topic.tail, payload) {
            Ok(Message::Print(delivery)) => {
                let (job_id, msg_id) = (delivery.job_id.clone(), delivery.msg_id.clone());
                let taken = lock(&self.queue).take(delivery);
                match taken {
                    Taken::Repeated | Taken::Refused => {}
                    Taken::Over(over) => self.acknowledge_end(&over, msg_id),
                    Taken::Accepted { seqs, total } => {
                        let accepted = self.setting.readings.literals().accepted;
                        self.acknowledge(&job_id, msg_id, accepted, seqs, total, Report::ok());
                        self.arrived.notify_one();
                    }
                }
                true
            }
            Ok(Message::PullAck(ack)) => {
                let mut pull = lock(&self.part_pull);
                if pull.msg_id.is_some() && pull.msg_id == ack.ack_original_msg_id {
                    pull.refused = true;
                    self.arrived.notify_one();
                }
                true
            }
            Ok(Message::Control(command)) => {
                self.obey(command, stop);
                false
            }
            Ok(Message::Upgrade(task)) => {
                let (device, stop) = (self.clone(), stop.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = device.upgrade(task) => {}
                        () = stop.cancelled() => {}
                    }
                });
                false
            }
            Ok(_) => false,
            Err(error) => {
                tracing::debug!(%error, sn = %self.label.sn, "a simulated printer heard something it cannot read");
                false
            }
        }
    }

    fn spelled(&self, report: Report) -> Report {
        let swapped = self.setting.readings.swapped_reports;
        report.spelled(if swapped { Spelling::Code } else { Spelling::ErrCode })
    }

    /// The id that an acknowledgement names; in one reading some other message's (rule C-21).
    fn original(&self, msg_id: Option<String>) -> Option<String> {
        if self.setting.readings.stray_original_id { Some(fresh_id()) } else { msg_id }
    }

    pub(super) fn acknowledge(
        &self,
        job_id: &str,
        msg_id: Option<String>,
        status: &str,
        seqs: Vec<i64>,
        total: u32,
        report: Report,
    ) {
        self.say(&Message::PrintAck(PrintAck {
            msg_id: Some(fresh_id()),
            job_id: Some(job_id.to_owned()),
            ack_original_msg_id: self.original(msg_id),
            status: status.to_owned(),
            seqs,
            total_file_number: Some(total.into()),
            report: self.spelled(report),
            ts: self.stamp(),
            ..PrintAck::default()
        }));
    }

    /// Says what became of a job, for the first time or again.
    pub(super) fn acknowledge_end(&self, over: &Finished, msg_id: Option<String>) {
        let literals = self.setting.readings.literals();
        match over.code {
            None => {
                let seqs = (1..=i64::from(over.total)).collect();
                self.acknowledge(&over.job_id, msg_id, literals.done, seqs, over.total, Report::ok());
            }
            Some(code) => {
                let report = Report::error(vec![code], codes::text(code));
                self.acknowledge(&over.job_id, msg_id, literals.failed, Vec::new(), over.total, report);
            }
        }
    }

    /// The button was pressed (section 7.5). The event names no job (rule C-13).
    pub(super) fn tell_stop(&self) {
        let mut event_params = Map::new();
        event_params.insert("reason".to_owned(), Value::from("user_action"));
        self.say(&Message::Event(DeviceEvent {
            msg_id: Some(fresh_id()),
            event_type: DeviceEvent::STOP_PRINT.to_owned(),
            event_params,
            ts: self.stamp(),
            ..DeviceEvent::default()
        }));
    }

    fn answer_control(&self, command: &ControlCommand, status: &str, report: Report) {
        self.say(&Message::ControlAck(ControlAck {
            msg_id: Some(fresh_id()),
            control_id: Some(command.control_id.clone()),
            ack_original_msg_id: self.original(command.msg_id.clone()),
            status: status.to_owned(),
            report: self.spelled(report),
            ts: self.stamp(),
            ..ControlAck::default()
        }));
    }

    /// Control commands (section 7.9; the literals other than `reboot` are ours, rule C-16).
    fn obey(self: &Arc<Self>, command: ControlCommand, stop: &CancellationToken) {
        let literals = self.setting.readings.literals();
        let known = matches!(command.command.as_str(), "reboot" | "shutdown" | "clear_cache");
        if !known {
            let report = Report::error(vec![codes::UNKNOWN_COMMAND], codes::text(codes::UNKNOWN_COMMAND));
            self.answer_control(&command, literals.failed, report);
            return;
        }
        self.answer_control(&command, literals.accepted, Report::ok());
        let (device, stop) = (self.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = device.carry_out(command) => {}
                () = stop.cancelled() => {}
            }
        });
    }

    async fn carry_out(&self, command: ControlCommand) {
        let done = self.setting.readings.literals().done;
        let dark = |dark| move |condition| super::Condition { dark, ..condition };
        match command.command.as_str() {
            "clear_cache" => {
                lock(&self.queue).clear();
                self.answer_control(&command, done, Report::ok());
                self.free.notify_one();
            }
            "shutdown" => {
                self.answer_control(&command, done, Report::ok());
                self.post.drained(Duration::from_secs(2)).await;
                self.change_condition(dark(true));
            }
            _ => {
                self.post.drained(Duration::from_secs(2)).await;
                self.change_condition(dark(true));
                sleep(self.span(BOOT_SECONDS, Duration::from_millis(20))).await;
                self.change_condition(dark(false));
                self.answer_control(&command, done, Report::ok());
            }
        }
    }

    /// A firmware task (section 7.8): confirmed, loaded, checked, "installed". There is no signature to check.
    async fn upgrade(&self, task: UpgradeTask) {
        let literals = self.setting.readings.literals();
        let answer = |status: &str, report: Report| {
            self.say(&Message::UpgradeAck(UpgradeAck {
                msg_id: Some(fresh_id()),
                device_upgrade_id: Some(task.device_upgrade_id.clone()),
                ack_original_msg_id: self.original(task.msg_id.clone()),
                status: status.to_owned(),
                report: self.spelled(report),
                ts: self.stamp(),
                ..UpgradeAck::default()
            }));
        };
        answer(literals.accepted, Report::ok());
        answer("upgrading", Report::ok());
        let loaded = self.load(&task.url, task.compression.as_deref(), task.hash.as_deref(), task.size).await;
        match loaded {
            Ok(_) => {
                lock(&self.body).upgraded(task.firmware_version.as_deref().unwrap_or("0"));
                answer(literals.done, Report::ok());
            }
            Err(code) => answer(literals.failed, Report::error(vec![code], codes::text(code))),
        }
    }
}
