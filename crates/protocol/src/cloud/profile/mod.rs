//! A platform profile: everything about one deployment that the guide leaves open, as data (rules C-1 to C-23).
//!
//! A profile is TOML with stable keys. A key that is left out takes the documented default; an unknown key, a wrong
//! type or a value that would weaken a promise is a [`ProfileError`] with its line and what to do about it.
//!
//! Deliberately absent: secrets (a profile may be mailed around) and files (the caller reads `caFile`).

mod check;
mod error;
mod read;
mod template;
mod toml_in;
mod toml_out;

pub use error::{ProfileError, ProfileProblem};
pub use template::{Names, Template};

use crate::cloud::status::{JobStatus, JobStatusTable};
use crate::cloud::topic::TopicPrefix;
use platen_model::Segment;
use std::time::Duration;

/// One deployment of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// A label for people.
    pub name: String,
    /// Who is asked for a token (rule C-3).
    pub mode: Mode,
    /// The HTTP side.
    pub http: Http,
    /// The MQTT side (rule C-5).
    pub mqtt: Mqtt,
    /// Tenant and user of the topics, when the profile fixes them. A bind or login answer that names them wins.
    pub owner: Option<Owner>,
    /// How jobs are followed.
    pub jobs: Jobs,
    /// How printers are bound while they are set up, where the deployment has a way.
    pub set_up: Option<SetUp>,
}

/// Binding by a token that goes to the printer with its Wi-Fi. The guide tells no such way: both names are the
/// deployment's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUp {
    /// The printers' endpoint that takes the token, for example `platen-bind`.
    pub bind_endpoint: String,
    /// The platform's path that gives one out.
    pub bind_token: String,
}

/// Who is asked for a token (rule C-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The app calls the platform's bind and login itself.
    Direct,
    /// The app calls a tenant URL that returns a token.
    ViaTenant,
}

/// The HTTP side of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Scheme, host, optional port and path prefix, without a slash at the end.
    pub base_url: String,
    /// The same for the tenant's backend; needed by [`Mode::ViaTenant`].
    pub tenant_url: Option<String>,
    /// File with the deployment's own certificate authority, relative to the profile's folder (promise MQ-9).
    pub ca_file: Option<String>,
    /// Plain `http` to hosts other than this machine is allowed, and then shown to the user (rule C-22).
    pub allow_plaintext: bool,
    /// Where the calls are.
    pub paths: Paths,
}

/// Paths below the base URL. The defaults are the guide's (section 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Bind a device.
    pub bind: String,
    /// Log a device in.
    pub login: String,
    /// Create a device-level print job.
    pub create_job: String,
    /// Query the device's state.
    pub device_state: String,
    /// Look a job up by our reference (promise MQ-12). `None`: the platform has no such call.
    pub job_list: Option<String>,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            bind: "/api/v1/public/device/bind".to_owned(),
            login: "/api/v1/public/device/login".to_owned(),
            create_job: "/api/v1/device-app/print-jobs".to_owned(),
            device_state: "/api/v1/device-app/device/state".to_owned(),
            job_list: None,
        }
    }
}

/// The MQTT side of a profile (rule C-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mqtt {
    /// Host name or address of the broker.
    pub host: String,
    /// TCP port; 8883 by default.
    pub port: u16,
    /// TLS; on by default.
    pub tls: bool,
    /// As [`Http::ca_file`].
    pub ca_file: Option<String>,
    /// A broker without TLS on another host is allowed, and then shown to the user (rule C-22).
    pub allow_plaintext: bool,
    /// Tried in this order; 5, then 3.1.1 by default (promise MQ-3).
    pub versions: Vec<MqttVersion>,
    /// Client id; `platen-{installation}` by default.
    pub client_id: Template,
    /// User name; `{tenantCode}|{userName}|{sn}` by default, the form that devices use.
    pub username: Template,
    /// Password; `{token}` by default.
    pub password: Template,
    /// 0 or 1. 2 is refused: repeated messages are dropped by their id anyway (promise MQ-5), and the second
    /// handshake would only keep an acknowledgement waiting.
    pub qos: u8,
    /// Keep-alive as written; [`crate::cloud::connect::MqttPlan`] tightens it to 20 s (promise MQ-8).
    pub keep_alive: Duration,
    /// Ask for a clean session at the first connect; on by default.
    pub clean_start: bool,
    /// How long the broker keeps the session (MQTT 5); 1 h by default.
    pub session_expiry: Duration,
    /// First level of the topics (rule C-6); `devices` by default.
    pub prefix: TopicPrefix,
}

