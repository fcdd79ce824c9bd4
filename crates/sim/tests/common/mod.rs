//! The other side of the world in tests: an app, made of the protocol crate's own requests and a plain MQTT 5 client.

#![allow(dead_code)] // Each test file uses its own part.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail.

use platen_model::{Bitmap, Cut, HttpMethod, HttpRequest, HttpResponse, Secret, Segment};
use platen_printers::{Compression, Finish, pack};
use platen_protocol::cloud::profile::{Names, Profile};
use platen_protocol::cloud::shapes::{self, NewJob, answer, request};
use platen_protocol::cloud::status::JobStatus;
use platen_protocol::cloud::{Message, Mode, Tail, Topic, topic};
use platen_sim::{PrinterState, Sheet, World, WorldOptions};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Nothing in these tests may take longer; nothing waits for it unless it fails.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

pub(crate) fn fast(dir: &Path) -> WorldOptions {
    WorldOptions { speed: 1000.0, ..WorldOptions::new(dir) }
}

/// A picture that differs for each number.
pub(crate) fn picture(width: u32, height: u32, number: u32) -> Bitmap {
    let mut dots = Bitmap::white(width, height);
    for y in 0..height {
        for x in 0..width {
            if (x * 7 + y * 13 + number * 31) % 11 < 4 {
                dots.set_black(x, y);
            }
        }
    }
    dots
}

pub(crate) fn prn(dots: &Bitmap) -> Vec<u8> {
    let model = platen_printers::model("cloud-escpos-384").unwrap();
    let finish = Finish { feed_dots: 24, cut: Cut::Partial };
    platen_printers::family("escpos").unwrap().encode(model, dots, &finish).unwrap()
}

pub(crate) fn read_png(bytes: &[u8]) -> Bitmap {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut rows = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rows).unwrap();
    Bitmap::from_rows(info.width, info.height, rows.iter().map(|byte| !byte).collect()).unwrap()
}

pub(crate) struct App {
    pub(crate) profile: Profile,
    pub(crate) sn: Segment,
    pub(crate) token: Secret<String>,
    pub(crate) auth_code: Option<Secret<String>>,
    http: reqwest::Client,
}

impl App {
    /// An app that is bound to the printer without a code.
    pub(crate) async fn bound(world: &World) -> Self {
        Self::bound_to(world, 0, Mode::Direct).await
    }

    pub(crate) async fn bound_to(world: &World, printer: usize, mode: Mode) -> Self {
        let printer = &world.hello().printers[printer];
        let mut app = Self::stranger(world, &printer.sn, mode);
        let code = printer.code.clone().map(Secret::new);
        let bound =
            answer::bind(&app.call(request::bind(&app.profile, &app.sn, code.as_ref())).await.unwrap()).unwrap();
        app.auth_code = bound.app_auth_code;
        app.log_in().await.unwrap();
        app
    }

    pub(crate) fn stranger(world: &World, sn: &str, mode: Mode) -> Self {
        let profile = Profile::parse(&world.profile(mode).to_toml()).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { profile, sn: Segment::new(sn).unwrap(), token: Secret::from(""), auth_code: None, http }
    }

    pub(crate) async fn log_in(&mut self) -> Result<(), answer::AnswerError> {
        let request = request::login(&self.profile, &self.sn, self.auth_code.as_ref());
        self.token = answer::login(&self.call(request).await.unwrap())?.token;
        Ok(())
    }

    pub(crate) async fn call(&self, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
        let method = match request.method {
            HttpMethod::Get => reqwest::Method::GET,
            HttpMethod::Post => reqwest::Method::POST,
            HttpMethod::Put => reqwest::Method::PUT,
            HttpMethod::Delete => reqwest::Method::DELETE,
        };
        let mut call = self.http.request(method, &request.url).timeout(BOUND).body(request.body);
        for (name, value) in &request.headers {
            call = call.header(name, value);
        }
        if let Some(bearer) = &request.bearer {
            call = call.bearer_auth(bearer.reveal());
        }
        let answer = call.send().await?;
        let status = answer.status().as_u16();
        Ok(HttpResponse { status, date: None, cookie: None, body: answer.bytes().await?.to_vec() })
    }

    pub(crate) fn job(&self, reference: &str, dots: &Bitmap, copies: u32) -> HttpRequest {
        let package = pack(&prn(dots), Compression::Gzip);
        let job = NewJob::prn(reference, "Test", "esc", package.bytes.into());
        let mut job = job.compressed(shapes::Compression::Gzip);
        job.copies = copies;
        request::create_job(&self.profile, &self.token, &job)
    }

