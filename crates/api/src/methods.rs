//! What each row of the table does: read the request, ask the engine, answer with a view. No decision is made here.

use crate::convert;
use crate::dispatch::{Api, Caller};
use crate::requests::*;
use crate::views::*;
use crate::world::WorldPrinter;
use platen_engine::{BindResult, Change, Submission, Window};
use platen_model::{Fault, JobId, Retry, Secret};
use std::time::Duration;

/// How many jobs a snapshot holds.
const SNAPSHOT_JOBS: u32 = 200;
/// How many pages a preview shows when nobody says how many.
const PREVIEW_PAGES: u32 = 12;
/// How many it shows at most.
const MOST_PAGES: u32 = 48;
/// How long a simulated printer may take to print its verification code.
const CODE_PRINTED: Duration = Duration::from_secs(30);

pub(crate) async fn snapshot(api: &Api, caller: &Caller, _: Nothing) -> Result<Snapshot, Fault> {
    // The number is taken first: what changes while the rest is read comes again as an event.
    let events = api.engine.events();
    let (epoch, seq) = (events.epoch().to_owned(), events.last());
    Ok(Snapshot {
        epoch,
        seq,
        app: AppView {
            name: crate::brand::name().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            brand: crate::brand::FOLDER.to_owned(),
        },
        printers: list_printers(api, caller, Nothing {}).await?,
        jobs: list_jobs(api, caller, ListJobs { printer: None, limit: Some(SNAPSHOT_JOBS) }).await?,
        settings: show_settings(api, caller, Nothing {}).await?,
        profile: show_profile(api, caller, Nothing {}).await?,
        world: show_world(api, caller, Nothing {}).await?,
        nearby: crate::nearby::view(api, api.engine.nearby_quietly().await?),
        setup: crate::setup::current(api).map(Box::new),
        strip: crate::strip::current(api).map(Box::new),
    })
}

pub(crate) async fn doctor(api: &Api, _: &Caller, _: Nothing) -> Result<DoctorView, Fault> {
    Ok(DoctorView { checks: api.engine.doctor().await?.into_iter().map(convert::check).collect() })
}

pub(crate) async fn show_profile(api: &Api, _: &Caller, _: Nothing) -> Result<Option<ProfileView>, Fault> {
    Ok(api.engine.profile().await?.map(convert::profile))
}

pub(crate) async fn use_profile(api: &Api, _: &Caller, request: UseProfile) -> Result<ProfileView, Fault> {
    Ok(convert::profile(api.engine.use_profile(&request.toml, request.ca, false).await?))
}

pub(crate) async fn list_models(api: &Api, _: &Caller, _: Nothing) -> Result<Vec<ModelView>, Fault> {
    // A picture file is a target of `platen render`, not a printer.
    Ok(api.engine.models().iter().filter(|model| !model.file).map(|model| convert::model(model)).collect())
}

pub(crate) async fn list_printers(api: &Api, _: &Caller, _: Nothing) -> Result<Vec<PrinterView>, Fault> {
    Ok(api.engine.printers().await?.into_iter().map(convert::printer).collect())
}

pub(crate) async fn show_printer(api: &Api, _: &Caller, request: PrinterRequest) -> Result<PrinterView, Fault> {
    Ok(convert::printer(api.engine.printer(&request.sn).await?))
}

pub(crate) async fn printer_state(api: &Api, _: &Caller, request: StateRequest) -> Result<PrinterView, Fault> {
    let status = match request.refresh {
        true => api.engine.refresh_printer(&request.sn).await?,
        false => api.engine.printer(&request.sn).await?,
    };
    Ok(convert::printer(status))
}

pub(crate) async fn read_code(api: &Api, _: &Caller, request: ReadCode) -> Result<CodeView, Fault> {
    let code = api.engine.read_code(&request.text)?;
    Ok(CodeView { sn: code.sn.to_string(), code: code.code.map(|code| code.reveal().clone()) })
}

