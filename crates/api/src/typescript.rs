//! The contract in TypeScript, made from the same types that the doors answer with.

use crate::requests::*;
use crate::table::METHODS;
use crate::views::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use ts_rs::{Config, TS};

/// `PageOptions` as the UI sends it. Kept beside the generated types because `model` knows no TypeScript; a test
/// compares its fields with the real ones.
const PAGE_OPTIONS: &str = "export type Dither = \"auto\" | \"mixed\" | \"threshold\" | \"otsu\" | \"adaptive\" | \"floyd-steinberg\" | \"atkinson\" | \"jarvis\" | \"stucki\" | \"sierra-lite\" | \"bayer4\" | \"bayer8\" | \"clustered\" | \"blue-noise\";
export type PageOptions = {
/** Dots; the printer's own width when null. */
width: number | null,
/** Size of the sheet in tenths of a millimetre; a roll when null. */
paper: { width: number; height: number } | null,
/** Tenths of a millimetre. */
margin: number,
orientation: \"auto\" | \"portrait\" | \"landscape\",
fit: \"fit\" | \"fill\" | \"actual\",
/** Hundredths of a percent of the page as it is seen upright. */
crop: { left: number; top: number; width: number; height: number } | null,
rotate: 0 | 90 | 180 | 270,
/** For example `1-3,5,9-`; empty for all. */
pages: string,
perSheet: 1 | 2 | 4 | 6 | 8 | 9 | 16,
duplex: \"off\" | \"long-edge\" | \"short-edge\",
copies: number,
collate: boolean,
dither: Dither,
/** Bits a dot: of grey, or 24 for colours. */
depth: 1 | 2 | 4 | 8 | 24,
threshold: number,
autoLevels: boolean,
brightness: number,
contrast: number,
/** Hundredths. */
gamma: number,
sharpness: number,
invert: boolean,
cut: \"none\" | \"partial\" | \"full\",
feed: number,
textSize: number, };
";

/// The whole file `ui/src/lib/generated/contract.ts`.
pub fn contract() -> String {
    let config = Config::default();
    let mut declarations = BTreeMap::new();
    macro_rules! declare {
        ($($name:ident),* $(,)?) => { $(declarations.insert(stringify!($name), declaration::<$name>(&config));)* };
    }
    declare!(
        ErrorView,
        Snapshot,
        EventView,
        EventBody,
        DocumentView,
        JobView,
        PageView,
        PreviewView,
        UncertainView,
        SheetView,
        WorldPrinterView,
        WorldView,
        BindStage,
        BindView,
        CodeView,
        ControlView,
        FirmwareView,
        ModelView,
        PrinterStateView,
        PrinterView,
        ProblemView,
        ShareView,
        AppView,
        CheckStatus,
        CheckView,
        DoctorView,
        ProfileView,
        SettingsView,
        Nothing,
        PrinterRequest,
        StateRequest,
        BindRequest,
        ChangePrinter,
        ReadCode,
        ControlRequest,
        RenderPreview,
        StartPrint,
        JobRequest,
        PrintAgain,
        UnlockDocument,
        ListJobs,
        Decision,
        ResolveJob,
        StartJob,
        CarriedView,
        ChangeSettings,
        UseProfile,
        WorldAct,
        ActInWorld,
        BluetoothView,
        CandidateView,
        CharacteristicView,
        DeviceView,
        FrameView,
        FramesView,
        NamedView,
        NearbyView,
        ReadingsView,
        ReplayFrameView,
        ReplayPageView,
        ReplayView,
        ServiceView,
        SetupView,
        TraceView,
        TreeView,
        ValueView,
        DeviceRequest,
        AddDevice,
        AskDevice,
        GattFrames,
        GattPlace,
        GattWrite,
        ReplayTrace,
        ChosenView,
        LabelView,
        NetworkView,
        ObstacleView,
        SetupDeviceView,
        SetupFactsView,
        WizardView,
        ReadLabel,
        SetupAnswer,
        StartSetup,
        OwnModelsView,
        StripView,
        StripAnswer,
    );
    declarations.insert("Reading", declaration::<Reading<f64>>(&config));

    let mut text = String::from("// Made by `cargo xtask gen` from crates/api. Do not edit: the tests compare it.\n\n");
    text.push_str(PAGE_OPTIONS);
    for declaration in declarations.values() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n{declaration}");
    }
    text.push_str(
        "\nexport type Tag = \"printers\" | \"jobs\" | \"settings\" | \"profile\" | \"world\" | \"nearby\" | \"setup\" | \"strip\";\n",
    );
    text.push_str("\nexport interface Methods {\n");
    for method in METHODS {
        let _ = writeln!(
            text,
            "  {:?}: {{ request: {}; response: {} }};",
            method.name,
            (method.request)(&config),
            (method.response)(&config)
        );
    }
    text.push_str(
        "}\n\n/** What each call makes stale. */\nexport const CHANGES: Record<keyof Methods, readonly Tag[]> = {\n",
    );
    for method in METHODS {
        let tags: Vec<_> = method.changes.iter().map(|tag| format!("{tag:?}").to_lowercase()).collect();
        let _ = writeln!(text, "  {:?}: {tags:?},", method.name);
    }
    text.push_str("};\n");
    text
}

fn declaration<T: TS>(config: &Config) -> String {
    let declaration = T::decl(config);
    // Doc comments of the fields come along; those of the type itself are added by ts-rs only in its own export.
    format!("export {declaration}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_options_have_the_same_fields_in_both_languages() {
        let value = serde_json::to_value(platen_model::PageOptions::default()).unwrap();
        for field in value.as_object().unwrap().keys() {
            assert!(PAGE_OPTIONS.contains(&format!("\n{field}: ")), "{field} is missing in TypeScript");
        }
        let declared = PAGE_OPTIONS.lines().filter(|line| line.ends_with(',') || line.ends_with("};")).count();
        assert_eq!(value.as_object().unwrap().len(), declared);
    }

    #[test]
    fn every_method_has_a_row_and_no_name_stands_twice() {
        let names: std::collections::BTreeSet<_> = METHODS.iter().map(|method| method.name).collect();
        assert_eq!(names.len(), METHODS.len());
        let text = contract();
        for name in names {
            assert!(text.contains(&format!("\"{name}\": {{ request")));
        }
    }
}