impl Mqtt {
    /// The defaults of rule C-5 for a broker at `host`.
    pub fn at(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: 8883,
            tls: true,
            ca_file: None,
            allow_plaintext: false,
            versions: vec![MqttVersion::V5, MqttVersion::V3],
            client_id: Template::known("platen-{installation}"),
            username: Template::known("{tenantCode}|{userName}|{sn}"),
            password: Template::known("{token}"),
            qos: 1,
            keep_alive: Duration::from_secs(30),
            clean_start: true,
            session_expiry: Duration::from_secs(3600),
            prefix: TopicPrefix::Devices,
        }
    }
}

/// A version of MQTT that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MqttVersion {
    /// MQTT 5.
    V5,
    /// MQTT 3.1.1.
    V3,
}

impl MqttVersion {
    /// The word of the profile.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V5 => "5",
            Self::V3 => "3.1.1",
        }
    }
}

/// Tenant and user: the second and third level of every topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// `{tenantCode}`.
    pub tenant_code: Segment,
    /// `{userName}`.
    pub user_name: Segment,
}

/// How jobs are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jobs {
    /// After this time without an acknowledgement a sent job is uncertain; 300 s by default.
    pub ack_timeout: Duration,
    /// What the literals of an acknowledgement mean (rule C-12). Rows of the profile are added to the default ones.
    pub status: JobStatusTable,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { ack_timeout: Duration::from_secs(300), status: JobStatusTable::default() }
    }
}

impl Profile {
    /// Reads and checks a profile.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        toml_in::parse(text)
    }

    /// The profile as TOML that [`Profile::parse`] reads back to an equal one, with every key written out.
    pub fn to_toml(&self) -> String {
        toml_out::write(self)
    }

    /// A profile for servers on this machine: `http_base` such as `http://127.0.0.1:8080`, and a broker without TLS.
    /// The fields are public: change what the deployment does differently. The job list is on.
    pub fn sample(name: &str, http_base: &str, mqtt_host: &str, mqtt_port: u16) -> Self {
        let base_url = http_base.trim_end_matches('/').to_owned();
        let paths = Paths { job_list: Some(Paths::default().create_job), ..Paths::default() };
        Self {
            name: name.to_owned(),
            mode: Mode::Direct,
            http: Http { tenant_url: Some(base_url.clone()), base_url, ca_file: None, allow_plaintext: false, paths },
            mqtt: Mqtt { port: mqtt_port, tls: false, ..Mqtt::at(mqtt_host) },
            owner: None,
            jobs: Jobs::default(),
            set_up: None,
        }
    }

    /// The host that a bind token is for.
    pub fn host(&self) -> String {
        check::host_of(&self.http.base_url).unwrap_or_default()
    }

    /// The same profile with tenant and user fixed.
    #[must_use]
    pub fn with_owner(mut self, tenant_code: Segment, user_name: Segment) -> Self {
        self.owner = Some(Owner { tenant_code, user_name });
        self
    }

    /// Whether everything travels over TLS, on this machine too.
    pub fn is_encrypted(&self) -> bool {
        let base = match (self.mode, &self.http.tenant_url) {
            (Mode::ViaTenant, Some(tenant)) => tenant,
            _ => &self.http.base_url,
        };
        self.mqtt.tls && base.starts_with("https:") && self.http.base_url.starts_with("https:")
    }

    /// Whether anything that leaves this machine is not encrypted: then the user is told (rule C-22, promise MQ-9).
    pub fn is_plaintext(&self) -> bool {
        let plain =
            |url: &str| url.starts_with("http:") && !check::host_of(url).is_some_and(|host| check::is_loopback(&host));
        let tenant = self.http.tenant_url.as_deref().filter(|_| self.mode == Mode::ViaTenant);
        self.is_mqtt_plaintext() || plain(&self.http.base_url) || tenant.is_some_and(plain)
    }

    /// The same for the broker alone.
    pub fn is_mqtt_plaintext(&self) -> bool {
        !self.mqtt.tls && !check::is_loopback(&self.mqtt.host)
    }

    /// The class of a literal; a shorthand for `self.jobs.status`.
    pub fn job_status(&self, literal: &str) -> Option<JobStatus> {
        self.jobs.status.get(literal)
    }
}

#[cfg(test)]
mod tests;
