//! From the engine's words to views.

use crate::views::*;
use platen_engine::{
    Check, CheckState, JobStatus, Known, KnownState, Model, Page, Preview, PrinterStatus, Problem, ProfileStatus,
    Settings, Support,
};
use platen_model::{Connection, Fault, JobState, PageOptions, Retry};
use std::collections::BTreeMap;

impl From<&Fault> for ErrorView {
    fn from(fault: &Fault) -> Self {
        let retry = match fault.retry {
            Retry::No => "no",
            Retry::Later => "later",
            Retry::AfterRemedy => "after-remedy",
        };
        Self {
            code: fault.code.to_string(),
            message: fault.message.clone(),
            remedy: fault.remedy.clone(),
            retry: retry.to_owned(),
        }
    }
}

pub(crate) fn printer(status: PrinterStatus) -> PrinterView {
    let model = status.model.as_deref();
    PrinterView {
        model_name: model.map(|model| model.name.clone()).unwrap_or_else(|| status.row.model.clone()),
        family: model.map(|model| model.family.to_string()).unwrap_or_default(),
        width_dots: model.map_or(0, |model| model.width_dots),
        dpi: model.map_or(0, |model| model.dpi),
        support: model.map(|model| support(model.support)).unwrap_or_default().to_owned(),
        sn: status.row.sn,
        name: status.row.name,
        model: status.row.model,
        channel: status.channel.name().to_owned(),
        profile: status.row.profile,
        device: status.row.direct.map(|direct| direct.address),
        simulated: status.row.simulated,
        connection: connection(status.connection).to_owned(),
        encrypted: status.encrypted,
        last_heard: status.last_heard.map(|at| at.as_millis()),
        bound_at: status.row.bound_at.as_millis(),
        state: state(&status.known),
        problems: status.problems.iter().map(problem).collect(),
        open_jobs: status.open_jobs,
        held: status.held,
    }
}

pub(crate) const fn support(support: Support) -> &'static str {
    match support {
        Support::Proven => "proven",
        Support::Captured => "captured",
        Support::Documented => "documented",
    }
}

const fn connection(connection: Connection) -> &'static str {
    match connection {
        Connection::Unknown => "unknown",
        Connection::Connecting => "connecting",
        Connection::Online => "online",
        Connection::Offline => "offline",
    }
}

fn problem(problem: &Problem) -> ProblemView {
    ProblemView {
        code: problem.fault.code.to_string(),
        message: problem.fault.message.clone(),
        remedy: problem.fault.remedy.clone(),
        severity: if problem.severe { "error" } else { "note" }.to_owned(),
    }
}

pub(crate) fn model(model: &Model) -> ModelView {
    ModelView {
        id: model.id.clone(),
        name: model.name.clone(),
        family: model.family.to_string(),
        width_dots: model.width_dots,
        dpi: model.dpi,
        support: support(model.support).to_owned(),
        cut: model.cut,
        depths: model.depths.clone(),
        both_sides: model.backs.is_some(),
        own: model.id.starts_with("own-"),
    }
}

fn state(known: &KnownState) -> PrinterStateView {
    let mut more = BTreeMap::new();
    let mut other = |name: &str, reading: Option<Reading<String>>| {
        if let Some(reading) = reading {
            more.insert(name.to_owned(), reading);
        }
    };
    other("bluetoothMac", reading(&known.bluetooth_mac, Clone::clone));
    other("imei", reading(&known.imei, Clone::clone));
    other("iccid", reading(&known.iccid, Clone::clone));
    other("avgLatency", reading(&known.avg_latency, ToString::to_string));
    other("packetLossRate", reading(&known.packet_loss_rate, ToString::to_string));
    other("sleepTime", reading(&known.sleep_time, ToString::to_string));
    PrinterStateView {
        battery: reading(&known.battery, whole),
        charging: reading(&known.charging, |on| *on),
        paper: reading(&known.paper, whole),
        paper_type: reading(&known.paper_type, Clone::clone),
        temperature: reading(&known.temperature, |value| *value),
        humidity: reading(&known.humidity, |value| *value),
        rssi: reading(&known.rssi, whole),
        signal_strength: reading(&known.signal_strength, whole),
        network_type: reading(&known.network_type, Clone::clone),
        ip_address: reading(&known.ip_address, Clone::clone),
        print_count: reading(&known.print_count, whole),
        err_code: reading(&known.err_code, |codes| codes.iter().map(whole).collect()),
        firmware: firmware(known),
        more,
    }
}

fn reading<T, V>(known: &Option<Known<T>>, value: impl Fn(&T) -> V) -> Option<Reading<V>> {
    known.as_ref().map(|known| Reading { value: value(&known.value), at: known.at.as_millis(), live: known.live })
}

// JSON knows only one kind of number; counters of printers are far below 2^53.
fn whole(value: &i64) -> f64 {
    *value as f64
}

