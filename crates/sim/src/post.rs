//! An MQTT connection that keeps what it has to say until the broker has acknowledged it.
//!
//! Printers and platform of the world use it. Each connection is a new client object: the library's own memory of
//! unacknowledged messages is dropped on a lost session, and it never subscribes again by itself (measured), so both
//! are done here. Deliberately absent: TLS, QoS 2.

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Outgoing, Packet, QoS};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The largest packet either way, in bytes.
const MAX_PACKET: usize = 1 << 20;
/// Messages kept for a broker that is away.
const MAX_KEPT: usize = 1_000;
/// Messages on their way at once.
const WINDOW: usize = 20;
const CONNECT: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Who connects, and to what it listens.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) client_id: String,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) filters: Vec<String>,
}

/// What comes in.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Connected and subscribed.
    Up,
    /// Not connected any more.
    Down,
    /// A message.
    Message { topic: String, payload: bytes::Bytes },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Handed,
    Sent(u16),
}

struct Letter {
    topic: String,
    payload: Vec<u8>,
    /// Dropped when the connection breaks: a newer one will be written.
    fleeting: bool,
    stage: Stage,
}

#[derive(Default)]
struct Outbox(VecDeque<Letter>);

/// The connection. It ends when `stop` is cancelled.
#[derive(Clone)]
pub(crate) struct Post {
    outbox: Arc<Mutex<Outbox>>,
    wake: Arc<Notify>,
    power: Arc<watch::Sender<bool>>,
    connected: Arc<watch::Sender<bool>>,
    /// How many messages are not acknowledged yet.
    held: Arc<watch::Sender<usize>>,
}

impl Post {
    /// Starts connecting. Incoming things go to the receiver.
    pub(crate) fn open(sender: Sender, tasks: &TaskTracker, stop: CancellationToken) -> (Self, mpsc::Receiver<Heard>) {
        let post = Self {
            outbox: Arc::default(),
            wake: Arc::default(),
            power: Arc::new(watch::channel(true).0),
            connected: Arc::new(watch::channel(false).0),
            held: Arc::new(watch::channel(0).0),
        };
        let (heard, receiver) = mpsc::channel(256);
        tasks.spawn(post.clone().run(sender, heard, stop));
        (post, receiver)
    }

    fn lock(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something, now or as soon as there is a connection.
    pub(crate) fn send(&self, topic: String, payload: Vec<u8>) {
        self.put(topic, payload, false);
    }

    /// Says something if there is a connection.
    pub(crate) fn send_now(&self, topic: String, payload: Vec<u8>) {
        if *self.connected.borrow() {
            self.put(topic, payload, true);
        }
    }

    fn put(&self, topic: String, payload: Vec<u8>, fleeting: bool) {
        let mut outbox = self.lock();
        if outbox.0.len() >= MAX_KEPT {
            tracing::warn!("a simulated device holds too many messages; the oldest is dropped");
            outbox.0.pop_front();
        }
        outbox.0.push_back(Letter { topic, payload, fleeting, stage: Stage::Waiting });
        self.held.send_replace(outbox.0.len());
        drop(outbox);
        self.wake.notify_one();
    }

    /// Lets it connect, or breaks the connection without a goodbye and keeps it broken.
    pub(crate) fn power(&self, on: bool) {
        self.power.send_replace(on);
    }

    /// Waits until the broker has everything, at most this long.
    pub(crate) async fn drained(&self, patience: Duration) {
        let mut held = self.held.subscribe();
        let _ = timeout(patience, held.wait_for(|count| *count == 0)).await;
    }

    /// Whether it is connected and subscribed.
    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.connected.subscribe()
    }

