//! Everything that is needed to connect to the broker for one printer (rule C-5), ready for `transport`.
//!
//! Because user name and password may name the printer, each bound printer has a session of its own (decision 0003).

use super::profile::{MqttVersion, Names, Owner, Profile};
use super::{json, topic};
use platen_model::{Secret, Segment};
use std::time::Duration;

/// The longest keep-alive: a frozen peer is noticed after twice this, so that "offline" shows within 45 s (MQ-8).
pub const MAX_KEEP_ALIVE: Duration = Duration::from_secs(20);

/// One connection for one printer.
#[derive(Clone, Debug)]
pub struct MqttPlan {
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS with the system's roots, or with `ca_file`; invalid certificates are never accepted (MQ-9).
    pub tls: bool,
    /// The profile's own certificate authority, relative to its folder.
    pub ca_file: Option<String>,
    /// Not encrypted and not on this machine: the user is told (rule C-22).
    pub shown_as_plaintext: bool,
    /// Tried in this order (MQ-3).
    pub versions: Vec<MqttVersion>,
    /// Unique for this installation and printer (MQ-10).
    pub client_id: String,
    /// Secret because a profile may put the token here.
    pub user_name: Option<Secret<String>>,
    /// Usually the token.
    pub password: Option<Secret<String>>,
    /// 0 or 1.
    pub qos: u8,
    /// As in the profile, at most [`MAX_KEEP_ALIVE`].
    pub keep_alive: Duration,
    /// At the first connect.
    pub clean_start: bool,
    /// MQTT 5 only.
    pub session_expiry: Duration,
    /// Announced as Maximum Packet Size with MQTT 5, in bytes (MQ-3).
    pub max_packet: u32,
    /// Exact topics to subscribe to (MQ-2).
    pub filters: Vec<String>,
}

impl MqttPlan {
    /// The plan for `sn`. `installation` is this installation's own id; `token` the temporary device token.
    pub fn new(profile: &Profile, owner: &Owner, sn: &Segment, installation: &str, token: &Secret<String>) -> Self {
        let mqtt = &profile.mqtt;
        let names = Names {
            installation,
            tenant_code: owner.tenant_code.as_str(),
            user_name: owner.user_name.as_str(),
            sn: sn.as_str(),
            token,
        };
        let mut client_id = mqtt.client_id.fill(&names).reveal().clone();
        if !mqtt.client_id.names_sn() {
            client_id.push('-');
            client_id.push_str(sn.as_str());
        }
        let given = |text: Secret<String>| (!text.reveal().is_empty()).then_some(text);
        Self {
            host: mqtt.host.clone(),
            port: mqtt.port,
            tls: mqtt.tls,
            ca_file: mqtt.ca_file.clone().filter(|_| mqtt.tls),
            shown_as_plaintext: profile.is_mqtt_plaintext(),
            versions: mqtt.versions.clone(),
            client_id,
            user_name: given(mqtt.username.fill(&names)),
            password: given(mqtt.password.fill(&names)),
            qos: mqtt.qos.min(1),
            keep_alive: mqtt.keep_alive.min(MAX_KEEP_ALIVE),
            clean_start: mqtt.clean_start,
            session_expiry: mqtt.session_expiry,
            max_packet: u32::try_from(json::MAX_PAYLOAD_BYTES).unwrap_or(u32::MAX),
            filters: topic::filters(profile, owner, sn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::profile::Template;

    fn plan(change: impl FnOnce(&mut Profile)) -> MqttPlan {
        let mut profile = Profile::parse(include_str!("../../profiles/example.toml")).unwrap();
        change(&mut profile);
        let sn = Segment::new("SN123456").unwrap();
        MqttPlan::new(&profile, profile.owner.as_ref().unwrap(), &sn, "0af3", &Secret::from("tok"))
    }

    #[test]
    fn c_5_the_plan_is_the_profile_with_its_holes_filled() {
        let plan = plan(|_| ());
        assert_eq!((plan.host.as_str(), plan.port, plan.tls, plan.qos), ("mqtt.example.com", 8883, true, 1));
        assert_eq!(plan.versions, [MqttVersion::V5, MqttVersion::V3]);
        assert_eq!(plan.user_name.as_ref().unwrap().reveal(), "tenant_a|owner_user|SN123456");
        assert_eq!(plan.password.as_ref().unwrap().reveal(), "tok");
        assert_eq!(plan.filters.len(), 5);
        assert!(plan.filters.iter().all(|filter| !filter.contains(['+', '#'])));
        assert!(!format!("{plan:?}").contains("tok"));
        assert!(!plan.shown_as_plaintext);
    }

    #[test]
    fn mq_8_keep_alive_is_tightened_and_never_loosened() {
        assert_eq!(plan(|_| ()).keep_alive.as_secs(), 20);
        assert_eq!(plan(|p| p.mqtt.keep_alive = Duration::from_secs(7)).keep_alive.as_secs(), 7);
    }

    #[test]
    fn mq_10_two_printers_of_one_installation_never_share_a_client_id() {
        assert_eq!(plan(|_| ()).client_id, "platen-0af3-SN123456");
        let named = plan(|p| p.mqtt.client_id = Template::parse("{sn}|{installation}").unwrap());
        assert_eq!(named.client_id, "SN123456|0af3");
    }

    #[test]
    fn a_broker_without_passwords_gets_none() {
        let plan = plan(|p| p.mqtt.password = Template::parse("").unwrap());
        assert!(plan.password.is_none() && plan.user_name.is_some());
    }
}
