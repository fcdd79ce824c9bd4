//! The platform's side of the MQTT topics: what printers report, and what it answers (section 6).

use super::Platform;
use super::record::Stage;
use crate::broker::Visit;
use crate::chance::fresh_id;
use crate::clock;
use crate::post::{Heard, Post};
use platen_model::WallTime;
use platen_protocol::cloud::messages::down::ResourceParams;
use platen_protocol::cloud::messages::{
    Callback, Feature, Presence, PresenceData, PrintAck, Pull, PullAck, Report, ResourceAnswer, Spelling, WireTime,
};
use platen_protocol::cloud::{Message, Tail, Topic};
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The one error code that the guide shows.
const MISSING_PROMPT: i64 = 2002;

impl Platform {
    /// Takes up its connection; once, at the start of the world.
    pub(crate) fn attach(&self, post: Post) {
        let _ = self.post.set(post);
    }

    /// Listens to the end.
    pub(crate) async fn serve_mail(self: Arc<Self>, mut heard: mpsc::Receiver<Heard>) {
        while let Some(heard) = heard.recv().await {
            if let Heard::Message { topic, payload } = heard {
                self.read_mail(&topic, &payload);
            }
        }
    }

    fn read_mail(&self, topic: &str, payload: &[u8]) {
        let Ok(topic) = Topic::parse(topic) else { return };
        if topic.owner() != self.settings.owner || topic.prefix != self.prefix() || !topic.tail.is_up() {
            return;
        }
        let sn = topic.sn.as_str();
        if self.label(sn).is_none() {
            return;
        }
        let Ok(message) = Message::decode(&topic.tail, payload) else {
            tracing::debug!(sn, "a printer said something that cannot be read");
            return;
        };
        self.lock().heard_at.insert(sn.to_owned(), clock::now());
        self.forward_message(&topic, payload);
        match message {
            Message::State(_) => self.merge_report(sn, payload),
            Message::PrintAck(ack) => self.take_ack(sn, &ack),
            Message::Event(event) if event.is_stop_print() => self.take_stop(sn),
            Message::Pull(pull) => self.answer_pull(&topic, &pull),
            _ => {}
        }
    }

    /// Field by field: a report may be whole or a delta (rule C-11).
    fn merge_report(&self, sn: &str, payload: &[u8]) {
        let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(payload) else { return };
        self.lock().reports.entry(sn.to_owned()).or_default().extend(fields);
        self.change.bump();
    }

    fn take_ack(&self, sn: &str, ack: &PrintAck) {
        // By the job's id first, by the delivery's second (rule C-21).
        let job = {
            let state = self.lock();
            let by_id = ack.job_id.as_deref().and_then(|id| state.record.job(id));
            let original = ack.ack_original_msg_id.as_deref();
            let found = by_id.or_else(|| state.record.jobs.iter().find(|job| original == Some(job.msg_id.as_str())));
            found.filter(|job| job.sn == sn).map(|job| job.id.clone())
        };
        let Some(job) = job else { return };
        let literals = self.settings.readings.literals();
        let stage = match ack.status.as_str() {
            status if status == literals.accepted => Stage::Accepted,
            status if status == literals.progress => Stage::Printing,
            status if status == literals.done => Stage::Done,
            status if status == literals.failed => Stage::Failed,
            _ => return,
        };
        self.settle(&job, stage, &ack.report.codes);
    }

    /// `stop_print` names no job: it is the one in progress (rule C-13).
    fn take_stop(&self, sn: &str) {
        let job = self.lock().record.next_job(sn).map(|job| job.id.clone());
        if let Some(job) = job {
            self.settle(&job, Stage::Failed, &[crate::device::codes::STOPPED]);
        }
    }

    fn settle(&self, job: &str, stage: Stage, codes: &[i64]) {
        if let Err(error) = self.advance(job, stage, codes) {
            tracing::warn!(%error, "the simulated platform could not keep what became of a job");
        }
    }

    fn answer_pull(&self, topic: &Topic, pull: &Pull) {
        let (sn, original) = (topic.sn.as_str(), pull.msg_id.clone());
        if pull.kind != Pull::PRINT {
            let answer = self.resource_answer(pull, original);
            self.say(topic, Message::Resource(answer));
            return;
        }
        let job = {
            let state = self.lock();
            let job = match pull.params.job_id.as_str() {
                "" => state.record.next_job(sn),
                id => state.record.job(id).filter(|job| job.sn == sn && !job.stage.is_final()),
            };
            job.cloned()
        };
        // Rule C-14: an empty id means the next job, an id means its resources from `seq` on.
        let from = u32::try_from(pull.params.seq.unwrap_or(0)).unwrap_or(0).max(1);
        match job {
            Some(job) if pull.params.job_id.is_empty() => self.deliver(&job, 1, &fresh_id()),
            Some(job) if from <= job.copies => self.deliver(&job, from, &fresh_id()),
            _ => {
                let swapped = self.settings.readings.swapped_reports;
                let spelling = if swapped { Spelling::ErrCode } else { Spelling::Code };
                let text = if pull.params.job_id.is_empty() { "no_task" } else { "no_such_task" };
                let report = Report { codes: Vec::new(), text: text.to_owned(), spelling };
                self.say(
                    topic,
                    Message::PullAck(PullAck {
                        msg_id: Some(fresh_id()),
                        ack_original_msg_id: original,
                        report,
                        date_time: self.stamp(),
                        ..PullAck::default()
                    }),
                );
            }
        }
    }

