//! Paper that can be looked at: a PNG a sheet, and a log that judges everything else.
//!
//! ```text
//! DIR/paper/<sn>/<jobId>-<page>.png   exact dots, 1 bit: black dots black; or levels of grey
//! DIR/paper/<sn>/log.jsonl            one line a sheet, written when its PNG is on disk; and one line a printed code
//! ```
//!
//! The log is appended and flushed line by line and is read back at the start: a printer knows from it, and from nothing
//! else, what it has already printed. So a killed world prints no sheet twice.

use crate::clock;
use crate::error::WorldError;
use platen_model::Bitmap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Sheets that are remembered with all their facts; the log itself keeps all.
const RECENT: usize = 100;

/// A sheet that came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sheet {
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// Which printer.
    pub sn: String,
    /// The platform's job id.
    pub job_id: String,
    /// Page within the job, from 1; copies count on.
    pub page: u32,
    /// The reference of whoever created the job.
    #[serde(rename = "ref")]
    pub client_ref: Option<String>,
    /// SHA-256 of the packed rows, hexadecimal.
    pub sha256: String,
    /// Dots from left to right.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
    /// Name of the PNG beside the log.
    pub file: String,
}

/// A verification code that came out on a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct CodeLine {
    at: i64,
    sn: String,
    code: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Sheet(Sheet),
    Code(CodeLine),
}

/// The paper of one printer.
pub(crate) struct Paper {
    sn: String,
    folder: PathBuf,
    log: File,
    printed: BTreeSet<(String, u32)>,
    recent: VecDeque<Sheet>,
    code: Option<String>,
}

impl Paper {
    /// Opens the printer's folder and reads what it has printed.
    pub(crate) fn open(dir: &Path, sn: &str) -> Result<Self, WorldError> {
        let folder = dir.join("paper").join(sn);
        fs::create_dir_all(&folder).map_err(WorldError::Folder)?;
        let path = folder.join("log.jsonl");
        let log = OpenOptions::new().append(true).create(true).open(&path).map_err(WorldError::Folder)?;
        let mut paper =
            Self { sn: sn.to_owned(), folder, log, printed: BTreeSet::new(), recent: VecDeque::new(), code: None };
        paper.read_back(&path).map_err(WorldError::Folder)?;
        Ok(paper)
    }

    fn read_back(&mut self, path: &Path) -> io::Result<()> {
        let mut torn = false;
        for line in BufReader::new(File::open(path)?).split(b'\n') {
            let line = line?;
            match serde_json::from_slice(&line) {
                Ok(Line::Sheet(sheet)) => self.remember(sheet),
                Ok(Line::Code(line)) => self.code = Some(line.code),
                Err(_) => torn = !line.is_empty(),
            }
        }
        if torn {
            // A line that a killed process left half written: close it, so that the next one is whole.
            self.log.write_all(b"\n")?;
        }
        Ok(())
    }

    fn remember(&mut self, sheet: Sheet) {
        self.printed.insert((sheet.job_id.clone(), sheet.page));
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(sheet);
    }

    /// Whether this page of this job has come out.
    pub(crate) fn has(&self, job_id: &str, page: u32) -> bool {
        self.printed.contains(&(job_id.to_owned(), page))
    }

    /// Puts a sheet on disk, then into the log.
    pub(crate) fn print(
        &mut self,
        job_id: &str,
        page: u32,
        client_ref: Option<String>,
        dots: &Bitmap,
    ) -> io::Result<Sheet> {
        let file = format!("{}-{page}.png", file_stem(job_id));
        let path = self.folder.join(&file);
        let unfinished = self.folder.join(format!("{file}.part"));
        write_png(&unfinished, dots)?;
        fs::rename(&unfinished, &path)?;
        let sheet = Sheet {
            at: clock::now(),
            sn: self.sn.clone(),
            job_id: job_id.to_owned(),
            page,
            client_ref,
            sha256: hex::encode(Sha256::digest(dots.bytes())),
            width: dots.width(),
            height: dots.height(),
            file,
        };
        self.append(&sheet)?;
        self.remember(sheet.clone());
        Ok(sheet)
    }

    /// Notes that a code came out.
    pub(crate) fn note_code(&mut self, code: &str) -> io::Result<()> {
        let line = CodeLine { at: clock::now(), sn: self.sn.clone(), code: code.to_owned() };
        self.append(&line)?;
        self.code = Some(line.code);
        Ok(())
    }

    /// One write a line: what is in the log is whole, whenever the process dies.
    fn append(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.log.write_all(&bytes)?;
        self.log.flush()
    }

    /// The last sheets, newest first.
    pub(crate) fn sheets(&self) -> Vec<Sheet> {
        self.recent.iter().rev().cloned().collect()
    }

