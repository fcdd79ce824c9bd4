//! Jobs: from a POST to deliveries in windows (sections 3.1 and 7.7, rules C-14, C-15, C-23).

use super::Platform;
use super::answers::Denial;
use super::record::{Job, Object, Record, Stage};
use crate::chance::fresh_id;
use crate::clock;
use crate::digits;
use crate::label::Label;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use platen_model::Cut;
use platen_printers::package::{Compression, DEFAULT_CAP, pack, sha256, unpack};
use platen_printers::{Finish, families};
use platen_protocol::cloud::messages::{PrintDelivery, Resource};
use platen_protocol::cloud::shapes::wire::{CreateJobBody, FileBody, JobBody, JobListBody};
use platen_protocol::cloud::{Message, Tail};
use std::io;
use std::path::{Path, PathBuf};

/// Resources in one delivery; the printer pulls the rest (rule C-14).
const WINDOW: u32 = 2;
const MAX_COPIES: u32 = 99;
const MAX_TITLE: usize = 200;
const MAX_REFERENCE: usize = 128;

/// A document as it will lie in the object store.
struct Parcel {
    bytes: Vec<u8>,
    compression: Compression,
    content_hash: String,
    content_size: u64,
    prn_protocol: String,
}

impl Platform {
    /// Makes a job. A reference that was used before makes another job all the same (C-23).
    pub(super) fn create(&self, sn: &str, body: CreateJobBody) -> Result<String, Denial> {
        let label = self.label(sn).ok_or(Denial::UnknownDevice)?;
        if body.client_ref.len() > MAX_REFERENCE {
            return Err(Denial::BadRequest("clientRef is too long"));
        }
        if !(1..=MAX_COPIES).contains(&body.copies) {
            return Err(Denial::BadRequest("copies must be from 1 to 99"));
        }
        if body.file_type != "prn" {
            return Err(Denial::Unsupported("this platform prints fileType prn only"));
        }
        let parcel = accept(body.file)?;
        let object = self.store(&parcel).map_err(|_| Denial::Storage)?;
        let client_ref = Some(body.client_ref).filter(|text| !text.is_empty());
        let title = body.title.chars().take(MAX_TITLE).collect();
        self.enter(label, client_ref, title, body.copies, object, None).map_err(|_| Denial::Storage)
    }

    /// Sends the verification code to the printer's paper, unless it is on its way already.
    pub(super) fn push_code(&self, label: &Label, code: &str) -> io::Result<()> {
        let under_way = |job: &Job| job.sn == label.sn.as_str() && job.code.is_some() && !job.stage.is_final();
        if self.lock().record.jobs.iter().any(under_way) {
            return Ok(());
        }
        let sheet = digits::sheet(code, label.width);
        let model = platen_printers::model(label.model);
        let family = model.and_then(|model| platen_printers::family(model.family));
        let (Some(model), Some(family)) = (model, family) else {
            return Err(io::Error::other("the label names a model that is not in the catalogue"));
        };
        let finish = Finish::from_millimetres(3, Cut::Partial, model.dpi);
        let prn = family.encode(model, &sheet, &finish).map_err(io::Error::other)?;
        let package = pack(&prn, Compression::Gzip);
        let parcel = Parcel {
            bytes: package.bytes,
            compression: package.compression,
            content_hash: sha256(&prn),
            content_size: prn.len() as u64,
            prn_protocol: family.prn_protocol().to_owned(),
        };
        let object = self.store(&parcel)?;
        self.enter(label, None, "Verification code".to_owned(), 1, object, Some(code.to_owned()))?;
        Ok(())
    }

    fn object_path(&self, id: &str) -> PathBuf {
        self.settings.dir.join("objects").join(id)
    }

    fn store(&self, parcel: &Parcel) -> io::Result<Object> {
        let id = fresh_id();
        std::fs::write(self.object_path(&id), &parcel.bytes)?;
        let (hash, size) = if self.settings.readings.hash_of_content {
            (parcel.content_hash.clone(), parcel.content_size)
        } else {
            (sha256(&parcel.bytes), parcel.bytes.len() as u64)
        };
        let compression = parcel.compression.name().to_owned();
        Ok(Object { id, hash, size, compression, prn_protocol: parcel.prn_protocol.clone() })
    }

