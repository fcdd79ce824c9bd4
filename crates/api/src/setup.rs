//! The rows of the table about set-ups: read the request, ask the engine, answer with a view.

use crate::dispatch::{Api, Caller};
use crate::requests::{Nothing, ReadLabel, SetupAnswer, StartSetup};
use crate::views::*;
use platen_engine::label::{Foreign, Transport};
use platen_engine::wizard::Step;
use platen_engine::{Advice, Label, Obstacle, Progress, Row, SetupAnswer as Answer, SetupStatus};
use platen_model::{Band, Fault, Retry, Security};

pub(crate) async fn start_setup(api: &Api, _: &Caller, request: StartSetup) -> Result<WizardView, Fault> {
    Ok(view(api.engine.start_setup(request.device, request.label.map(|label| label.0)).await?))
}

pub(crate) async fn show_setup(api: &Api, _: &Caller, _: Nothing) -> Result<Option<WizardView>, Fault> {
    Ok(current(api))
}

pub(crate) async fn answer_setup(api: &Api, _: &Caller, request: SetupAnswer) -> Result<WizardView, Fault> {
    let answer = match request {
        SetupAnswer::Pick { device } => Answer::Pick(device),
        SetupAnswer::Label { text } => Answer::Label(text.0),
        SetupAnswer::Code { code } => Answer::Code(code.0),
        SetupAnswer::Network { ssid, ssid_hex, security } => {
            let ssid = match (ssid, ssid_hex) {
                (Some(text), None) => text.into_bytes(),
                (None, Some(digits)) => bytes(&digits)?,
                _ => return Err(bad("The request needs either 'ssid' or 'ssidHex'.")),
            };
            let security =
                Security::named(&security).ok_or_else(|| bad("The request names a protection that nobody knows."))?;
            Answer::Network { ssid, security }
        }
        SetupAnswer::Password { password } => Answer::Password(password.0),
        SetupAnswer::Rescan => Answer::Rescan,
        SetupAnswer::Blink => Answer::Blink,
        SetupAnswer::Again => Answer::Again,
        SetupAnswer::Skip => Answer::Skip,
        SetupAnswer::WithoutWifi => Answer::WithoutWifi,
    };
    Ok(view(api.engine.answer_setup(answer).await?))
}

pub(crate) async fn cancel_setup(api: &Api, _: &Caller, _: Nothing) -> Result<Nothing, Fault> {
    api.engine.cancel_setup().await?;
    Ok(Nothing {})
}

pub(crate) async fn read_label(api: &Api, _: &Caller, request: ReadLabel) -> Result<LabelView, Fault> {
    Ok(label(api.engine.read_label(&request.text.0)?))
}

/// The set-up that runs or has just ended.
pub(crate) fn current(api: &Api) -> Option<WizardView> {
    api.engine.setup().map(view)
}

fn view(status: SetupStatus) -> WizardView {
    let (joining, tries_left) = match status.progress {
        None => (None, None),
        Some(Progress::Sent) => (Some("sent"), None),
        Some(Progress::Trying(left)) => (Some("trying"), left),
        Some(Progress::StillTrying) => (Some("still-trying"), None),
    };
    WizardView {
        step: step(status.step).to_owned(),
        device: status.target.map(|target| SetupDeviceView { id: target.id, name: target.name }),
        obstacle: status.obstacle.map(obstacle),
        hint: status.hint,
        wants_code: status.wants_code,
        facts: status.facts.map(|facts| SetupFactsView {
            name: facts.name,
            hardware: facts.hardware,
            firmware: facts.firmware,
            encrypted: facts.encrypted,
            can_blink: facts.identify,
        }),
        networks: status.networks.map(|rows| rows.into_iter().map(network).collect()),
        computer: status.computer.and_then(|ssid| String::from_utf8(ssid.bytes().to_vec()).ok()),
        listing: status.listing,
        chosen: status.chosen.map(|chosen| ChosenView {
            ssid: chosen.ssid.shown(),
            security: chosen.security.name().to_owned(),
            open: chosen.security.is_open(),
        }),
        joining: joining.map(str::to_owned),
        tries_left,
        press_seconds: status.press.map(|left| u32::try_from(left.as_secs()).unwrap_or(u32::MAX)),
        sent: status.sent,
        confirmed: status.confirmed,
        bound: status.bound,
        address: status.address,
        serial: status.serial,
        over: status.over,
    }
}

