//! Documents, previews and jobs going out.

use super::ErrorView;
use serde::Serialize;
use ts_rs::TS;

/// A document that was handed in and can be previewed and printed for 24 hours.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// Handle for `preview.render` and `print.start`.
    pub document: String,
    /// The label that its owner gave it.
    pub name: String,
    /// `png`, `jpeg`, `webp`, `gif`, `bmp`, `tiff`, `svg`, `pdf`, `markdown` or `text`.
    pub kind: String,
    /// Bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// Pixels from left to right, for pictures.
    pub width: Option<u32>,
    /// Pixels from top to bottom, for pictures.
    pub height: Option<u32>,
    /// It needs a password: `document.unlock` before `preview.render` and `print.start`.
    pub locked: bool,
}

/// Pages of a preview: the decoded PRN, so they equal the paper dot for dot. A long document comes a few pages at a
/// time: ask again with `first`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PreviewView {
    /// The pages from `first` on.
    pub pages: Vec<PageView>,
    /// Place of the first of `pages` among all pages of paper, from 0.
    pub first: u32,
    /// Pages of paper in one copy.
    pub page_count: u32,
    /// Pages of the document itself, whichever of them are printed: what `options.pages` counts.
    pub leaves: u32,
    /// Dots per inch.
    pub dpi: u32,
    /// The dither that was really used for the first of `pages` (`auto` has chosen).
    pub dither: String,
    /// Bytes of PRN for these pages.
    #[ts(type = "number")]
    pub prn_bytes: u64,
    /// Paper that these pages use, with the feed after each, in millimetres.
    pub paper_mm: f64,
    /// Characters on these pages that no font has; they print as an empty box.
    pub missing: Vec<String>,
}

/// A page of a preview.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageView {
    /// Blob handle of the dots (PNG, one bit a dot).
    pub dots: String,
    /// Blob handle of the same page before it became dots and before its tones were changed (PNG, 8 bits of grey), of
    /// the same size.
    pub grey: String,
    /// Dots from left to right.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
    /// The same in millimetres.
    pub width_mm: f64,
    /// The same in millimetres.
    pub height_mm: f64,
    /// SHA-256 of the packed rows, hexadecimal.
    pub sha256: String,
}

/// One request to print.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    /// Our id: 32 hexadecimal digits.
    pub job_id: String,
    /// The caller's own reference.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Serial number of the printer.
    pub printer: String,
    /// Name of the document.
    pub title: String,
    /// Kind of the document.
    pub document_kind: String,
    /// `waiting`, `rendering`, `ready`, `sending`, `sent`, `done`, `failed`, `cancelled` or `uncertain`.
    pub state: String,
    /// 0 to 1: of its bytes while it is `sending`, of its paper from then on.
    pub progress: f64,
    /// Always true: a job is shown only once it is durable.
    pub accepted: bool,
    /// The same document came from the same caller within the last minute, without a reference.
    pub possible_duplicate: bool,
    /// The printer's own words about the job.
    pub detail: String,
    /// Why it failed, or what is uncertain.
    pub error: Option<ErrorView>,
    /// Set while the user has to decide.
    pub uncertain: Option<UncertainView>,
    /// How many copies.
    pub copies: u32,
    /// Pages of one copy, once rendered.
    pub pages: Option<u32>,
    /// How often it was sent.
    pub attempt: u32,
    /// How far it got over Bluetooth.
    pub carried: Option<CarriedView>,
    /// Whether it begins by itself once its printer is met again: `by-rule` (for an hour), `yes` or `no`.
    pub starts_later: String,
    /// What the platform calls it.
    pub platform_job_id: Option<String>,
    /// The job that this one prints again.
    pub reprint_of: Option<String>,
    /// When it was accepted.
    #[ts(type = "number")]
    pub accepted_at: i64,
    /// When it last changed.
    #[ts(type = "number")]
    pub changed_at: i64,
    /// `job.cancel` would do something.
    pub can_cancel: bool,
    /// `job.again` would work: the document is still here.
    pub can_print_again: bool,
    /// Blob handle of the page as burned, once rendered.
    pub page: Option<String>,
}

/// How far a job got over Bluetooth.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CarriedView {
    /// Bytes for the printer.
    #[ts(type = "number")]
    pub total: u64,
    /// Bytes that were handed over.
    #[ts(type = "number")]
    pub sent: u64,
    /// Bytes that the printer itself has acknowledged.
    #[ts(type = "number")]
    pub acknowledged: u64,
}

/// What is known about a job that may be on paper.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UncertainView {
    /// About how much is on paper, 0 to 1.
    pub about: f64,
    /// Jobs behind it that wait for the decision.
    pub holding: u32,
}
