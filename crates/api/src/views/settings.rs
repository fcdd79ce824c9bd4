//! The program, its settings and its health going out.

use serde::Serialize;
use ts_rs::TS;

/// Name, version, brand.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppView {
    /// The brand's name for the program.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// Folder name of the brand.
    pub brand: String,
}

/// The user's choices.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// `en`, `zh-CN`, `th`, or empty for the system's.
    pub language: String,
    /// `light`, `dark`, or empty for the system's.
    pub theme: String,
    /// Whether jobs behind an uncertain one wait for the decision.
    pub hold_uncertain: bool,
    /// Hours after which finished documents are deleted.
    pub keep_documents_hours: u32,
    /// `keychain` or `protected-file`.
    pub secrets: String,
}

/// A platform profile.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// Its name.
    pub name: String,
    /// `direct` or `via-tenant`.
    pub mode: String,
    /// Host of the HTTP interface.
    pub http_host: String,
    /// Host of the message broker.
    pub mqtt_host: String,
    /// Both travel over TLS.
    pub encrypted: bool,
    /// It belongs to the simulated world.
    pub simulated: bool,
}

/// What works on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoctorView {
    /// Everything looked at.
    pub checks: Vec<CheckView>,
}

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum CheckStatus {
    /// Works.
    Ok,
    /// Works with less.
    Warning,
    /// Does not work.
    Missing,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckView {
    /// Stable, for example `secrets`.
    pub id: String,
    /// Works or not.
    pub status: CheckStatus,
    /// What was found.
    pub detail: String,
    /// How to fix it; empty when there is nothing to fix.
    pub remedy: String,
}
