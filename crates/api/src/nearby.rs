//! The rows of the table about what is near: read the request, ask the engine, answer with a view.

use crate::convert;
use crate::dispatch::{Api, Caller};
use crate::requests::*;
use crate::views::*;
use platen_engine::{
    AdapterState, Chosen, Command, DeviceStatus, Direction, Frame, NearbyStatus, Readings, Replay, SetupKind, SetupStep,
};
use platen_model::gatt::{GattRequest, Properties, Tree};
use platen_model::transcript::{at_text, uuid_text};
use platen_model::{Fault, Retry};

pub(crate) async fn start_search(api: &Api, _: &Caller, _: Nothing) -> Result<NearbyView, Fault> {
    Ok(view(api, api.engine.start_search().await?))
}

pub(crate) async fn stop_search(api: &Api, _: &Caller, _: Nothing) -> Result<NearbyView, Fault> {
    Ok(view(api, api.engine.stop_search().await?))
}

pub(crate) async fn list_nearby(api: &Api, _: &Caller, _: Nothing) -> Result<NearbyView, Fault> {
    Ok(view(api, api.engine.nearby().await?))
}

pub(crate) async fn blink(api: &Api, _: &Caller, request: DeviceRequest) -> Result<Nothing, Fault> {
    api.engine.blink(&request.id).await?;
    Ok(Nothing {})
}

pub(crate) async fn add_device(api: &Api, _: &Caller, request: AddDevice) -> Result<PrinterView, Fault> {
    let chosen = Chosen { model: request.model.as_deref(), family: request.family.as_deref() };
    let added = api.engine.add_device(&request.id, chosen, request.name.as_deref()).await?;
    Ok(convert::printer(added))
}

pub(crate) async fn ask_device(api: &Api, _: &Caller, request: AskDevice) -> Result<ReadingsView, Fault> {
    let told = match (&request.id, &request.sn) {
        (Some(id), None) => {
            let chosen = Chosen { model: request.model.as_deref(), family: request.family.as_deref() };
            api.engine.ask_device(id, chosen).await?
        }
        (None, Some(sn)) => api.engine.ask_printer(sn).await?,
        _ => {
            let what = "The request needs either 'id' or 'sn'.";
            return Err(Fault::new("bad_request", what, "Correct the request.").with_retry(Retry::No));
        }
    };
    Ok(readings(told))
}

pub(crate) async fn show_gatt(api: &Api, _: &Caller, request: DeviceRequest) -> Result<TreeView, Fault> {
    Ok(tree(request.id.clone(), &api.engine.gatt_tree(&request.id).await?))
}

pub(crate) async fn open_gatt(api: &Api, _: &Caller, request: DeviceRequest) -> Result<TreeView, Fault> {
    Ok(tree(request.id.clone(), &api.engine.gatt_open(&request.id).await?))
}

pub(crate) async fn close_gatt(api: &Api, _: &Caller, request: DeviceRequest) -> Result<Nothing, Fault> {
    api.engine.gatt_close(&request.id).await;
    Ok(Nothing {})
}

pub(crate) async fn write_gatt(api: &Api, _: &Caller, request: GattWrite) -> Result<ValueView, Fault> {
    let bytes = hex_bytes(&request.hex)?;
    let at = api.engine.gatt_place(&request.id, request.service.as_deref(), &request.characteristic).await?;
    let wanted = GattRequest::Write { at, bytes, confirmed: request.confirmed };
    value(api.engine.gatt_request(&request.id, wanted).await?)
}

pub(crate) async fn read_gatt(api: &Api, _: &Caller, request: GattPlace) -> Result<ValueView, Fault> {
    let at = api.engine.gatt_place(&request.id, request.service.as_deref(), &request.characteristic).await?;
    value(api.engine.gatt_request(&request.id, GattRequest::Read { at }).await?)
}

pub(crate) async fn subscribe_gatt(api: &Api, _: &Caller, request: GattPlace) -> Result<ValueView, Fault> {
    let at = api.engine.gatt_place(&request.id, request.service.as_deref(), &request.characteristic).await?;
    value(api.engine.gatt_request(&request.id, GattRequest::Subscribe { at }).await?)
}