    /// How many sheets have ever come out.
    pub(crate) fn count(&self) -> usize {
        self.printed.len()
    }

    /// The code on paper.
    pub(crate) fn code(&self) -> Option<String> {
        self.code.clone()
    }

    /// The PNG of a sheet.
    pub(crate) fn png(&self, job_id: &str, page: u32) -> Result<Vec<u8>, WorldError> {
        if !self.has(job_id, page) {
            return Err(WorldError::NoSheet);
        }
        let path = self.folder.join(format!("{}-{page}.png", file_stem(job_id)));
        fs::read(path).map_err(WorldError::Folder)
    }
}

/// A file name for a job id: ids come from outside and may be anything.
fn file_stem(job_id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=64).contains(&job_id.len()) && job_id.bytes().all(plain) {
        job_id.to_owned()
    } else {
        let hash = hex::encode(Sha256::digest(job_id.as_bytes()));
        format!("x{}", hash.get(..31).unwrap_or_default())
    }
}

/// Of dots a 1 is white in PNG and black in our rows; levels of grey are the same in both.
fn write_png(path: &Path, dots: &Bitmap) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(&mut file, dots.width(), dots.height());
    encoder.set_color(if dots.depth() == 24 { png::ColorType::Rgb } else { png::ColorType::Grayscale });
    encoder.set_depth(match dots.depth() {
        1 => png::BitDepth::One,
        2 => png::BitDepth::Two,
        4 => png::BitDepth::Four,
        _ => png::BitDepth::Eight,
    });
    let mut writer = encoder.write_header()?;
    if dots.depth() == 1 {
        let inverted: Vec<u8> = dots.bytes().iter().map(|byte| !byte).collect();
        writer.write_image_data(&inverted)?;
    } else {
        writer.write_image_data(dots.bytes())?;
    }
    writer.finish()?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Bitmap {
        let mut dots = Bitmap::white(13, 3);
        for (x, y) in [(0, 0), (12, 0), (5, 1), (7, 2), (8, 2)] {
            dots.set_black(x, y);
        }
        dots
    }

    fn read_png(bytes: &[u8]) -> Bitmap {
        let mut reader = png::Decoder::new(io::Cursor::new(bytes)).read_info().unwrap();
        let mut rows = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rows).unwrap();
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
        Bitmap::from_rows(info.width, info.height, rows.iter().map(|byte| !byte).collect()).unwrap()
    }

    #[test]
    fn a_sheet_has_exactly_the_dots_that_were_printed() {
        let dir = tempfile::tempdir().unwrap();
        let mut paper = Paper::open(dir.path(), "SN1").unwrap();
        let sheet = paper.print("job", 1, Some("ref".to_owned()), &picture()).unwrap();
        assert_eq!(read_png(&paper.png("job", 1).unwrap()), picture());
        assert_eq!(sheet.sha256, hex::encode(Sha256::digest(picture().bytes())));
        let log = fs::read_to_string(dir.path().join("paper/SN1/log.jsonl")).unwrap();
        let line: serde_json::Value = serde_json::from_str(log.trim_end()).unwrap();
        assert_eq!((&line["ref"], &line["jobId"], &line["width"]), (&"ref".into(), &"job".into(), &13.into()));
        assert_eq!(line["file"], "job-1.png");
    }

    #[test]
    fn a_reopened_printer_knows_what_it_printed_even_after_a_torn_line() {
        let dir = tempfile::tempdir().unwrap();
        let mut paper = Paper::open(dir.path(), "SN1").unwrap();
        paper.print("job", 1, None, &picture()).unwrap();
        paper.note_code("123456").unwrap();
        paper.log.write_all(b"{\"at\":1,\"sn\":\"SN1\",\"jo").unwrap();
        drop(paper);
        let mut paper = Paper::open(dir.path(), "SN1").unwrap();
        assert!(paper.has("job", 1) && !paper.has("job", 2));
        assert_eq!(paper.code().as_deref(), Some("123456"));
        paper.print("job", 2, None, &picture()).unwrap();
        let paper = Paper::open(dir.path(), "SN1").unwrap();
        assert_eq!((paper.count(), paper.sheets()[0].page), (2, 2));
    }

    #[test]
    fn a_hostile_job_id_stays_in_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let mut paper = Paper::open(dir.path(), "SN1").unwrap();
        for id in ["../../x", "", "a/b", "\0", "..", &"x".repeat(5000)] {
            let sheet = paper.print(id, 1, None, &picture()).unwrap();
            assert!(dir.path().join("paper/SN1").join(&sheet.file).is_file());
            assert!(sheet.file.len() < 80 && !sheet.file.contains('/'));
        }
    }
}
