//! Drawings: SVG.
//!
//! Source: promise CT-3 (no document type, `data:` pictures only, at most 5 MiB and 200,000 nodes) and the measurements
//! behind it: a library with its defaults reads local files, and a kilobyte of nested `use` becomes seconds. So the
//! parts are counted before anything is expanded (`guard`), the work is estimated before anything is drawn (`cost`),
//! and no name is ever looked up outside of the file. A drawing is drawn at the width of the paper, never scaled
//! afterwards. Deliberately absent: scripts, animation, compressed SVG.

mod cost;
mod guard;
mod plain;
mod raster;

use crate::channel::Channel;
use crate::error::{Excess, Refusal, RenderError};
use crate::fonts::{Fonts, MAIN_FAMILY};
use crate::leaf::{Document, Leaf, Nature, Rows, View};
use crate::picture;
use platen_model::DocumentKind;
use resvg::usvg::{self, ImageHrefResolver, ImageKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use usvg::roxmltree;

/// The largest drawing, in bytes.
const MAX_BYTES: usize = 5 << 20;

/// User units per inch, as CSS has them.
const CSS_DPI: f64 = 96.0;

/// How far the first tag is looked for.
const HEAD: usize = 64 << 10;

/// A drawing, parsed.
pub(crate) struct Drawing {
    tree: usvg::Tree,
    survey: cost::Survey,
    channel: Channel,
}

/// Reads a drawing.
pub(crate) fn open(bytes: &[u8], channel: Channel) -> Result<Drawing, RenderError> {
    let tree = parse(bytes)?;
    let survey = cost::survey(&tree, 1.0 / f64::from(tree.size().width()), 1.0)?;
    Ok(Drawing { tree, survey, channel })
}

impl Document for Drawing {
    fn leaves(&mut self) -> u32 {
        1
    }

    fn leaf(&mut self, _: u32) -> Result<Leaf, RenderError> {
        let size = self.tree.size();
        let (width, height) = (f64::from(size.width()), f64::from(size.height()));
        Ok(Leaf { width, height, dpi: CSS_DPI, set: false })
    }

    fn nature(&mut self, _: u32, _: &View) -> Result<Nature, RenderError> {
        Ok(self.survey.nature)
    }

    fn draw(&mut self, _: u32, view: &View, rows: &mut Rows<'_>) -> Result<(), RenderError> {
        raster::draw(&self.tree, self.channel, view, rows)
    }

    fn missing(&self) -> Vec<char> {
        Fonts::get().missing(self.survey.text.chars()).into_iter().collect()
    }
}

fn parse(bytes: &[u8]) -> Result<usvg::Tree, RenderError> {
    if bytes.len() > MAX_BYTES {
        return Err(RenderError::TooLarge(Excess::Bytes { size: bytes.len(), most: MAX_BYTES }));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| damaged(&error))?;
    let limits = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: guard::MAX_NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, limits).map_err(|error| match error {
        roxmltree::Error::DtdDetected => RenderError::SvgRefused(Refusal::Doctype),
        roxmltree::Error::NodesLimitReached => RenderError::SvgRefused(Refusal::TooManyNodes),
        other => damaged(&other),
    })?;
    guard::check(&document).map_err(RenderError::SvgRefused)?;

    let pictures = Pictures::default();
    // A drawing without text does not wait for the fonts.
    let has_text = document.descendants().any(|node| node.tag_name().name() == "text");
    let fonts = if has_text { Fonts::get().drawing() } else { Arc::default() };
    let options = usvg::Options {
        resources_dir: None,
        font_family: MAIN_FAMILY.to_owned(),
        fontdb: fonts,
        image_href_resolver: pictures.resolver(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_xmltree(&document, &options).map_err(|error| damaged(&error))?;
    drop(options);
    match pictures.refused() {
        Some(refusal) => Err(RenderError::SvgRefused(refusal)),
        None => Ok(tree),
    }
}

fn damaged(error: &dyn std::fmt::Display) -> RenderError {
    RenderError::Damaged { kind: DocumentKind::Svg, detail: error.to_string() }
}

/// Decides about each picture that a drawing refers to, and remembers whether one was refused: a drawing is printed
/// whole or not at all.
#[derive(Default)]
struct Pictures {
    refused: AtomicU8,
}

impl Pictures {
    const FOREIGN: u8 = 1;
    const BAD: u8 = 2;

    fn resolver(&self) -> ImageHrefResolver<'_> {
        ImageHrefResolver {
            resolve_data: Box::new(|_, data, _| self.embedded(data)),
            resolve_string: Box::new(|_, _| {
                self.refused.store(Self::FOREIGN, Ordering::Relaxed);
                None
            }),
        }
    }

    /// The kind of an embedded picture, told by its content; never another drawing.
    fn embedded(&self, data: Arc<Vec<u8>>) -> Option<ImageKind> {
        let found = cost::picture_kind(&data).filter(|&kind| picture::size(kind, &data).is_ok());
        match found {
            Some(DocumentKind::Png) => Some(ImageKind::PNG(data)),
            Some(DocumentKind::Jpeg) => Some(ImageKind::JPEG(data)),
            Some(DocumentKind::Gif) => Some(ImageKind::GIF(data)),
            Some(DocumentKind::Webp) => Some(ImageKind::WEBP(data)),
            _ => {
                self.refused.store(Self::BAD, Ordering::Relaxed);
                None
            }
        }
    }

    fn refused(&self) -> Option<Refusal> {
        match self.refused.load(Ordering::Relaxed) {
            Self::FOREIGN => Some(Refusal::ForeignPicture),
            Self::BAD => Some(Refusal::BadPicture),
            _ => None,
        }
    }
}

/// Whether the first tag is `svg`, behind declarations and comments.
pub(crate) fn is_svg(bytes: &[u8]) -> bool {
    first_tag(bytes).is_some_and(|tag| {
        let name = tag.split(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).next().unwrap_or("");
        name.rsplit(':').next() == Some("svg")
    })
}

/// The size that the first tag announces, in user units; `None` when it takes more than that tag to tell.
pub(crate) fn announced_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let tag = first_tag(bytes)?;
    let tag = tag.split('>').next()?;
    let units = |text: &str| text.trim().trim_end_matches("px").parse::<f64>().ok().filter(|units| *units >= 0.5);
    let pair = match (attribute(tag, "width").and_then(units), attribute(tag, "height").and_then(units)) {
        (Some(width), Some(height)) => Some((width, height)),
        _ => {
            let view = attribute(tag, "viewBox")?;
            let numbers: Vec<f64> =
                view.split([' ', ',']).filter(|part| !part.is_empty()).map_while(|part| part.parse().ok()).collect();
            match numbers.as_slice() {
                [_, _, width, height] if *width >= 0.5 && *height >= 0.5 => Some((*width, *height)),
                _ => None,
            }
        }
    };
    // The cast saturates, and the numbers are only shown.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pair.map(|(width, height)| (width.round() as u32, height.round() as u32))
}