pub(crate) async fn bind_printer(api: &Api, _: &Caller, request: BindRequest) -> Result<BindView, Fault> {
    let code = request.code.filter(|code| !code.is_empty()).map(Secret::new);
    let bound = api.engine.bind(&request.sn, code, request.name.as_deref(), request.model.as_deref()).await?;
    Ok(match bound {
        BindResult::CodeNeeded => BindView { sn: request.sn, stage: BindStage::CodeNeeded, printer: None },
        BindResult::Bound(status) => {
            BindView { sn: request.sn, stage: BindStage::Bound, printer: Some(convert::printer(*status)) }
        }
    })
}

pub(crate) async fn change_printer(api: &Api, _: &Caller, request: ChangePrinter) -> Result<PrinterView, Fault> {
    Ok(convert::printer(api.engine.change_printer(&request.sn, request.name, request.model).await?))
}

pub(crate) async fn unbind_printer(api: &Api, _: &Caller, request: PrinterRequest) -> Result<Nothing, Fault> {
    api.engine.unbind(&request.sn).await?;
    Ok(Nothing {})
}

pub(crate) async fn control_printer(api: &Api, _: &Caller, request: ControlRequest) -> Result<ControlView, Fault> {
    let answer = api.engine.control(&request.sn, &request.command).await?;
    Ok(ControlView {
        sn: request.sn,
        command: request.command,
        control_id: answer.control_id,
        status: answer.status,
        detail: answer.detail,
    })
}

pub(crate) async fn share_printer(api: &Api, _: &Caller, request: PrinterRequest) -> Result<ShareView, Fault> {
    let text = api.engine.share_text(&request.sn).await?;
    let code = qrcode::QrCode::new(text.as_bytes()).map_err(|error| {
        Fault::new(
            "share_failed",
            format!("The QR code could not be drawn: {error}."),
            "Share the serial number as text.",
        )
        .with_retry(Retry::No)
    })?;
    let dark = |color: qrcode::Color| if color == qrcode::Color::Dark { '1' } else { '0' };
    Ok(ShareView {
        sn: request.sn,
        text,
        size: u32::try_from(code.width()).unwrap_or(0),
        modules: code.to_colors().into_iter().map(dark).collect(),
    })
}

pub(crate) async fn unlock_document(api: &Api, _: &Caller, request: UnlockDocument) -> Result<DocumentView, Fault> {
    let (row, info) = api.engine.unlock(&request.document, request.password.0).await?;
    Ok(convert::document(row, info))
}

pub(crate) async fn render_preview(api: &Api, _: &Caller, request: RenderPreview) -> Result<PreviewView, Fault> {
    let window = Window { first: request.first, count: request.count.unwrap_or(PREVIEW_PAGES).clamp(1, MOST_PAGES) };
    let preview = api.engine.preview(&request.document, &request.printer, &request.options, window).await?;
    Ok(convert::preview(preview))
}

pub(crate) async fn start_print(api: &Api, caller: &Caller, request: StartPrint) -> Result<JobView, Fault> {
    let submission = Submission {
        caller: caller.name().to_owned(),
        document: request.document,
        printer: request.printer,
        options: request.options,
        reference: request.reference,
    };
    Ok(convert::job(api.engine.submit(submission).await?))
}

pub(crate) async fn list_jobs(api: &Api, _: &Caller, request: ListJobs) -> Result<Vec<JobView>, Fault> {
    let limit = request.limit.unwrap_or(SNAPSHOT_JOBS).clamp(1, 1000);
    Ok(api.engine.jobs(request.printer, limit).await?.into_iter().map(convert::job).collect())
}

pub(crate) async fn show_job(api: &Api, _: &Caller, request: JobRequest) -> Result<JobView, Fault> {
    Ok(convert::job(api.engine.job(&id(&request.job_id)?).await?))
}

pub(crate) async fn cancel_job(api: &Api, _: &Caller, request: JobRequest) -> Result<JobView, Fault> {
    Ok(convert::job(api.engine.cancel(&id(&request.job_id)?).await?))
}