fn step(step: Step) -> &'static str {
    match step {
        Step::Find => "find",
        Step::Connect => "connect",
        Step::Authorise => "authorise",
        Step::Network => "network",
        Step::Password => "password",
        Step::Join => "join",
        Step::Confirm => "confirm",
        Step::Bind => "bind",
        Step::TestPrint => "test-print",
        Step::Done => "done",
        Step::Offline => "offline",
        Step::Stopped => "stopped",
    }
}

fn obstacle(obstacle: Obstacle) -> ObstacleView {
    ObstacleView { class: obstacle.class().to_owned(), error: ErrorView::from(&obstacle.fault()) }
}

fn network(row: Row) -> NetworkView {
    let (advice, problem) = match row.advice {
        Advice::Possible => ("possible", None),
        Advice::Doubtful => ("doubtful", None),
        Advice::Impossible(problem) => ("impossible", Some(obstacle(problem))),
    };
    let signal = match row.network.rssi {
        Some(-55..) => 4,
        Some(-67..) => 3,
        Some(-75..) => 2,
        Some(-85..) => 1,
        _ => 0,
    };
    let band = |band: &Band| if *band == Band::Ghz2 { "2.4" } else { "5" }.to_owned();
    NetworkView {
        ssid: row.network.ssid.shown(),
        ssid_hex: row.network.ssid.bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
        signal,
        rssi: row.network.rssi,
        security: row.network.security.name().to_owned(),
        open: row.network.security.is_open(),
        bands: row.bands.iter().map(band).collect(),
        advice: advice.to_owned(),
        problem,
        saved: row.saved,
    }
}

fn label(label: Label) -> LabelView {
    let kind = |kind: &str| LabelView { kind: kind.to_owned(), ..LabelView::default() };
    match label {
        Label::Setup(setup) => {
            let transport = if setup.transport == Transport::Ble { "ble" } else { "softap" };
            LabelView { name: Some(setup.name), transport: Some(transport.to_owned()), ..kind("setup") }
        }
        Label::Wifi { ssid, security, .. } => {
            LabelView { ssid: Some(ssid.shown()), security: Some(security.name().to_owned()), ..kind("wifi") }
        }
        Label::EnterpriseWifi => kind("enterprise-wifi"),
        Label::Device { product, serial } => LabelView { name: Some(product), serial: Some(serial), ..kind("device") },
        Label::Address { host, id } => LabelView { host: Some(host), serial: id, ..kind("address") },
        Label::Foreign(whose) => {
            let whose = match whose {
                Foreign::Matter => "matter",
                Foreign::WifiEasyConnect => "wifi-easy-connect",
                Foreign::HomeKit => "home-kit",
                Foreign::WeCom => "we-com",
            };
            LabelView { foreign: Some(whose.to_owned()), ..kind("foreign") }
        }
        Label::Serial(serial) => LabelView { serial: Some(serial), ..kind("serial") },
    }
}

fn bytes(digits: &str) -> Result<Vec<u8>, Fault> {
    let wrong = || bad("'ssidHex' is not made of pairs of hexadecimal digits.");
    let pairs = digits.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2 && !pair.starts_with('+'))?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.collect::<Option<_>>().ok_or_else(wrong)
}

fn bad(what: &'static str) -> Fault {
    Fault::new("bad_request", what, "Correct the request.").with_retry(Retry::No)
}
