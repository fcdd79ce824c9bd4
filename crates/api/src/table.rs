//! The one method table. From it come the dispatch of every door, the TypeScript types, and the tags that tell a
//! client what a call made stale.

use crate::dispatch::{Api, Caller};
use crate::methods::*;
use crate::nearby::*;
use crate::requests::*;
use crate::setup::*;
use crate::strip::*;
use crate::views::*;
use platen_model::Fault;
use serde_json::Value;
use ts_rs::TS;

/// What a call can make stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Tag {
    Printers,
    Jobs,
    Settings,
    Profile,
    World,
    Nearby,
    Setup,
    Strip,
}

/// A row of the table.
pub struct MethodInfo {
    /// The method's name.
    pub name: &'static str,
    /// What it makes stale; empty for reads.
    pub changes: &'static [Tag],
    /// TypeScript name of the request.
    pub request: fn(&ts_rs::Config) -> String,
    /// TypeScript name of the response.
    pub response: fn(&ts_rs::Config) -> String,
}

macro_rules! methods {
    ($($(#[doc = $doc:literal])* $name:literal => $function:ident($request:ty) -> $response:ty, changes [$($tag:ident),*];)*) => {
        /// Every method, in the order of the table.
        pub const METHODS: &[MethodInfo] = &[$(MethodInfo {
            name: $name,
            changes: &[$(Tag::$tag),*],
            request: <$request as TS>::name,
            response: <$response as TS>::name,
        }),*];

        /// Calls `method` with `params`; `null` counts as no parameters.
        pub(crate) async fn call(api: &Api, caller: &Caller, method: &str, params: Value) -> Result<Value, Fault> {
            match method {
                $($name => {
                    let request: $request = crate::dispatch::read(params)?;
                    let response: $response = $function(api, caller, request).await?;
                    crate::dispatch::write(&response)
                })*
                _ => Err(crate::dispatch::unknown_method(method)),
            }
        }
    };
}

methods! {
    /// Everything a client needs to begin.
    "state.snapshot" => snapshot(Nothing) -> Snapshot, changes [];
    /// What works on this machine, what is missing, how to fix it.
    "app.doctor" => doctor(Nothing) -> DoctorView, changes [];

    "profile.show" => show_profile(Nothing) -> Option<ProfileView>, changes [];
    "profile.use" => use_profile(UseProfile) -> ProfileView, changes [Profile];

    "models.list" => list_models(Nothing) -> Vec<ModelView>, changes [];
    /// The user's own models, and what is wrong with their file.
    "models.own" => own_models(Nothing) -> OwnModelsView, changes [];

    "printers.list" => list_printers(Nothing) -> Vec<PrinterView>, changes [];
    "printer.show" => show_printer(PrinterRequest) -> PrinterView, changes [];
    "printer.state" => printer_state(StateRequest) -> PrinterView, changes [Printers];
    "printer.read-code" => read_code(ReadCode) -> CodeView, changes [];
    "printer.bind" => bind_printer(BindRequest) -> BindView, changes [Printers];
    "printer.change" => change_printer(ChangePrinter) -> PrinterView, changes [Printers];
    "printer.unbind" => unbind_printer(PrinterRequest) -> Nothing, changes [Printers, Jobs];
    "printer.control" => control_printer(ControlRequest) -> ControlView, changes [Printers];
    "printer.share" => share_printer(PrinterRequest) -> ShareView, changes [];

    "nearby.start" => start_search(Nothing) -> NearbyView, changes [Nearby];
    "nearby.stop" => stop_search(Nothing) -> NearbyView, changes [Nearby];
    "nearby.list" => list_nearby(Nothing) -> NearbyView, changes [];
    "nearby.blink" => blink(DeviceRequest) -> Nothing, changes [];
    "nearby.add" => add_device(AddDevice) -> PrinterView, changes [Printers, Nearby];
    "nearby.ask" => ask_device(AskDevice) -> ReadingsView, changes [];
    "nearby.gatt" => show_gatt(DeviceRequest) -> TreeView, changes [];

    "setup.start" => start_setup(StartSetup) -> WizardView, changes [Setup];
    "setup.show" => show_setup(Nothing) -> Option<WizardView>, changes [];
    "setup.answer" => answer_setup(SetupAnswer) -> WizardView, changes [Setup];
    "setup.cancel" => cancel_setup(Nothing) -> Nothing, changes [Setup];
    /// An unknown device becomes a printer: a test strip, and questions about it.
    "strip.start" => start_strip(DeviceRequest) -> StripView, changes [Strip];
    "strip.show" => show_strip(Nothing) -> Option<StripView>, changes [];
    "strip.answer" => answer_strip(StripAnswer) -> StripView, changes [Strip, Printers, Nearby];
    "strip.cancel" => cancel_strip(Nothing) -> Nothing, changes [Strip];
    "label.read" => read_label(ReadLabel) -> LabelView, changes [];

    /// Diagnostics: a link to look at, and what goes over every link of the device.
    "gatt.open" => open_gatt(DeviceRequest) -> TreeView, changes [];
    "gatt.close" => close_gatt(DeviceRequest) -> Nothing, changes [];
    "gatt.write" => write_gatt(GattWrite) -> ValueView, changes [];
    "gatt.read" => read_gatt(GattPlace) -> ValueView, changes [];
    "gatt.subscribe" => subscribe_gatt(GattPlace) -> ValueView, changes [];
    "gatt.frames" => gatt_frames(GattFrames) -> FramesView, changes [];
    "trace.start" => start_trace(DeviceRequest) -> Nothing, changes [];
    "trace.stop" => stop_trace(DeviceRequest) -> TraceView, changes [];
    "trace.replay" => replay_trace(ReplayTrace) -> ReplayView, changes [];

    "document.unlock" => unlock_document(UnlockDocument) -> DocumentView, changes [];
    "preview.render" => render_preview(RenderPreview) -> PreviewView, changes [];
    "print.start" => start_print(StartPrint) -> JobView, changes [Jobs];

    "jobs.list" => list_jobs(ListJobs) -> Vec<JobView>, changes [];
    "job.show" => show_job(JobRequest) -> JobView, changes [];
    "job.cancel" => cancel_job(JobRequest) -> JobView, changes [Jobs];
    "job.start" => start_job(StartJob) -> JobView, changes [Jobs];
    "job.resolve" => resolve_job(ResolveJob) -> JobView, changes [Jobs];
    "job.again" => print_again(PrintAgain) -> JobView, changes [Jobs];

    "settings.show" => show_settings(Nothing) -> SettingsView, changes [];
    "settings.change" => change_settings(ChangeSettings) -> SettingsView, changes [Settings];

    "world.show" => show_world(Nothing) -> Option<WorldView>, changes [];
    "world.start" => start_world(Nothing) -> WorldView, changes [World, Profile];
    "world.act" => act_in_world(ActInWorld) -> WorldView, changes [World];
    "world.paper" => show_paper(PrinterRequest) -> Vec<SheetView>, changes [];
}