    /// The bytes of an object that is still needed.
    pub(super) fn object(&self, id: &str) -> Option<PathBuf> {
        let needed = self.lock().record.jobs.iter().any(|job| job.object.id == id);
        needed.then(|| self.object_path(id))
    }

    fn enter(
        &self,
        label: &Label,
        client_ref: Option<String>,
        title: String,
        copies: u32,
        object: Object,
        code: Option<String>,
    ) -> io::Result<String> {
        let job = self.record(|record| {
            let own = client_ref.clone().filter(|text| is_id(text) && record.job(text).is_none());
            let job = Job {
                id: own.unwrap_or_else(fresh_id),
                sn: label.sn.to_string(),
                client_ref,
                title,
                created_at: clock::now(),
                msg_id: fresh_id(),
                stage: Stage::Queued,
                codes: Vec::new(),
                copies,
                object,
                code,
            };
            record.jobs.push(job.clone());
            job
        })?;
        self.deliver(&job, 1, &job.msg_id);
        Ok(job.id)
    }

    /// Publishes a window of the job's resources, from number `from` on.
    pub(super) fn deliver(&self, job: &Job, from: u32, msg_id: &str) {
        let (Some(label), Some(post)) = (self.label(&job.sn), self.post.get()) else { return };
        let last = job.copies.min(from.saturating_add(WINDOW - 1));
        let resources = (from.max(1)..=last)
            .map(|seq| Resource {
                seq: Some(seq.into()),
                url: format!("{}/objects/{}", self.settings.base_url, job.object.id),
                hash: Some(job.object.hash.clone()),
                size: i64::try_from(job.object.size).ok(),
                file_type: Some("prn".to_owned()),
                prn_protocol: Some(job.object.prn_protocol.clone()),
                compression: Some(job.object.compression.clone()),
                ..Resource::default()
            })
            .collect();
        let delivery = PrintDelivery {
            msg_id: Some(msg_id.to_owned()),
            job_id: job.id.clone(),
            total_file_number: Some(job.copies.into()),
            resources,
            date_time: self.stamp(),
            ..PrintDelivery::default()
        };
        post.send(self.topic(label, Tail::Print), Message::Print(delivery).encode());
    }

    /// Moves a job on, never back (a final stage stays). The object goes when nobody needs it any more.
    pub(super) fn advance(&self, id: &str, stage: Stage, codes: &[i64]) -> io::Result<()> {
        let current = self.lock().record.job(id).map(|job| job.stage);
        let Some(current) = current else { return Ok(()) };
        if current.is_final() || (current == stage && codes.is_empty()) {
            return Ok(());
        }
        if !stage.is_final() {
            // Progress is told again by the printer; it is not worth a write.
            if let Some(job) = self.lock().record.job_mut(id) {
                job.stage = stage;
                job.codes = codes.to_vec();
            }
            self.change.bump();
            return Ok(());
        }
        let object = self.record(|record| {
            let object = record.job_mut(id).map(|job| {
                job.stage = stage;
                job.codes = codes.to_vec();
                job.object.id.clone()
            });
            record.trim();
            object
        })?;
        match object {
            Some(object) => std::fs::remove_file(self.object_path(&object)),
            None => Ok(()),
        }
    }

    /// The jobs of a printer, newest first.
    pub(super) fn list(&self, sn: &str, client_ref: Option<&str>, page: usize, size: usize) -> JobListBody {
        let literals = self.settings.readings.literals();
        let state = self.lock();
        let wanted = |job: &&Job| {
            job.sn == sn && job.code.is_none() && client_ref.is_none_or(|text| job.client_ref.as_deref() == Some(text))
        };
        let total = state.record.jobs.iter().filter(wanted).count();
        let items = state.record.jobs.iter().rev().filter(wanted);
        let items = items.skip(page.saturating_sub(1).saturating_mul(size)).take(size).map(|job| JobBody {
            job_id: job.id.clone(),
            client_ref: job.client_ref.clone(),
            status: Some(
                match job.stage {
                    Stage::Queued => "queued",
                    Stage::Accepted => literals.accepted,
                    Stage::Printing => literals.progress,
                    Stage::Done => literals.done,
                    Stage::Failed => literals.failed,
                }
                .to_owned(),
            ),
            err_code: job.codes.clone(),
            sn: Some(job.sn.clone()),
        });
        JobListBody { items: items.collect(), total: total as u64 }
    }
}