pub(crate) async fn gatt_frames(api: &Api, _: &Caller, request: GattFrames) -> Result<FramesView, Fault> {
    let (frames, open) = api.engine.gatt_frames(&request.id, request.after).await;
    let recording = api.engine.is_tracing(&request.id);
    Ok(FramesView { open, recording, frames: frames.into_iter().map(frame).collect() })
}

pub(crate) async fn start_trace(api: &Api, _: &Caller, request: DeviceRequest) -> Result<Nothing, Fault> {
    api.engine.trace_start(&request.id).await;
    Ok(Nothing {})
}

pub(crate) async fn stop_trace(api: &Api, _: &Caller, request: DeviceRequest) -> Result<TraceView, Fault> {
    let recorded = api.engine.trace_stop(&request.id)?;
    Ok(TraceView { trace: format!("trace/{}", recorded.handle), steps: count(recorded.steps) })
}

pub(crate) async fn replay_trace(_: &Api, _: &Caller, request: ReplayTrace) -> Result<ReplayView, Fault> {
    replay(&request.text, request.family.as_deref())
}

/// Reads a recorded dialogue: frames named by their family, and the paper that its writes make. Needs no engine.
///
/// # Errors
/// `case_unreadable`, `family_unknown`.
pub fn replay(text: &str, family: Option<&str>) -> Result<ReplayView, Fault> {
    let Replay { family, frames, pages, problem } = platen_engine::replay(text, family)?;
    let frame = |frame: platen_engine::ReplayFrame| ReplayFrameView {
        line: count(frame.line),
        direction: direction(frame.direction),
        text: frame.text,
        named: frame.named.iter().map(named).collect(),
    };
    let page = |page: platen_engine::ReplayPage| ReplayPageView {
        width: page.width,
        height: page.height,
        sha256: page.sha256,
    };
    Ok(ReplayView {
        family,
        frames: frames.into_iter().map(frame).collect(),
        pages: pages.into_iter().map(page).collect(),
        problem,
    })
}

pub(crate) fn view(api: &Api, status: NearbyStatus) -> NearbyView {
    let state = match status.bluetooth {
        AdapterState::Unknown => "unknown",
        AdapterState::On => "on",
        AdapterState::Off => "off",
        AdapterState::Denied => "denied",
        AdapterState::None => "none",
    };
    NearbyView {
        bluetooth: BluetoothView { state: state.to_owned(), fault: status.fault.as_ref().map(ErrorView::from) },
        scanning: status.scanning,
        devices: status.devices.into_iter().map(|one| device(api, one)).collect(),
        advice: status.advice.iter().map(note).collect(),
    }
}

fn note(fault: &Fault) -> ProblemView {
    ProblemView {
        code: fault.code.to_string(),
        message: fault.message.clone(),
        remedy: fault.remedy.clone(),
        severity: "note".to_owned(),
    }
}

fn device(api: &Api, device: DeviceStatus) -> DeviceView {
    let model = |id: &String| api.engine.model(id);
    let found = device.recognised.model.as_ref().and_then(model);
    let setup = match device.setup {
        None => SetupView { state: "none".to_owned(), kind: None, can_blink: false },
        Some(setup) => SetupView {
            state: match setup.step {
                SetupStep::Perhaps => "perhaps",
                SetupStep::New => "new",
                SetupStep::Authorise => "authorise",
                SetupStep::Ready => "ready",
                SetupStep::Busy => "busy",
                SetupStep::Done => "done",
            }
            .to_owned(),
            kind: Some(
                match setup.kind {
                    SetupKind::Improv => "improv",
                    SetupKind::Esp => "esp",
                }
                .to_owned(),
            ),
            can_blink: setup.blinks,
        },
    };
    let candidate = |id: &String| {
        let model = model(id);
        CandidateView {
            id: id.clone(),
            name: model.as_ref().map_or_else(|| id.clone(), |model| model.name.clone()),
            family: model.map(|model| model.family.to_owned()).unwrap_or_default(),
        }
    };
    DeviceView {
        model_name: found.map(|model| model.name.clone()),
        candidates: device.recognised.candidates.iter().map(candidate).collect(),
        ambiguous: device.recognised.ambiguous,
        family: device.recognised.family,
        model: device.recognised.model,
        id: device.id,
        name: device.name,
        channel: device.channel.name().to_owned(),
        rssi: device.rssi,
        signal: device.signal,
        age_seconds: u32::try_from(device.age.as_secs()).unwrap_or(u32::MAX),
        setup,
        added: device.added,
        simulated: device.simulated,
    }
}