/// The text from the first tag's name on.
fn first_tag(bytes: &[u8]) -> Option<&str> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let head = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    };
    let mut rest = head.trim_start_matches('\u{FEFF}').trim_start();
    loop {
        rest = rest.strip_prefix('<')?;
        let end = if rest.starts_with("!--") {
            "-->"
        } else if rest.starts_with('?') {
            "?>"
        } else if let Some(definition) = rest.strip_prefix('!') {
            if definition.contains('[') { "]>" } else { ">" }
        } else {
            return Some(rest);
        };
        rest = rest.split_once(end)?.1.trim_start();
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.match_indices(name).find_map(|(at, _)| {
        let before = tag.get(..at)?.chars().next_back()?;
        let value = tag.get(at + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let value = value.get(1..)?.split(quote).next()?;
        before.is_ascii_whitespace().then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_tag_decides() {
        for svg in [
            "<svg/>",
            "\u{FEFF} <?xml version='1.0'?>\n<!-- <html> -->\n<svg xmlns='http://www.w3.org/2000/svg'>",
            "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x'><svg>",
            "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>",
            "<svg:svg xmlns:svg='http://www.w3.org/2000/svg'>",
        ] {
            assert!(is_svg(svg.as_bytes()), "{svg}");
        }
        for other in ["", "<", "svg", "<html><svg/></html>", "<!-- <svg/>", "<svgx>", "hello <svg>"] {
            assert!(!is_svg(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn the_size_is_told_without_parsing() {
        let size = |tag: &str| announced_size(tag.as_bytes());
        assert_eq!(size("<svg width='40px' height=\"30\">"), Some((40, 30)));
        assert_eq!(size("<svg viewBox='0 0 12.4,7'/>"), Some((12, 7)));
        assert_eq!(size("<svg width='100%' height='100%' viewBox='0 0 20 10'>"), Some((20, 10)));
        assert_eq!(size("<svg data-width='5' height='3'>"), None);
        assert_eq!(size("<svg width='9' height='-2'>"), None);
    }
}
