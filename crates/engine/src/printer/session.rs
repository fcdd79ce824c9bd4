//! A printer's session with the platform's broker.
//!
//! "Ready" is only said after the broker has confirmed every subscription (promise MQ-7). Whenever a subscription is
//! fresh, messages may have been missed: [`super::recovery`] then asks for the state and the open jobs.

use super::acks::{self, Handled};
use super::{LinkState, Printer};
use crate::runner::{self, Links};
use crate::{Change, Core};
use platen_model::{Fault, Moment, Retry, Secret};
use platen_protocol::cloud::Topic;
use platen_protocol::cloud::connect::MqttPlan;
use platen_protocol::cloud::inbox::{Arrival, Inbox, Verdict};
use platen_protocol::cloud::machines::{FetchFailure, FetchState};
use platen_protocol::cloud::shapes::StateAnswer;
use platen_transport::mqtt::{AckHandle, LostReason, MqttConfig, MqttEvent, MqttLink, Qos};
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// How many messages may wait for us; beyond it the broker keeps them (promise MQ-6).
const INCOMING: usize = 1000;
/// Acknowledgements that came before the answer to the request that they belong to.
const EARLY: usize = 200;
/// So many of them wait for their confirmation to the broker: one that waits for more stops sending.
const UNCONFIRMED: usize = 8;
/// How often the age of the token is looked at.
const CHECK: Duration = Duration::from_secs(5);

pub(crate) async fn run(core: Arc<Core>, printer: Arc<Printer>) {
    let mut wait = Duration::from_secs(1);
    while !printer.stop.is_cancelled() {
        set_link(&core, &printer, LinkState::Connecting);
        let again = match open(&core, &printer).await {
            Ok(session) => {
                wait = Duration::from_secs(1);
                session.follow(&core, &printer).await
            }
            Err(fault) => {
                let later = fault.retry == Retry::Later;
                set_trouble(&core, &printer, Some(fault));
                if later { Again::After(wait) } else { Again::WhenAsked }
            }
        };
        let due = match again {
            Again::After(span) => Some(core.clock.now() + span),
            Again::WhenAsked => {
                set_link(&core, &printer, LinkState::Stopped);
                None
            }
        };
        wait = (wait * 2).min(Duration::from_secs(60));
        tokio::select! {
            () = until(&core, due) => {}
            () = printer.wake.notified() => wait = Duration::from_secs(1),
            () = printer.stop.cancelled() => {}
        }
    }
    printer.link.send_replace(None);
    set_link(&core, &printer, LinkState::Idle);
}

/// When to connect again.
enum Again {
    After(Duration),
    WhenAsked,
}

struct Session {
    link: MqttLink,
    /// The token that the link connects with.
    token: Secret<String>,
    events: mpsc::Receiver<MqttEvent>,
    inbox: Inbox,
    early: VecDeque<(Arrival, Option<AckHandle>)>,
}

async fn open(core: &Core, printer: &Printer) -> Result<Session, Fault> {
    let token = printer.tokens.token(core, printer).await?;
    let plan = MqttPlan::new(&printer.profile, &printer.owner, &printer.sn, &core.installation, &token);
    let topics: Vec<_> = plan.filters.iter().filter_map(|filter| Topic::parse(filter).ok()).collect();
    let (sender, events) = mpsc::channel(INCOMING);
    let config = MqttConfig {
        host: plan.host,
        port: plan.port,
        tls: plan.tls,
        ca_pem: printer.ca.clone(),
        allow_plaintext: printer.profile.mqtt.allow_plaintext,
        versions: plan.versions.into_iter().map(version).collect(),
        client_id: plan.client_id,
        username: plan.user_name.map(|name| name.reveal().clone()).unwrap_or_default(),
        password: plan.password.unwrap_or_else(|| Secret::from("")),
        qos: Qos::from_number(plan.qos),
        keep_alive: plan.keep_alive,
        clean_start: plan.clean_start,
        session_expiry: plan.session_expiry,
        filters: plan.filters,
    };
    let link = MqttLink::open(config, sender);
    Ok(Session { link, token, events, inbox: Inbox::new(topics), early: VecDeque::new() })
}

fn version(version: platen_protocol::cloud::profile::MqttVersion) -> platen_transport::mqtt::MqttVersion {
    match version {
        platen_protocol::cloud::profile::MqttVersion::V5 => platen_transport::mqtt::MqttVersion::V5,
        platen_protocol::cloud::profile::MqttVersion::V3 => platen_transport::mqtt::MqttVersion::V311,
    }
}