fn readings(told: Readings) -> ReadingsView {
    ReadingsView {
        battery: told.battery,
        charging: told.charging,
        paper: told.paper,
        cover_open: told.cover_open,
        temperature: told.temperature,
        overheated: told.overheated,
        busy: told.busy,
        serial: told.serial,
        firmware: told.firmware,
        hardware: told.hardware,
        model: told.model,
        counter: told.counter,
        error: told.error,
    }
}

fn tree(id: String, tree: &Tree) -> TreeView {
    let mut services: Vec<ServiceView> = Vec::new();
    for row in &tree.characteristics {
        let uuid = uuid_text(row.at.service);
        if services.last().is_none_or(|service| service.uuid != uuid) {
            services.push(ServiceView { uuid, characteristics: Vec::new() });
        }
        if let Some(service) = services.last_mut() {
            service.characteristics.push(CharacteristicView {
                uuid: uuid_text(row.at.characteristic),
                properties: properties(row.properties),
                description: row.description.clone(),
            });
        }
    }
    TreeView { id, services }
}

fn properties(properties: Properties) -> Vec<String> {
    let Properties { read, write, write_without_response, notify, indicate } = properties;
    [
        (read, "read"),
        (write, "write"),
        (write_without_response, "write-without-response"),
        (notify, "notify"),
        (indicate, "indicate"),
    ]
    .into_iter()
    .filter(|(has, _)| *has)
    .map(|(_, word)| word.to_owned())
    .collect()
}

fn frame(frame: Frame) -> FrameView {
    FrameView {
        seq: frame.seq,
        at: frame.at.as_millis(),
        direction: direction(frame.direction),
        kind: frame.kind,
        place: frame.place.map(at_text),
        hex: frame.bytes.as_deref().map(hex_text),
        size: count(frame.size),
        named: frame.named.iter().map(named).collect(),
    }
}

fn named(command: &Command) -> NamedView {
    NamedView { offset: count(command.offset), name: command.name.to_owned(), text: command.text.clone() }
}

fn direction(direction: Direction) -> String {
    match direction {
        Direction::Down => "down",
        Direction::Up => "up",
    }
    .to_owned()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn value(bytes: Option<Vec<u8>>) -> Result<ValueView, Fault> {
    Ok(ValueView { hex: bytes.as_deref().map(hex_text) })
}

fn hex_text(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn hex_bytes(text: &str) -> Result<Vec<u8>, Fault> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| match pair {
        [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
        _ => None,
    };
    let all_digits = digits.iter().all(u8::is_ascii_hexdigit);
    digits.chunks(2).map(pair).collect::<Option<Vec<u8>>>().filter(|_| all_digits).ok_or_else(|| {
        Fault::new("bad_request", "The bytes are not pairs of hexadecimal digits.", "Write them as 5178a3 00.")
            .with_retry(Retry::No)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_pairs_of_digits_and_nothing_else() {
        assert_eq!(hex_bytes("51 78\na3").unwrap(), [0x51, 0x78, 0xa3]);
        for wrong in ["5", "+5", "zz", "51 7"] {
            assert_eq!(hex_bytes(wrong).unwrap_err().code, "bad_request", "{wrong}");
        }
        assert_eq!(hex_text(&[0, 0xff]), "00ff");
    }
}