    pub(crate) async fn print(&self, reference: &str, dots: &Bitmap, copies: u32) -> String {
        answer::created(&self.call(self.job(reference, dots, copies)).await.unwrap()).unwrap()
    }

    pub(crate) async fn state(&self) -> answer::StateAnswer {
        answer::device_state(&self.call(request::device_state(&self.profile, &self.token)).await.unwrap()).unwrap()
    }

    pub(crate) async fn list(&self, reference: Option<&str>) -> shapes::JobList {
        let request = request::job_list(&self.profile, &self.token, &self.sn, reference, 1).unwrap();
        answer::job_list(&self.call(request).await.unwrap()).unwrap()
    }

    pub(crate) fn topic(&self, tail: Tail) -> String {
        Topic::new(self.profile.mqtt.prefix, self.profile.owner.as_ref().unwrap(), &self.sn, tail).to_string()
    }

    /// Connects with MQTT 5 and subscribes to everything that an app hears of its printer.
    pub(crate) async fn listen(&self) -> Ear {
        let mqtt = &self.profile.mqtt;
        let owner = self.profile.owner.clone().unwrap();
        let names = Names {
            installation: "test",
            tenant_code: owner.tenant_code.as_str(),
            user_name: owner.user_name.as_str(),
            sn: self.sn.as_str(),
            token: &self.token,
        };
        let mut options = MqttOptions::new(mqtt.client_id.fill(&names).reveal(), &mqtt.host, mqtt.port);
        options.set_credentials(mqtt.username.fill(&names).reveal(), mqtt.password.fill(&names).reveal());
        options.set_keep_alive(Duration::from_secs(20));
        let (client, mut events) = AsyncClient::new(options, 50);
        let filters = topic::filters(&self.profile, &owner, &self.sn);
        let (up, mut is_up) = mpsc::channel(1);
        let (feed, heard) = mpsc::channel(10_000);
        let again = client.clone();
        tokio::spawn(async move {
            let mut answered = 0;
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        for filter in &filters {
                            again.try_subscribe(filter, QoS::AtLeastOnce).unwrap();
                        }
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => {
                        answered += 1;
                        if answered == filters.len() {
                            let _ = up.send(()).await;
                        }
                    }
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        let topic = Topic::parse(std::str::from_utf8(&message.topic).unwrap()).unwrap();
                        if feed.send(Message::decode(&topic.tail, &message.payload).unwrap()).await.is_err() {
                            return;
                        }
                    }
                    Ok(_) => {}
                    Err(_) if feed.is_closed() => return,
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        });
        timeout(BOUND, is_up.recv()).await.unwrap().unwrap();
        Ear { client, heard, profile: self.profile.clone() }
    }
}

/// What an app hears of its printer.
pub(crate) struct Ear {
    pub(crate) client: AsyncClient,
    heard: mpsc::Receiver<Message>,
    profile: Profile,
}

impl Ear {
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(Message) -> Option<T>) -> T {
        timeout(BOUND, async {
            loop {
                if let Some(found) = wanted(self.heard.recv().await.unwrap()) {
                    return found;
                }
            }
        })
        .await
        .expect("the expected message did not come")
    }

    /// The classes that a job goes through up to a final one. Each window of a job is confirmed anew, so only the first
    /// time counts.
    pub(crate) async fn life(&mut self, job: &str) -> Vec<JobStatus> {
        let mut life = Vec::new();
        let table = self.profile.jobs.status.clone();
        self.until(|message| {
            let Message::PrintAck(ack) = message else { return None };
            if ack.job_id.as_deref() != Some(job) {
                return None;
            }
            let status = table.read(&ack.status, &ack.report.codes).status;
            if !life.contains(&status) {
                life.push(status);
            }
            status.is_final().then_some(())
        })
        .await;
        life
    }
}

/// Waits until the world is as wanted.
pub(crate) async fn until<T>(world: &World, mut wanted: impl FnMut(&World) -> Option<T>) -> T {
    let mut changed = world.changed();
    timeout(BOUND, async {
        loop {
            if let Some(found) = wanted(world) {
                return found;
            }
            changed.changed().await.unwrap();
        }
    })
    .await
    .expect("the world did not become as expected")
}

pub(crate) async fn sheets(world: &World, sn: &str, count: usize) -> Vec<Sheet> {
    until(world, |world| Some(world.sheets(sn).unwrap()).filter(|sheets| sheets.len() >= count)).await
}

pub(crate) fn printer(world: &World, sn: &str) -> PrinterState {
    world.printers().into_iter().find(|state| state.printer.sn == sn).unwrap()
}
