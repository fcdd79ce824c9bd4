//! What goes out. Every type here exists in TypeScript too (`ui/src/lib/generated/contract.ts`, made by
//! `cargo xtask gen` and compared by the tests). Times are milliseconds since 1970 UTC.

mod jobs;
mod nearby;
mod paper;
mod printers;
mod settings;
mod setup;
mod strip;

pub use jobs::{CarriedView, DocumentView, JobView, PageView, PreviewView, UncertainView};
pub use nearby::{
    BluetoothView, CandidateView, CharacteristicView, DeviceView, FrameView, FramesView, NamedView, NearbyView,
    ReadingsView, ReplayFrameView, ReplayPageView, ReplayView, ServiceView, SetupView, TraceView, TreeView, ValueView,
};
pub use paper::{SheetView, WorldPrinterView, WorldView};
pub use printers::{
    BindStage, BindView, CodeView, ControlView, FirmwareView, ModelView, PrinterStateView, PrinterView, ProblemView,
    Reading, ShareView,
};
pub use settings::{AppView, CheckStatus, CheckView, DoctorView, ProfileView, SettingsView};
pub use setup::{ChosenView, LabelView, NetworkView, ObstacleView, SetupDeviceView, SetupFactsView, WizardView};
pub use strip::{OwnModelsView, StripView};

use serde::Serialize;
use ts_rs::TS;

/// An error as every door gives it. Act on `code`; the sentences are for people and may change.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ErrorView {
    /// Stable: lower case, words joined by `_`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub remedy: String,
    /// `no`, `later` or `after-remedy`.
    pub retry: String,
}

/// Everything a client needs to begin; then it follows [`EventView`]s from `seq` on.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Which run of the engine the numbers belong to. Another epoch means: take a new snapshot.
    pub epoch: String,
    /// Number of the last event that this snapshot contains.
    #[ts(type = "number")]
    pub seq: u64,
    /// Name, version, brand.
    pub app: AppView,
    /// All bound printers, by name.
    pub printers: Vec<PrinterView>,
    /// The newest 200 jobs, newest first.
    pub jobs: Vec<JobView>,
    /// The user's choices.
    pub settings: SettingsView,
    /// The platform profile in use.
    pub profile: Option<ProfileView>,
    /// The simulated world, when this program carries one.
    pub world: Option<WorldView>,
    /// What is near.
    pub nearby: NearbyView,
    /// The set-up that runs or has just ended.
    pub setup: Option<Box<WizardView>>,
    /// The test strip that runs or has just ended.
    pub strip: Option<Box<StripView>>,
}

/// One numbered event. A gap in `seq` means: take a new snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// See [`Snapshot::epoch`].
    pub epoch: String,
    /// Grows by one.
    #[ts(type = "number")]
    pub seq: u64,
    /// When it happened.
    #[ts(type = "number")]
    pub at: i64,
    /// What happened.
    pub body: EventBody,
}

/// What happened. Each body carries the whole new view, so a client only replaces.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "kind")]
pub enum EventBody {
    /// A printer appeared or changed.
    PrinterChanged {
        /// The printer as it is now.
        printer: Box<PrinterView>,
    },
    /// A printer was unbound.
    PrinterRemoved {
        /// Its serial number.
        sn: String,
    },
    /// A job appeared or changed.
    JobChanged {
        /// The job as it is now.
        job: Box<JobView>,
    },
    /// A job was forgotten.
    JobRemoved {
        /// Which one.
        job_id: String,
    },
    /// The user's choices changed.
    SettingsChanged {
        /// The choices as they are now.
        settings: SettingsView,
    },
    /// Another profile is in use.
    ProfileChanged {
        /// The profile, if any.
        profile: Option<ProfileView>,
    },
    /// The simulated world started, stopped or changed.
    WorldChanged {
        /// The world as it is now.
        world: Option<WorldView>,
    },
    /// Bluetooth, the search or what is near changed.
    NearbyChanged {
        /// What is near now.
        nearby: NearbyView,
    },
    /// A set-up began, changed or ended.
    SetupChanged {
        /// The set-up as it is now; `null` when there is none any more.
        setup: Option<Box<WizardView>>,
    },
    /// A test strip began, went on or ended.
    StripChanged {
        /// The test strip as it is now; `null` when there is none any more.
        strip: Option<Box<StripView>>,
    },
    /// A printer told something that belongs to no job.
    PrinterNotice {
        /// Which printer.
        sn: String,
        /// The device's own word, for example `stop_print`.
        event: String,
        /// The device's own text.
        detail: String,
    },
}
