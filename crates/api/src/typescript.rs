//! The contract in TypeScript, made from the same types that the doors answer with.

use crate::requests::*;
use crate::table::METHODS;
use crate::views::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use ts_rs::{Config, TS};

/// `PageOptions` as the UI sends it. Kept beside the generated types because `model` knows no TypeScript; a test
/// compares its fields with the real ones.
const PAGE_OPTIONS: &str = "export type Dither = \"auto\" | \"threshold\" | \"floyd-steinberg\" | \"atkinson\" | \"ordered\";\n\
export type PageOptions = { width: number | null, dither: Dither, brightness: number, contrast: number, rotate: 0 | 90 | 180 | 270, \
invert: boolean, copies: number, cut: \"none\" | \"partial\" | \"full\", feed: number, textSize: number, };\n";

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
        ListJobs,
        Decision,
        ResolveJob,
        ChangeSettings,
        UseProfile,
        WorldAct,
        ActInWorld,
    );
    declarations.insert("Reading", declaration::<Reading<f64>>(&config));

    let mut text = String::from("// Made by `cargo xtask gen` from crates/api. Do not edit: the tests compare it.\n\n");
    text.push_str(PAGE_OPTIONS);
    for declaration in declarations.values() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n{declaration}");
    }
    text.push_str("\nexport type Tag = \"printers\" | \"jobs\" | \"settings\" | \"profile\" | \"world\";\n");
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
            assert!(PAGE_OPTIONS.contains(&format!(" {field}: ")), "{field} is missing in TypeScript");
        }
        assert_eq!(value.as_object().unwrap().len(), PAGE_OPTIONS.matches(": ").count());
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