pub(crate) async fn start_job(api: &Api, _: &Caller, request: StartJob) -> Result<JobView, Fault> {
    Ok(convert::job(api.engine.start_job(&id(&request.job_id)?, request.by_itself).await?))
}

pub(crate) async fn resolve_job(api: &Api, _: &Caller, request: ResolveJob) -> Result<JobView, Fault> {
    let id = id(&request.job_id)?;
    Ok(convert::job(match request.decision {
        Decision::Reprint => api.engine.resolve_reprint(&id).await?,
        Decision::Done => api.engine.resolve_done(&id).await?,
    }))
}

pub(crate) async fn print_again(api: &Api, caller: &Caller, request: PrintAgain) -> Result<JobView, Fault> {
    let password = request.password.map(|password| password.0);
    Ok(convert::job(api.engine.print_again(caller.name(), &id(&request.job_id)?, password).await?))
}

pub(crate) async fn show_settings(api: &Api, _: &Caller, _: Nothing) -> Result<SettingsView, Fault> {
    Ok(convert::settings(api.engine.settings().await?, api.engine.secrets_kind()))
}

pub(crate) async fn change_settings(api: &Api, _: &Caller, request: ChangeSettings) -> Result<SettingsView, Fault> {
    let ChangeSettings { language, theme, hold_uncertain, keep_documents_hours } = request;
    let settings = api.engine.change_settings(language, theme, hold_uncertain, keep_documents_hours).await?;
    Ok(convert::settings(settings, api.engine.secrets_kind()))
}

pub(crate) async fn show_world(api: &Api, _: &Caller, _: Nothing) -> Result<Option<WorldView>, Fault> {
    let Some(world) = &api.world else { return Ok(None) };
    let printers = world.printers().await;
    let running = printers.is_some();
    let bound = api.engine.printers().await?;
    let view = |printer: WorldPrinter| WorldPrinterView {
        bound: bound.iter().any(|known| known.row.sn == printer.sn && known.row.simulated),
        sn: printer.sn,
        name: printer.name,
        model: printer.model,
        wants_code: printer.wants_code,
        printed_code: printer.printed_code,
        faults: printer.faults,
    };
    Ok(Some(WorldView { running, printers: printers.unwrap_or_default().into_iter().map(view).collect() }))
}

/// Starts the world, uses its profile and binds its printers, so that somebody without a printer can print at once.
pub(crate) async fn start_world(api: &Api, caller: &Caller, _: Nothing) -> Result<WorldView, Fault> {
    let world = api.world.as_ref().ok_or_else(world_missing)?;
    let before = api.engine.profile().await?;
    let start = world.start().await?;
    if let Some(radio) = world.radio() {
        api.engine.join_radio(radio);
    }
    for (path, name) in world.ports() {
        api.engine.join_port(&path, Some(&name), true);
    }
    api.engine.use_profile(&start.profile_toml, None, true).await?;
    let bound = api.engine.printers().await?;
    for printer in &start.printers {
        let known = bound.iter().find(|known| known.row.sn == printer.sn);
        // A printer that is bound and whose binding the world remembers needs nothing.
        if known.is_some() && api.engine.refresh_printer(&printer.sn).await.is_ok() {
            continue;
        }
        bind_in_world(api, world.as_ref(), printer).await?;
    }
    // Trying without a printer must not take away the platform that is really used.
    if let Some(real) = before.filter(|profile| !profile.simulated) {
        api.engine.choose_profile(&real.profile.name).await?;
    }
    show_world(api, caller, Nothing {}).await?.ok_or_else(world_missing)
}

