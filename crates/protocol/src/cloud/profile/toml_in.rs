//! From TOML to a checked [`Profile`].

use super::check;
use super::error::ProfileError;
use super::read::{Read, Table};
use super::template::{Hole, Template};
use super::{Http, Jobs, Mode, Mqtt, MqttVersion, Owner, Paths, Profile, SetUp};
use crate::cloud::status::JobStatus;
use crate::cloud::topic::TopicPrefix;
use platen_model::Segment;
use std::time::Duration;

pub(super) fn parse(text: &str) -> Result<Profile, ProfileError> {
    let mut root = Table::root(text)?;
    let name = root.text("name")?.map_or_else(|| "platform".to_owned(), |read| read.value);
    let mode = match root.text("mode")? {
        None => Mode::Direct,
        Some(read) => match read.value.as_str() {
            "direct" => Mode::Direct,
            "via-tenant" => Mode::ViaTenant,
            other => {
                return Err(read.bad(format_args!("is \"{other}\""), "Use \"direct\" or \"via-tenant\"."));
            }
        },
    };
    let http = http(sub(&mut root, "http")?, mode)?;
    let mqtt = mqtt(sub(&mut root, "mqtt")?)?;
    let owner = root.table("owner")?.map(owner).transpose()?;
    let jobs = root.table("jobs")?.map(jobs).transpose()?.unwrap_or_default();
    let set_up = root.table("setup")?.map(set_up).transpose()?;
    root.finish()?;
    Ok(Profile { name, mode, http, mqtt, owner, jobs, set_up })
}

/// A table that holds a needed key: when it is absent, the needed key is what is missing.
fn sub<'a>(root: &mut Table<'a>, key: &'static str) -> Result<Table<'a>, ProfileError> {
    match root.table(key)? {
        Some(table) => Ok(table),
        None => {
            let what = if key == "http" { "baseUrl" } else { "host" };
            Err(ProfileError {
                line: root.line(),
                problem: super::ProfileProblem::MissingKey,
                message: format!("the table [{key}] is missing."),
                remedy: format!("Add [{key}] with at least {what}."),
            })
        }
    }
}

fn http(mut table: Table<'_>, mode: Mode) -> Result<Http, ProfileError> {
    let allow_plaintext = table.flag("allowPlaintext", false)?.value;
    let base_url = check::base_url(&table.needed_text("baseUrl", "https://print.example.com")?, allow_plaintext)?;
    let tenant_url = match mode {
        Mode::ViaTenant => Some(table.needed_text("tenantUrl", "https://tenant.example.com")?),
        Mode::Direct => table.text("tenantUrl")?,
    };
    let tenant_url = tenant_url.map(|read| check::base_url(&read, allow_plaintext)).transpose()?;
    let ca_file = ca_file(&mut table)?;
    let paths = table.table("paths")?.map(paths).transpose()?.unwrap_or_default();
    table.finish()?;
    Ok(Http { base_url, tenant_url, ca_file, allow_plaintext, paths })
}

fn paths(mut table: Table<'_>) -> Result<Paths, ProfileError> {
    let default = Paths::default();
    let mut one = |key, default: String| table.text(key)?.map_or(Ok(default), check::path);
    let paths = Paths {
        bind: one("bind", default.bind)?,
        login: one("login", default.login)?,
        create_job: one("createJob", default.create_job)?,
        device_state: one("deviceState", default.device_state)?,
        job_list: table.text("jobList")?.map(check::path).transpose()?,
    };
    table.finish()?;
    Ok(paths)
}

fn mqtt(mut table: Table<'_>) -> Result<Mqtt, ProfileError> {
    let host = table.needed_text("host", "mqtt.example.com")?;
    let tls = table.flag("tls", true)?;
    let allow_plaintext = table.flag("allowPlaintext", false)?.value;
    let default = Mqtt::at(check::mqtt_host(&host, &tls, allow_plaintext)?);
    let seconds = |read: Read<u32>| Duration::from_secs(read.value.into());
    let port = table.number("port", 1..=65_535)?.and_then(|read| u16::try_from(read.value).ok());
    let qos = table.number("qos", 0..=1)?.and_then(|read| u8::try_from(read.value).ok());
    let client_id = template(&mut table, "clientId", default.client_id)?;
    let mqtt = Mqtt {
        port: port.unwrap_or(default.port),
        tls: tls.value,
        ca_file: ca_file(&mut table)?,
        allow_plaintext,
        versions: table.texts("versions")?.map_or(Ok(default.versions), versions)?,
        client_id,
        username: template(&mut table, "username", default.username)?,
        password: template(&mut table, "password", default.password)?,
        qos: qos.unwrap_or(default.qos),
        keep_alive: table.number("keepAliveSeconds", 5..=65_535)?.map_or(default.keep_alive, seconds),
        clean_start: table.flag("cleanStart", default.clean_start)?.value,
        session_expiry: table.number("sessionExpirySeconds", 0..=604_800)?.map_or(default.session_expiry, seconds),
        prefix: match table.text("tenantFilterPrefix")? {
            None => default.prefix,
            Some(read) => TopicPrefix::from_name(&read.value)
                .ok_or_else(|| read.bad(format_args!("is \"{}\"", read.value), "Use \"devices\" or \"device\"."))?,
        },
        host: default.host,
    };
    table.finish()?;
    Ok(mqtt)
}

