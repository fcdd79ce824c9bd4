//! Who may use the embedded broker (the guide is silent; the forms are those of the online event in section 8).
//!
//! | Who | User name | Password | Hears | Says |
//! |---|---|---|---|---|
//! | printer | `tenant\|user\|sn`, client id `sn\|0.1` | its own key | its `down/#` | its `up/#` |
//! | app | `tenant\|user\|sn`, any other client id | a live device token | its `up/#` | its `down/control` |
//! | platform | `platform` | a key of this run | everything | everything |

use super::{Platform, prefix};
use crate::broker::{Gate, Grant, Knock, Refusal, Visit};
use std::sync::{Arc, OnceLock};

/// The platform's doorkeeper at the broker. The broker starts first, so the platform moves in later.
pub(crate) struct PlatformGate {
    platform: OnceLock<Arc<Platform>>,
    key: String,
}

impl PlatformGate {
    pub(crate) fn new(key: String) -> Self {
        Self { platform: OnceLock::new(), key }
    }

    pub(crate) fn move_in(&self, platform: Arc<Platform>) {
        // Called once; a second platform would be a bug of the world and changes nothing.
        let _ = self.platform.set(platform);
    }
}

impl Gate for PlatformGate {
    fn admit(&self, knock: &Knock<'_>) -> Result<Grant, Refusal> {
        let (Some(username), Some(password)) = (knock.username, knock.password) else {
            return Err(Refusal::BadCredentials);
        };
        if username == "platform" {
            return if password == self.key { Ok(Grant::everything()) } else { Err(Refusal::BadCredentials) };
        }
        let platform = self.platform.get().ok_or(Refusal::NotAuthorised)?;
        let (label, owner) = platform.named(username).ok_or(Refusal::BadCredentials)?;
        let root = format!("{}/{}/{}", prefix(platform.settings.readings).name(), owner, label.sn);
        let is_device_name = knock.client_id == device_client_id(label.sn.as_str());
        if password == label.key {
            // The client id is the printer's own: nobody else may take over its session.
            let grant = Grant { hear: vec![format!("{root}/down/#")], say: vec![format!("{root}/up/#")] };
            return if is_device_name { Ok(grant) } else { Err(Refusal::BadCredentials) };
        }
        match platform.device_of(password) {
            Ok(sn) if sn == label.sn.as_str() && !is_device_name => {
                Ok(Grant { hear: vec![format!("{root}/up/#")], say: vec![format!("{root}/down/control")] })
            }
            Ok(_) => Err(Refusal::NotAuthorised),
            Err(_) => Err(Refusal::BadCredentials),
        }
    }

    fn connected(&self, visit: &Visit) {
        if let Some(platform) = self.platform.get() {
            platform.presence(visit, None);
        }
    }

    fn disconnected(&self, visit: &Visit, reason: &'static str) {
        if let Some(platform) = self.platform.get() {
            platform.presence(visit, Some(reason));
        }
    }
}

/// A printer's client id (section 8); what the suffix means is not known (rule C-18).
pub(crate) fn device_client_id(sn: &str) -> String {
    format!("{sn}|0.1")
}

impl Platform {
    /// The printer and `tenant/user` of an MQTT user name.
    fn named(&self, username: &str) -> Option<(&crate::label::Label, String)> {
        let owner = &self.settings.owner;
        let sn = username.strip_prefix(&format!("{}|{}|", owner.tenant_code, owner.user_name))?;
        Some((self.label(sn)?, format!("{}/{}", owner.tenant_code, owner.user_name)))
    }
}