async fn bind_in_world(api: &Api, world: &dyn crate::World, printer: &WorldPrinter) -> Result<(), Fault> {
    let events = api.engine.events();
    let mut changes = events.follow(events.epoch(), events.last()).map_err(|_| world_silent())?;
    let bind = async |code: Option<Secret<String>>| {
        api.engine.bind(&printer.sn, code, Some(&printer.name), Some(&printer.model)).await
    };
    if let BindResult::Bound(_) = bind(None).await? {
        return Ok(());
    }
    // The printer prints its code at its own speed; every change of the world is an event.
    let printed = async {
        loop {
            let now = world.printers().await.unwrap_or_default();
            let code = now.into_iter().find(|known| known.sn == printer.sn).and_then(|known| known.printed_code);
            if let Some(code) = code {
                return Some(code);
            }
            changes.next().await.ok()?;
        }
    };
    let code = tokio::time::timeout(CODE_PRINTED, printed).await.ok().flatten().ok_or_else(world_silent)?;
    match bind(Some(Secret::new(code))).await? {
        BindResult::Bound(_) => Ok(()),
        BindResult::CodeNeeded => Err(world_silent()),
    }
}

pub(crate) async fn act_in_world(api: &Api, caller: &Caller, request: ActInWorld) -> Result<WorldView, Fault> {
    let world = api.world.as_ref().ok_or_else(world_missing)?;
    world.act(&request.sn, request.act).await?;
    show_world(api, caller, Nothing {}).await?.ok_or_else(world_missing)
}

pub(crate) async fn show_paper(api: &Api, _: &Caller, request: PrinterRequest) -> Result<Vec<SheetView>, Fault> {
    let world = api.world.as_ref().ok_or_else(world_missing)?;
    let mut sheets = world.paper(&request.sn).await?;
    for sheet in &mut sheets {
        sheet.handle = format!("sheet/{}/{}", request.sn, sheet.handle);
    }
    Ok(sheets)
}

/// What an event says to a client; `None` when it cannot be told, and the client has to take a new snapshot.
pub(crate) async fn event_body(api: &Api, change: Change) -> Option<EventBody> {
    let caller = &Caller::owner();
    let body = match change {
        Change::Printer(sn) => {
            // Gone by now: every number is told, so that no client sees a gap.
            match show_printer(api, caller, PrinterRequest { sn: sn.clone() }).await {
                Ok(printer) => EventBody::PrinterChanged { printer: Box::new(printer) },
                Err(fault) if fault.code == "printer_unknown" => EventBody::PrinterRemoved { sn },
                Err(_) => return None,
            }
        }
        Change::PrinterRemoved(sn) => EventBody::PrinterRemoved { sn },
        Change::Job(job) => match api.engine.job(&job).await {
            Ok(status) => EventBody::JobChanged { job: Box::new(convert::job(status)) },
            Err(fault) if fault.code == "job_unknown" => EventBody::JobRemoved { job_id: job.to_string() },
            Err(_) => return None,
        },
        Change::JobRemoved(job) => EventBody::JobRemoved { job_id: job.to_string() },
        Change::Settings => EventBody::SettingsChanged { settings: show_settings(api, caller, Nothing {}).await.ok()? },
        Change::Profile => EventBody::ProfileChanged { profile: show_profile(api, caller, Nothing {}).await.ok()? },
        Change::World => EventBody::WorldChanged { world: show_world(api, caller, Nothing {}).await.ok()? },
        Change::Nearby => {
            EventBody::NearbyChanged { nearby: crate::nearby::view(api, api.engine.nearby_quietly().await.ok()?) }
        }
        Change::Setup => EventBody::SetupChanged { setup: crate::setup::current(api).map(Box::new) },
        Change::Strip => EventBody::StripChanged { strip: crate::strip::current(api).map(Box::new) },
        Change::Notice { sn, event, detail } => EventBody::PrinterNotice { sn, event, detail },
    };
    Some(body)
}

fn id(text: &str) -> Result<JobId, Fault> {
    JobId::parse(text).ok_or_else(|| {
        Fault::new("job_unknown", "There is no such job.", "Look at the list of jobs.").with_retry(Retry::No)
    })
}

fn world_silent() -> Fault {
    Fault::new("world_silent", "The simulated printer did not print its code.", "Start the simulated world again.")
        .with_retry(Retry::Later)
}

fn world_missing() -> Fault {
    Fault::new(
        "world_missing",
        "This program carries no simulated world.",
        "Use the desktop program or `platen serve`.",
    )
    .with_retry(Retry::No)
}