/// One list, as old as its oldest part.
fn firmware(known: &KnownState) -> Option<Reading<Vec<FirmwareView>>> {
    let parts = known.firmware.values();
    let at = parts.clone().map(|part| part.at.as_millis()).min()?;
    let live = parts.clone().all(|part| part.live);
    let value = parts
        .map(|part| FirmwareView {
            part: part.value.firmware_type.clone(),
            version: part.value.firmware_version.clone(),
        })
        .collect();
    Some(Reading { value, at, live })
}

pub(crate) fn document(row: platen_engine::DocumentRow, info: platen_engine::DocumentInfo) -> DocumentView {
    let kind = serde_json::to_value(info.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
    DocumentView {
        document: row.id,
        name: row.name,
        kind: kind.unwrap_or_default(),
        size: row.size,
        width: info.width,
        height: info.height,
        locked: info.locked,
    }
}

pub(crate) fn preview(preview: Preview) -> PreviewView {
    let dpi = preview.dpi;
    let page = |(place, page): (usize, &Page)| PageView {
        dots: format!("preview/{}/{place}", preview.handle),
        grey: format!("grey/{}/{place}", preview.handle),
        width: page.width,
        height: page.height,
        width_mm: millimetres(page.width.into(), dpi),
        height_mm: millimetres(page.height.into(), dpi),
        sha256: page.sha256.clone(),
    };
    PreviewView {
        pages: preview.pages.iter().enumerate().map(page).collect(),
        first: preview.first,
        page_count: preview.page_count,
        leaves: preview.leaves,
        dpi,
        dither: preview.dither.name().to_owned(),
        prn_bytes: preview.prn_bytes,
        paper_mm: millimetres(preview.paper_dots, dpi),
        missing: preview.missing.iter().map(char::to_string).collect(),
    }
}

/// Tenths of a millimetre are more than a roll of paper keeps.
fn millimetres(dots: u64, dpi: u32) -> f64 {
    (dots as f64 * 254.0 / f64::from(dpi.max(1))).round() / 10.0
}

pub(crate) fn job(status: JobStatus) -> JobView {
    let row = status.row;
    let copies = serde_json::from_str::<PageOptions>(&row.options_json).map_or(1, |options| u32::from(options.copies));
    let progress = match row.state {
        JobState::Done => 1.0,
        JobState::Sending => status.sent.map_or(0.0, |percent| f64::from(percent) / 100.0),
        _ => row.progress.unwrap_or(0.0),
    };
    JobView {
        can_cancel: matches!(row.state, JobState::Waiting | JobState::Rendering | JobState::Ready | JobState::Sending),
        can_print_again: row.state.is_final() && status.document_kept,
        uncertain: (row.state == JobState::Uncertain)
            .then_some(UncertainView { about: progress, holding: status.holding }),
        page: row.pages.filter(|_| status.document_kept).map(|_| format!("job/{}/0", row.id)),
        job_id: row.id.to_string(),
        reference: row.reference,
        printer: row.printer,
        title: row.title,
        document_kind: row.document_kind,
        state: row.state.name().to_owned(),
        progress,
        accepted: true,
        possible_duplicate: status.possible_duplicate,
        detail: row.detail,
        error: row.fault.as_ref().map(ErrorView::from),
        copies,
        pages: row.pages,
        attempt: row.attempt,
        carried: row.carried.total.map(|total| CarriedView {
            total,
            sent: row.carried.sent.unwrap_or(0),
            acknowledged: row.carried.acknowledged.unwrap_or(0),
        }),
        starts_later: match row.starts_later {
            None => "by-rule",
            Some(true) => "yes",
            Some(false) => "no",
        }
        .to_owned(),
        platform_job_id: row.platform_job,
        reprint_of: row.reprint_of.map(|id| id.to_string()),
        accepted_at: row.accepted_at.as_millis(),
        changed_at: row.changed_at.as_millis(),
    }
}

pub(crate) fn settings(settings: Settings, secrets: platen_engine::SecretsKind) -> SettingsView {
    SettingsView {
        language: settings.language,
        theme: settings.theme,
        hold_uncertain: settings.hold_uncertain,
        keep_documents_hours: settings.keep_documents_hours,
        secrets: match secrets {
            platen_engine::SecretsKind::Keychain => "keychain",
            platen_engine::SecretsKind::ProtectedFile => "protected-file",
        }
        .to_owned(),
    }
}

pub(crate) fn profile(status: ProfileStatus) -> ProfileView {
    ProfileView {
        mode: match status.profile.mode {
            platen_engine::Mode::Direct => "direct",
            platen_engine::Mode::ViaTenant => "via-tenant",
        }
        .to_owned(),
        http_host: host(&status.profile.http.base_url),
        mqtt_host: status.profile.mqtt.host.clone(),
        encrypted: status.profile.is_encrypted(),
        simulated: status.simulated,
        name: status.profile.name,
    }
}

fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}

pub(crate) fn check(check: Check) -> CheckView {
    CheckView {
        id: check.id.to_owned(),
        status: match check.state {
            CheckState::Ok => CheckStatus::Ok,
            CheckState::Warning => CheckStatus::Warning,
            CheckState::Missing => CheckStatus::Missing,
        },
        detail: check.detail,
        remedy: check.remedy,
    }
}
