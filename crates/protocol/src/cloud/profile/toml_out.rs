//! From a [`Profile`] to TOML, every key written out.

use super::{Mode, Profile};
use std::fmt::Write;

pub(super) fn write(profile: &Profile) -> String {
    let mut out = Lines(String::new());
    let Profile { name, mode, http, mqtt, owner, jobs, set_up } = profile;
    out.text("name", name);
    out.text("mode", if *mode == Mode::Direct { "direct" } else { "via-tenant" });

    out.table("http");
    out.text("baseUrl", &http.base_url);
    out.maybe("tenantUrl", http.tenant_url.as_deref());
    out.maybe("caFile", http.ca_file.as_deref());
    out.plain("allowPlaintext", http.allow_plaintext);
    out.table("http.paths");
    out.text("bind", &http.paths.bind);
    out.text("login", &http.paths.login);
    out.text("createJob", &http.paths.create_job);
    out.text("deviceState", &http.paths.device_state);
    out.maybe("jobList", http.paths.job_list.as_deref());

    out.table("mqtt");
    out.text("host", &mqtt.host);
    out.plain("port", mqtt.port);
    out.plain("tls", mqtt.tls);
    out.maybe("caFile", mqtt.ca_file.as_deref());
    out.plain("allowPlaintext", mqtt.allow_plaintext);
    let versions: Vec<_> = mqtt.versions.iter().map(|version| quoted(version.name())).collect();
    out.plain("versions", format_args!("[{}]", versions.join(", ")));
    out.text("clientId", mqtt.client_id.as_str());
    out.text("username", mqtt.username.as_str());
    out.text("password", mqtt.password.as_str());
    out.plain("qos", mqtt.qos);
    out.plain("keepAliveSeconds", mqtt.keep_alive.as_secs());
    out.plain("cleanStart", mqtt.clean_start);
    out.plain("sessionExpirySeconds", mqtt.session_expiry.as_secs());
    out.text("tenantFilterPrefix", mqtt.prefix.name());

    if let Some(owner) = owner {
        out.table("owner");
        out.text("tenantCode", owner.tenant_code.as_str());
        out.text("userName", owner.user_name.as_str());
    }

    out.table("jobs");
    out.plain("ackTimeoutSeconds", jobs.ack_timeout.as_secs());
    out.table("jobs.status");
    for (literal, status) in jobs.status.rows() {
        out.text(&quoted(literal), status.name());
    }
    if let Some(set_up) = set_up {
        out.table("setup");
        out.text("bindEndpoint", &set_up.bind_endpoint);
        out.text("bindToken", &set_up.bind_token);
    }
    out.0
}

struct Lines(String);

impl Lines {
    fn table(&mut self, name: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "\n[{name}]\n");
    }

    fn plain(&mut self, key: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn text(&mut self, key: &str, value: &str) {
        self.plain(key, quoted(value));
    }

    fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }
}

/// A basic string of TOML on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