    fn resource_answer(&self, pull: &Pull, original: Option<String>) -> ResourceAnswer {
        let mut answer = ResourceAnswer {
            msg_id: Some(fresh_id()),
            ack_original_msg_id: original,
            kind: pull.kind.clone(),
            date_time: self.stamp(),
            ..ResourceAnswer::default()
        };
        if pull.kind == Pull::TEXT_TO_IMAGE {
            answer.report = Report::error(vec![MISSING_PROMPT], "Missing prompt for text_to_image");
        } else {
            let basic = Feature {
                feature_code: "print_basic".to_owned(),
                feature_name: "Basic Printing".to_owned(),
                feature_type: "normal".to_owned(),
                ..Feature::default()
            };
            answer.params = ResourceParams { features: Some(vec![basic]), ..ResourceParams::default() };
        }
        answer
    }

    fn say(&self, topic: &Topic, message: Message) {
        let topic = Topic { tail: message.tail(), ..topic.clone() };
        if let Some(post) = self.post.get() {
            post.send(topic.to_string(), message.encode());
        }
    }

    /// Passes a printer's message to the tenant (section 5, rules C-7 and C-8).
    fn forward_message(&self, topic: &Topic, payload: &[u8]) {
        let Some(forward) = &self.forward else { return };
        let Ok(data) = serde_json::from_slice(payload) else { return };
        let readings = self.settings.readings;
        let user = Some(topic.user.to_string());
        let (username, user_name) = if readings.swapped_user_names { (None, user) } else { (user, None) };
        let slash = if readings.slash_in_message_type { "/" } else { "" };
        let callback = Callback {
            message_type: format!("{slash}{}", topic.tail),
            device_id: topic.sn.to_string(),
            tenant_code: topic.tenant.to_string(),
            username,
            user_name,
            data,
            ..Callback::default()
        };
        forward.send(&callback);
    }

    /// A client came to the embedded broker, or went (section 8). Only printers count.
    pub(super) fn presence(&self, visit: &Visit, reason: Option<&'static str>) {
        let Some(label) = self
            .settings
            .labels
            .iter()
            .find(|label| visit.client_id == super::gate::device_client_id(label.sn.as_str()))
        else {
            return;
        };
        self.lock().connected.insert(label.sn.to_string(), reason.is_none());
        self.change.bump();
        let Some(forward) = &self.forward else { return };
        let readings = self.settings.readings;
        let event = if reason.is_none() { Presence::CONNECTED } else { Presence::DISCONNECTED };
        let user = Some(self.settings.owner.user_name.to_string());
        let (user_name, username) = if readings.swapped_user_names { (None, user) } else { (user, None) };
        // Seconds, unlike everything in section 7, or the other way round (rule C-19).
        let time = |millis| {
            let time = WallTime(millis);
            Some(if readings.seconds_in_messages { WireTime::millis(time) } else { WireTime::seconds(time) })
        };
        let now = time(clock::now());
        forward.send(&Presence {
            message_type: event.to_owned(),
            device_id: label.sn.to_string(),
            tenant_code: self.settings.owner.tenant_code.to_string(),
            user_name,
            username,
            source_username: Some(visit.username.clone()),
            data: PresenceData {
                event: Some(event.to_owned()),
                clientid: Some(visit.client_id.clone()),
                username: Some(visit.username.clone()),
                reason: reason.map(str::to_owned),
                peername: Some(visit.peer.to_string()),
                sockname: reason.is_none().then(|| visit.local.to_string()),
                connected_at: time(visit.since),
                disconnected_at: reason.and(now),
                timestamp: now,
                ..PresenceData::default()
            },
            ..Presence::default()
        });
    }

    /// Filters that the platform listens to.
    pub(crate) fn mail_filters(&self) -> Vec<String> {
        let tail = Tail::State.as_str().split('/').next().unwrap_or("up").to_owned();
        let owner = &self.settings.owner;
        vec![format!("{}/{}/{}/+/{tail}/#", self.prefix().name(), owner.tenant_code, owner.user_name)]
    }
}
