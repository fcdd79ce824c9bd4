//! `platen decode`: from PRN to a picture of the paper, without an engine.

use super::{files, languages};
use crate::args::Decode;
use crate::output::{Ending, Output};
use platen_model::{Bitmap, Fault, Retry};
use platen_printers::package::{Compression, DEFAULT_CAP, unpack};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// What gzip begins with.
const GZIP: &[u8] = &[0x1F, 0x8B];

pub(super) fn run(args: &Decode, data: Option<&Path>, output: Output) -> Result<Ending, Fault> {
    let chosen = languages::choose(args.lang.as_deref(), args.model.as_deref(), data)?;
    let (_, file) = files::read(&args.file)?;
    let prn = if file.starts_with(GZIP) {
        Cow::Owned(unpack(&file, Compression::Gzip, DEFAULT_CAP).map_err(|error| error.fault())?)
    } else {
        Cow::Borrowed(&*file)
    };
    let decoded = if args.model.is_some() {
        chosen.language.decode_for(&chosen.model, &prn)
    } else {
        chosen.language.decode(&prn)
    };
    let decoded = decoded.map_err(|error| error.fault())?;
    for command in &decoded.commands {
        output.value(command)?;
    }
    if decoded.pages.is_empty() {
        return Err(Fault::new("page_unknown", "There is no page in this file.", "Check that it is of this language.")
            .with_retry(Retry::No));
    }
    for (index, page) in decoded.pages.iter().enumerate() {
        let file = numbered(&args.output, index + 1, decoded.pages.len());
        files::write(&file, &png(page)?)?;
        let sha256 = hex::encode(Sha256::digest(page.bytes()));
        let mut line = languages::facts((page.width(), page.height(), page.depth()), &sha256);
        if let Some(fields) = line.as_object_mut() {
            fields.insert("page".to_owned(), (index + 1).into());
            fields.insert("file".to_owned(), file.to_string_lossy().into());
        }
        output.value(&line)?;
        output.say(&format!("{}: {} × {} dots", file.display(), page.width(), page.height()))?;
    }
    Ok(Ending::Done)
}

/// The name for page `number` of `count`: a page that is alone has the name itself.
fn numbered(path: &Path, number: usize, count: usize) -> PathBuf {
    if count == 1 {
        return path.to_path_buf();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{number}{extension}"))
}

fn png(page: &Bitmap) -> Result<Vec<u8>, Fault> {
    let failed = |error: png::EncodingError| {
        Fault::new("picture_failed", format!("The picture cannot be written: {error}."), "Report this.")
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, page.width(), page.height());
    encoder.set_color(if page.depth() == 24 { png::ColorType::Rgb } else { png::ColorType::Grayscale });
    encoder.set_depth(match page.depth() {
        2 => png::BitDepth::Two,
        4 => png::BitDepth::Four,
        8 | 24 => png::BitDepth::Eight,
        _ => png::BitDepth::One,
    });
    let mut writer = encoder.write_header().map_err(failed)?;
    // In a grey PNG 0 is black; on our pages of one bit, 1 is.
    let flip = if page.depth() == 1 { 0xFF } else { 0 };
    let rows: Vec<u8> = page.bytes().iter().map(|byte| byte ^ flip).collect();
    writer.write_image_data(&rows).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_pages_are_numbered_before_the_extension() {
        assert_eq!(numbered(Path::new("/a/b.png"), 1, 1), Path::new("/a/b.png"));
        assert_eq!(numbered(Path::new("/a/b.png"), 1, 2), Path::new("/a/b-1.png"));
        assert_eq!(numbered(Path::new("/a/b.c.png"), 12, 12), Path::new("/a/b.c-12.png"));
        assert_eq!(numbered(Path::new("paper"), 2, 2), Path::new("paper-2"));
    }
}
