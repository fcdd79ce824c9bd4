//! Documents become pages of dots: pictures, drawings and text, in any script, the same dots on every machine.
//!
//! ```text
//! bytes ─identify─▶ kind ─open─▶ leaves ─layout─▶ rows of grey ─levels─▶ tones ─▶ bands of dots, page after page
//! ```
//!
//! Source: section 2 of the architecture, promises CT-2, CT-3 and CT-6. This crate is pure: bytes and its own fonts in,
//! dots out. It looks up no file, no address and no system font, and equal input gives equal dots: whole-number
//! arithmetic in the tones, filters without library functions, one thread.
//!
//! Deliberately absent: printer languages (`platen-printers`), copies, cut and feed (the job's), and the child process
//! that the engine renders foreign documents in; the limits here hold in any process.
#![deny(unsafe_code)] // allowed in one place, tones/wide.rs
#![warn(missing_docs)]

mod channel;
mod colour;
mod compose;
mod drawing;
mod error;
mod fonts;
mod grey;
mod guard;
mod identify;
mod layout;
mod leaf;
mod margins;
mod markdown;
mod page;
mod pdf;
mod picture;
mod press;
mod scale;
mod source;
mod stages;
mod text;
pub mod tones;

pub use error::{Excess, Refusal, RenderError};
pub use guard::is_reading;
pub use identify::{DocumentInfo, Encoding, identify};
pub use layout::{Area, order};
pub use leaf::Nature;
pub use page::{MAX_PAGE_ROWS, Rendered, Summary, Target, render, render_to};
pub use press::{MAX_PAGES, PageSink, PageSize, Stopped};
pub use source::Source;
pub use stages::{GreyPage, GreySink, GreySize, Laid, Window, lay_out_to, layout_options, press};