impl Session {
    async fn follow(mut self, core: &Arc<Core>, printer: &Arc<Printer>) -> Again {
        let mut check = core.clock.now() + CHECK;
        let again = loop {
            tokio::select! {
                biased;
                () = printer.stop.cancelled() => break Again::WhenAsked,
                event = self.events.recv() => match event {
                    Some(event) => if let Some(again) = self.take(core, printer, event).await { break again },
                    None => break Again::After(Duration::from_secs(1)),
                },
                () = printer.sent_news.notified() => self.replay(core, printer).await,
                () = printer.wake.notified() => self.link.wake(),
                () = core.clock.wait_until(check) => {
                    check = core.clock.now() + CHECK;
                    self.renew(core, printer).await;
                }
            }
        };
        printer.link.send_replace(None);
        printer.live.lock().unwrap_or_else(PoisonError::into_inner).known.forget_live();
        let Self { link, events, .. } = self;
        // Nobody reads any more: the link must not wait for room.
        drop(events);
        link.close().await;
        again
    }

    async fn take(&mut self, core: &Arc<Core>, printer: &Arc<Printer>, event: MqttEvent) -> Option<Again> {
        match event {
            MqttEvent::Connecting => set_link(core, printer, LinkState::Connecting),
            MqttEvent::Connected { version, encrypted, .. } => {
                tracing::info!(sn = %printer.sn, version = version.name(), encrypted, "connected to the broker");
            }
            MqttEvent::Ready { fresh } => {
                printer.link.send_replace(Some(self.link.clone()));
                set_trouble(core, printer, None);
                set_link(core, printer, LinkState::Ready);
                if fresh {
                    // Messages may have been missed while nobody was subscribed.
                    printer.fresh_news.notify_one();
                }
                printer.queue_news.notify_one();
            }
            MqttEvent::Message { topic, payload, retained, ack } => {
                self.message(core, printer, &topic, &payload, retained, ack).await
            }
            MqttEvent::Lost { reason, .. } => return self.lost(core, printer, reason).await,
            MqttEvent::Stopped { reason } => {
                set_trouble(core, printer, Some(reason.fault()));
                return Some(Again::WhenAsked);
            }
        }
        None
    }

    async fn lost(&mut self, core: &Arc<Core>, printer: &Printer, reason: LostReason) -> Option<Again> {
        printer.link.send_replace(None);
        set_trouble(core, printer, Some(reason.fault()));
        printer.live.lock().unwrap_or_else(PoisonError::into_inner).known.forget_live();
        set_link(core, printer, LinkState::Connecting);
        // Some brokers say "not authorised" of a password that is no longer good.
        if matches!(reason, LostReason::BadCredentials | LostReason::NotAuthorised) {
            // It was this token that was refused; another one may have been fetched meanwhile.
            match printer.tokens.renewed(core, printer, &self.token).await {
                Ok(fresh) => {
                    self.set_token(core, printer, fresh);
                    self.link.wake();
                }
                Err(fault) if fault.retry == Retry::Later => {}
                Err(fault) => {
                    set_trouble(core, printer, Some(fault));
                    return Some(Again::WhenAsked);
                }
            }
        }
        None
    }

    async fn message(
        &mut self,
        core: &Arc<Core>,
        printer: &Arc<Printer>,
        topic: &str,
        payload: &[u8],
        retained: bool,
        ack: AckHandle,
    ) {
        match self.inbox.accept(topic, payload, retained, core.clock.wall()) {
            Verdict::Arrival(arrival) => self.arrived(core, printer, *arrival, Some(ack)).await,
            Verdict::Dropped(dropped) => {
                tracing::debug!(sn = %printer.sn, reason = %dropped.reason, "a message was dropped");
                self.link.acknowledge(ack);
                if dropped.poison {
                    // The same unreadable message again and again: the session behind it has to go (promise MQ-3).
                    tracing::warn!(sn = %printer.sn, "an unreadable message keeps coming");
                }
            }
        }
    }