/// Removes objects that a killed world left behind and no unfinished job needs.
pub(super) fn sweep(dir: &Path, record: &Record) -> io::Result<()> {
    let needed = |name: &str| record.jobs.iter().any(|job| !job.stage.is_final() && job.object.id == name);
    for entry in std::fs::read_dir(dir.join("objects"))? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(needed) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a reference can be a job id of this platform: 32 hexadecimal digits, as in the sample of section 7.2.
fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Checks a document and packs it unless it is packed.
fn accept(file: FileBody) -> Result<Parcel, Denial> {
    if file.url.is_some() {
        return Err(Denial::Unsupported("this platform takes documents as base64 only"));
    }
    let text = file.base64.ok_or(Denial::BadRequest("the document is missing"))?;
    let bytes = STANDARD.decode(text).map_err(|_| Denial::BadRequest("the document is not base64"))?;
    if file.size.is_some_and(|size| size != bytes.len() as u64) {
        return Err(Denial::BadRequest("the document does not have the announced size"));
    }
    if file.hash.is_some_and(|hash| !hash.eq_ignore_ascii_case(&sha256(&bytes))) {
        return Err(Denial::BadRequest("the document does not have the announced hash"));
    }
    let compression = Compression::from_name(file.compression.as_deref().unwrap_or("none"))
        .ok_or(Denial::Unsupported("this platform knows the compressions gzip and none"))?;
    let prn_protocol = file.prn_protocol.unwrap_or_else(|| "esc".to_owned());
    if !families().any(|family| family.prn_protocol() == prn_protocol) {
        return Err(Denial::Unsupported("no printer here speaks this prnProtocol"));
    }
    let content = unpack(&bytes, compression, DEFAULT_CAP)
        .map_err(|_| Denial::Unsupported("the document is damaged or unpacks to too much"))?;
    let (content_hash, content_size) = (sha256(&content), content.len() as u64);
    let (bytes, compression) = match compression {
        Compression::Gzip => (bytes, Compression::Gzip),
        Compression::None => {
            let package = pack(&content, Compression::Gzip);
            (package.bytes, package.compression)
        }
    };
    Ok(Parcel { bytes, compression, content_hash, content_size, prn_protocol })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8], compression: &str) -> FileBody {
        FileBody {
            base64: Some(STANDARD.encode(bytes)),
            hash: Some(sha256(bytes)),
            size: Some(bytes.len() as u64),
            compression: Some(compression.to_owned()),
            ..FileBody::default()
        }
    }

    #[test]
    fn a_document_must_be_what_it_was_announced_as() {
        let zeros = vec![0; 5000];
        let parcel = accept(file(&zeros, "none")).ok().unwrap();
        assert_eq!((parcel.compression, parcel.content_size), (Compression::Gzip, 5000));
        let packed = accept(file(&parcel.bytes, "gzip")).ok().unwrap();
        assert_eq!((packed.bytes, packed.content_hash), (parcel.bytes, parcel.content_hash));
        for wrong in [
            FileBody { size: Some(1), ..file(&zeros, "none") },
            FileBody { hash: Some("sha256:00".to_owned()), ..file(&zeros, "none") },
            FileBody { base64: Some("*".to_owned()), ..file(&zeros, "none") },
            FileBody { base64: None, ..file(&zeros, "none") },
            FileBody { prn_protocol: Some("klingon".to_owned()), ..file(&zeros, "none") },
            file(&zeros, "gzip"),
            file(&zeros, "zip"),
        ] {
            assert!(accept(wrong).is_err());
        }
    }

    #[test]
    fn only_32_hexadecimal_digits_become_a_job_id() {
        assert!(is_id("92ef08872ff906876071478274eec57b"));
        for text in [
            "",
            "92EF08872FF906876071478274EEC57B",
            "92ef08872ff906876071478274eec57",
            "../../../../../etc/passwd.......",
        ] {
            assert!(!is_id(text));
        }
    }
}