    async fn run(self, sender: Sender, heard: mpsc::Sender<Heard>, stop: CancellationToken) {
        let mut power = self.power.subscribe();
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::select! {
                on = power.wait_for(|on| *on) => if on.is_err() { return },
                () = stop.cancelled() => return,
            }
            let was_up = self.connection(&sender, &heard, &mut power, &stop).await;
            self.connected.send_replace(false);
            self.forget_fleeting();
            if stop.is_cancelled() {
                return;
            }
            if was_up {
                pause = FIRST_PAUSE;
                if heard.send(Heard::Down).await.is_err() {
                    return;
                }
            }
            // Nothing tells when a broker is back; so ask again, ever more slowly.
            tokio::select! {
                () = sleep(pause) => {}
                () = stop.cancelled() => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One connection, to its end. Whether it ever was up.
    async fn connection(
        &self,
        sender: &Sender,
        heard: &mpsc::Sender<Heard>,
        power: &mut watch::Receiver<bool>,
        stop: &CancellationToken,
    ) -> bool {
        let mut options = MqttOptions::new(&sender.client_id, &sender.host, sender.port);
        options
            .set_credentials(&sender.username, &sender.password)
            .set_clean_session(false)
            .set_keep_alive(Duration::from_secs(20))
            .set_max_packet_size(MAX_PACKET, 4 * MAX_PACKET);
        let (client, events) = AsyncClient::new(options, 4 * WINDOW);
        let (feed, mut incoming) = mpsc::channel(256);
        let reader = tokio::spawn(read(events, feed));
        let up = self.converse(sender, &client, &mut incoming, heard, power, stop).await;
        if stop.is_cancelled() {
            // A goodbye, so that the broker does not wait for us; the reader ends when it is written.
            let _ = client.try_disconnect();
            let _ = timeout(Duration::from_secs(1), async { while incoming.recv().await.is_some() {} }).await;
        }
        reader.abort();
        up
    }

    async fn converse(
        &self,
        sender: &Sender,
        client: &AsyncClient,
        incoming: &mut mpsc::Receiver<Event>,
        heard: &mpsc::Sender<Heard>,
        power: &mut watch::Receiver<bool>,
        stop: &CancellationToken,
    ) -> bool {
        let connack = tokio::select! {
            event = timeout(CONNECT, incoming.recv()) => event,
            _ = power.wait_for(|on| !*on) => return false,
            () = stop.cancelled() => return false,
        };
        let Ok(Some(Event::Incoming(Packet::ConnAck(_)))) = connack else { return false };
        for filter in &sender.filters {
            if client.try_subscribe(filter, QoS::AtLeastOnce).is_err() {
                return false;
            }
        }
        let mut unanswered = sender.filters.len();
        let mut up = false;
        loop {
            if unanswered == 0 && !up {
                up = true;
                self.connected.send_replace(true);
                if heard.send(Heard::Up).await.is_err() {
                    return up;
                }
            }
            if up {
                self.hand_over(client);
            }
            let event = tokio::select! {
                event = incoming.recv() => event,
                () = self.wake.notified() => continue,
                _ = power.wait_for(|on| !*on) => return up,
                () = stop.cancelled() => return up,
            };
            match event {
                None => return up,
                Some(Event::Incoming(Packet::SubAck(_))) => unanswered = unanswered.saturating_sub(1),
                Some(Event::Incoming(Packet::PubAck(ack))) => {
                    let mut outbox = self.lock();
                    outbox.0.retain(|letter| letter.stage != Stage::Sent(ack.pkid));
                    self.held.send_replace(outbox.0.len());
                }
                Some(Event::Outgoing(Outgoing::Publish(pkid))) => {
                    let mut outbox = self.lock();
                    if let Some(letter) = outbox.0.iter_mut().find(|letter| letter.stage == Stage::Handed) {
                        letter.stage = Stage::Sent(pkid);
                    }
                }
                Some(Event::Incoming(Packet::Publish(message))) => {
                    let message = Heard::Message { topic: message.topic, payload: message.payload };
                    if heard.send(message).await.is_err() {
                        return up;
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn hand_over(&self, client: &AsyncClient) {
        let mut outbox = self.lock();
        let under_way = outbox.0.iter().filter(|letter| letter.stage != Stage::Waiting).count();
        let room = WINDOW.saturating_sub(under_way);
        for letter in outbox.0.iter_mut().filter(|letter| letter.stage == Stage::Waiting).take(room) {
            if client.try_publish(&letter.topic, QoS::AtLeastOnce, false, letter.payload.clone()).is_err() {
                return;
            }
            letter.stage = Stage::Handed;
        }
    }

    fn forget_fleeting(&self) {
        let mut outbox = self.lock();
        outbox.0.retain(|letter| !letter.fleeting);
        self.held.send_replace(outbox.0.len());
        for letter in &mut outbox.0 {
            letter.stage = Stage::Waiting;
        }
    }
}

/// Drives the library until the connection ends. In a task of its own, because its `poll` must not be cut short.
async fn read(mut events: EventLoop, feed: mpsc::Sender<Event>) {
    events.network_options.set_connection_timeout(CONNECT.as_secs());
    while let Ok(event) = events.poll().await {
        if feed.send(event).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::{Broker, Keep, OpenGate};

    async fn next(heard: &mut mpsc::Receiver<Heard>) -> Heard {
        timeout(Duration::from_secs(20), heard.recv()).await.unwrap().unwrap()
    }

    fn sender(broker: &Broker, id: &str, filters: &[&str]) -> Sender {
        Sender {
            host: "127.0.0.1".to_owned(),
            port: broker.port(),
            client_id: id.to_owned(),
            username: "u".to_owned(),
            password: "p".to_owned(),
            filters: filters.iter().map(|&filter| filter.to_owned()).collect(),
        }
    }

    #[tokio::test]
    async fn what_is_said_while_the_broker_is_away_arrives_once_it_is_back() {
        let broker = Broker::start(0, 1 << 20, Arc::new(OpenGate)).await.unwrap();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (listener, mut heard) = Post::open(sender(&broker, "ear", &["t/#"]), &tasks, stop.clone());
        assert!(matches!(next(&mut heard).await, Heard::Up));
        let (speaker, mut speaker_heard) = Post::open(sender(&broker, "mouth", &[]), &tasks, stop.clone());
        assert!(matches!(next(&mut speaker_heard).await, Heard::Up));

        broker.down(Keep::Nothing).await;
        assert!(matches!(next(&mut speaker_heard).await, Heard::Down));
        assert!(matches!(next(&mut heard).await, Heard::Down));
        speaker.send_now("t/fleeting".to_owned(), b"old".to_vec());
        // More than the window, to see that it moves on.
        for number in 0..50 {
            speaker.send(format!("t/{number}"), b"kept".to_vec());
        }
        speaker.power(false);
        broker.up().await.unwrap();
        assert!(matches!(next(&mut heard).await, Heard::Up));
        speaker.power(true);
        for number in 0..50 {
            let Heard::Message { topic, .. } = next(&mut heard).await else { panic!("not a message") };
            assert_eq!(topic, format!("t/{number}"));
        }
        drop(listener);
        stop.cancel();
    }
}