    async fn arrived(&mut self, core: &Arc<Core>, printer: &Arc<Printer>, arrival: Arrival, ack: Option<AckHandle>) {
        match acks::handle(core, printer, &arrival).await {
            Ok(Handled::Settled) => self.confirm(ack),
            // Should we die before the job is handed over, the look-up tells what these told.
            Ok(Handled::TooEarly) if self.early.len() >= UNCONFIRMED => {
                self.confirm(ack);
                if self.early.len() < EARLY {
                    self.early.push_back((arrival, None));
                }
            }
            Ok(Handled::TooEarly) => self.early.push_back((arrival, ack)),
            // Not committed, so not acknowledged: the broker keeps it and sends it again (promise MQ-6).
            Err(fault) => {
                self.inbox.forget(&arrival.dedupe_key);
                tracing::error!(sn = %printer.sn, code = %fault.code, "a message could not be stored: {}", fault.message);
            }
        }
    }

    fn confirm(&self, ack: Option<AckHandle>) {
        if let Some(ack) = ack {
            self.link.acknowledge(ack);
        }
    }

    /// A job was handed over or given up: acknowledgements that were too early fit now, or never will.
    async fn replay(&mut self, core: &Arc<Core>, printer: &Arc<Printer>) {
        for (arrival, ack) in std::mem::take(&mut self.early) {
            self.arrived(core, printer, arrival, ack).await;
        }
    }

    /// Renews the token at 80 % of its life; the broker gets it at the next connect.
    async fn renew(&mut self, core: &Core, printer: &Printer) {
        if printer.tokens.due().await.is_some_and(|due| due <= core.clock.now()) {
            match printer.tokens.token(core, printer).await {
                Ok(token) => {
                    self.set_token(core, printer, token);
                    token_is_good(core, printer);
                }
                Err(fault) => set_trouble(core, printer, Some(fault)),
            }
        }
    }

    fn set_token(&mut self, core: &Core, printer: &Printer, token: Secret<String>) {
        let plan = MqttPlan::new(&printer.profile, &printer.owner, &printer.sn, &core.installation, &token);
        self.token = token;
        if let Some(password) = plan.password {
            self.link.set_password(password);
        }
    }
}

/// Asks the platform for the printer's state over HTTP.
pub(crate) async fn fetch_state(core: &Arc<Core>, printer: &Arc<Printer>) -> Result<(), Fault> {
    let token = printer.tokens.token(core, printer).await?;
    let fetched = match ask_state(core, printer, &token).await {
        // At most one refresh per refusal (promise SE-4).
        Err(FetchFailure::TokenRefused(_)) => {
            let fresh = printer.tokens.renewed(core, printer, &token).await?;
            ask_state(core, printer, &fresh).await
        }
        other => other,
    };
    let fetched = fetched.map_err(|failure| failure.fault())?;
    let now = core.clock.wall();
    {
        core.saw(&printer.sn, fetched.online);
        let mut live = printer.live.lock().unwrap_or_else(PoisonError::into_inner);
        // What the platform remembers is not what the printer says now.
        live.known.merge(&fetched.report, now, false);
    }
    acks::save_state(core, printer).await?;
    core.tell(Change::Printer(printer.sn.to_string()));
    Ok(())
}

async fn ask_state(core: &Core, printer: &Printer, token: &Secret<String>) -> Result<StateAnswer, FetchFailure> {
    let machine = FetchState::new(&printer.profile, token);
    let links = Links::http(&printer.http, core.clock.as_ref(), &printer.stop);
    runner::run(machine, links, None, |_| (), |_| ()).await
}

pub(crate) async fn until(core: &Core, moment: Option<Moment>) {
    match moment {
        Some(moment) => core.clock.wait_until(moment).await,
        None => std::future::pending().await,
    }
}

fn set_link(core: &Core, printer: &Printer, link: LinkState) {
    let changed = {
        let mut live = printer.live.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut live.link, link) != link
    };
    if changed {
        core.tell(Change::Printer(printer.sn.to_string()));
    }
}

/// A token was there: with the link ready, nothing is wrong with our access any more.
pub(crate) fn token_is_good(core: &Core, printer: &Printer) {
    let ready = printer.live.lock().unwrap_or_else(PoisonError::into_inner).link == LinkState::Ready;
    if ready {
        set_trouble(core, printer, None);
    }
}

pub(crate) fn set_trouble(core: &Core, printer: &Printer, trouble: Option<Fault>) {
    let changed = {
        let mut live = printer.live.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = live.trouble != trouble;
        live.trouble = trouble;
        changed
    };
    if changed {
        core.tell(Change::Printer(printer.sn.to_string()));
    }
}
