//! One link to the printer: connect ([`Way`]), the dialogue that the device understands, hang up.

use super::token::Handed;
use super::way::Way;
use crate::runner;
use crate::{Core, random_bytes};
use platen_model::UserAnswer;
use platen_protocol::provisioning::Obstacle;
use platen_protocol::provisioning::machines::{Plan, SetupEvent, SetupOutcome};
use platen_protocol::provisioning::wizard::{Happening, Means, Target};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Answers that wait for the dialogue; a person gives one at a time.
const ANSWERS: usize = 8;

/// Tells the desk.
pub(super) type Tell = Box<dyn Fn(Happening) + Send + Sync>;

/// A link and what is said on it.
pub(super) struct Talk {
    cancel: CancellationToken,
    begin: Option<oneshot::Sender<Means>>,
    answers: mpsc::Sender<UserAnswer>,
    task: JoinHandle<()>,
}

impl Talk {
    /// Connects, after the link before has ended.
    pub(super) fn open(core: Arc<Core>, target: Target, before: Option<Self>, handed: Handed, tell: Tell) -> Self {
        let cancel = CancellationToken::new();
        let (begin, begun) = oneshot::channel();
        let (answers, given) = mpsc::channel(ANSWERS);
        let stop = cancel.clone();
        let tasks = core.tasks.clone();
        let task = tasks.spawn(async move {
            if let Some(before) = before {
                before.end().await;
            }
            let way = tokio::select! {
                () = stop.cancelled() => return,
                way = Way::open(&core, &target.id) => way,
            };
            let way = match way {
                Ok(way) => way,
                Err(obstacle) => return tell(Happening::NotConnected(obstacle)),
            };
            tell(Happening::Connected);
            let means = tokio::select! {
                () = stop.cancelled() => None,
                means = begun => means.ok(),
            };
            if let Some(means) = means {
                let end = converse(&core, &way, means, given, &stop, &handed, &tell).await;
                tell(Happening::Ended(end));
            }
            way.close().await;
        });
        Self { cancel, begin: Some(begin), answers, task }
    }

    pub(super) fn begin(&mut self, means: Means) {
        if let Some(begin) = self.begin.take() {
            // The link has gone meanwhile, and has said so.
            let _ = begin.send(means);
        }
    }

    pub(super) fn answer(&self, answer: UserAnswer) {
        if self.answers.try_send(answer).is_err() {
            tracing::debug!("an answer came too late for its dialogue");
        }
    }

    pub(super) fn hang_up(&self) {
        self.cancel.cancel();
    }

    pub(super) async fn end(self) {
        self.cancel.cancel();
        // A task that panicked has let go of the link as well.
        let _ = self.task.await;
    }
}

async fn converse(
    core: &Core,
    way: &Way,
    means: Means,
    answers: mpsc::Receiver<UserAnswer>,
    stop: &CancellationToken,
    handed: &Handed,
    tell: &Tell,
) -> Result<SetupOutcome, Obstacle> {
    let (Ok(first), Ok(second)) = (random_bytes(), random_bytes()) else { return Err(Obstacle::Broken) };
    let mut seed = [0; 32];
    seed.iter_mut().zip(first.into_iter().chain(second)).for_each(|(byte, random)| *byte = random);
    let mut plan = Plan::new(seed);
    plan.code = means.code;
    plan.username = means.username;
    plan.promised = means.promised;
    plan.already_sent = means.already_sent;
    // What was sent in an earlier connection took its token along.
    if !plan.already_sent && way.takes_token() {
        // Without a token it goes on as well; a machine that is told to stop ends by itself.
        plan.hand_over = tokio::select! {
            hand_over = core.hand_over() => hand_over,
            () = stop.cancelled() => None,
        };
    }
    let token = plan.hand_over.as_ref().map(|hand_over| hand_over.token.clone());
    let machine = way.machine(plan)?;
    let links = way.links(core.clock.as_ref(), stop);
    let report = |event| {
        if let SetupEvent::HandedOver { taken, .. } = &event {
            handed.set(token.clone().filter(|_| *taken));
        }
        tell(Happening::Told(event));
    };
    runner::run(machine, links, Some(answers), report, |_| ()).await
}