fn template(table: &mut Table<'_>, key: &'static str, default: Template) -> Result<Template, ProfileError> {
    let Some(read) = table.text(key)? else { return Ok(default) };
    let template = Template::parse(&read.value).map_err(|problem| {
        read.bad(problem, "The holes are {installation}, {tenantCode}, {userName}, {sn} and {token}.")
    })?;
    // A client id is written into every broker's log.
    if key == "clientId" && template.has(Hole::Token) {
        return Err(read.bad("uses {token}", "Use {installation}: client ids are not secret."));
    }
    if key == "clientId" && template.is_empty() {
        return Err(read.bad("is empty", "Use \"platen-{installation}\"."));
    }
    Ok(template)
}

fn versions(read: Read<Vec<String>>) -> Result<Vec<MqttVersion>, ProfileError> {
    let remedy = "Use [\"5\", \"3.1.1\"], or one of them.";
    let mut versions = Vec::new();
    for name in &read.value {
        let version = [MqttVersion::V5, MqttVersion::V3].into_iter().find(|version| version.name() == name);
        match version {
            None => return Err(read.bad(format_args!("holds \"{name}\""), remedy)),
            Some(version) if versions.contains(&version) => {
                return Err(read.bad(format_args!("holds \"{name}\" twice"), remedy));
            }
            Some(version) => versions.push(version),
        }
    }
    if versions.is_empty() { Err(read.bad("is empty", remedy)) } else { Ok(versions) }
}

fn ca_file(table: &mut Table<'_>) -> Result<Option<String>, ProfileError> {
    match table.text("caFile")? {
        None => Ok(None),
        Some(read) if read.value.trim().is_empty() => {
            Err(read.bad("is empty", "Name a PEM file beside the profile, or leave the key out."))
        }
        Some(read) => Ok(Some(read.value)),
    }
}

fn owner(mut table: Table<'_>) -> Result<Owner, ProfileError> {
    let mut level = |key, example| {
        let read = table.needed_text(key, example)?;
        Segment::new(read.value.as_str()).map_err(|error| {
            read.bad(
                format_args!("cannot be a part of a topic: {error}"),
                "Use 1 to 128 bytes without '+', '#', '/', '|', invisible characters or a '$' in front.",
            )
        })
    };
    let owner = Owner { tenant_code: level("tenantCode", "tenant_a")?, user_name: level("userName", "owner_user")? };
    table.finish()?;
    Ok(owner)
}

fn jobs(mut table: Table<'_>) -> Result<Jobs, ProfileError> {
    let mut jobs = Jobs::default();
    if let Some(read) = table.number("ackTimeoutSeconds", 1..=604_800)? {
        jobs.ack_timeout = Duration::from_secs(read.value.into());
    }
    if let Some(rows) = table.table("status")? {
        for (literal, read) in rows.rest_as_texts()? {
            let status = JobStatus::from_name(&read.value).ok_or_else(|| {
                read.bad(
                    format_args!("is \"{}\"", read.value),
                    "Use \"accepted\", \"progress\", \"done\" or \"failed\".",
                )
            })?;
            jobs.status.set(literal, status);
        }
    }
    table.finish()?;
    Ok(jobs)
}

fn set_up(mut table: Table<'_>) -> Result<SetUp, ProfileError> {
    let bind_endpoint = check::endpoint(table.needed_text("bindEndpoint", "platen-bind")?)?;
    let bind_token = check::path(table.needed_text("bindToken", "/api/v1/public/device/bind-token")?)?;
    table.finish()?;
    Ok(SetUp { bind_endpoint, bind_token })
}
