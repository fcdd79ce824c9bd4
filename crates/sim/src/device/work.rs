//! From a delivery to paper: download, check, unpack, decode, burn row by row.

use super::body::Condition;
use super::codes;
use super::{Device, lock};
use platen_model::Bitmap;
use platen_printers::Family;
use platen_printers::package::{Compression, DEFAULT_CAP, verify};
use platen_protocol::cloud::messages::{Report, Resource};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// 60 mm of paper a second at 8 dots a millimetre.
const ROWS_PER_SECOND: f64 = 480.0;
/// Rows between two looks at paper, head and battery.
const SLICE: u32 = 24;
/// Waiting shorter than this is not worth a timer.
const SHORTEST_WAIT: Duration = Duration::from_millis(2);
const TRIES: u32 = 5;
const PULLS: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(20);

impl Device {
    pub(super) async fn work(self: Arc<Self>, stop: CancellationToken) {
        loop {
            self.stop_job.send_replace(false);
            let job = lock(&self.queue).begin();
            let Some(job) = job else {
                tokio::select! {
                    () = self.arrived.notified() => continue,
                    () = stop.cancelled() => return,
                }
            };
            self.setting.change.bump();
            let mut button = self.stop_job.subscribe();
            let code = tokio::select! {
                printed = self.print_job(&job) => printed.err(),
                _ = button.wait_for(|asked| *asked) => Some(codes::STOPPED),
                () = stop.cancelled() => return,
            };
            self.end_job(code);
        }
    }

    fn end_job(&self, code: Option<i64>) {
        let ended = lock(&self.queue).finish(code);
        // First remembered, then told.
        if let Err(error) = self.remember() {
            tracing::warn!(%error, sn = %self.label.sn, "a simulated printer could not keep its memory");
        }
        if let Some((task, over)) = ended {
            if code == Some(codes::STOPPED) {
                self.tell_stop();
            } else {
                self.acknowledge_end(&over, task.msg_id);
            }
        }
        self.setting.change.bump();
        self.free.notify_one();
    }

    async fn print_job(&self, job: &str) -> Result<(), i64> {
        let about = (self.setting.about)(job);
        self.progress(job, 0);
        let mut page = 0;
        let mut seq = 1;
        while seq <= self.total() {
            let part = self.part(job, seq).await?;
            // A printer speaks the language of its model and no other.
            let model = platen_printers::model(self.label.model).ok_or(codes::UNREADABLE)?;
            let speaks = |family: &&'static dyn Family| Some(family.prn_protocol()) == part.prn_protocol.as_deref();
            let family = platen_printers::family(model.family).filter(speaks).ok_or(codes::UNREADABLE)?;
            let prn = self.load(&part.url, part.compression.as_deref(), part.hash.as_deref(), part.size).await?;
            let decoded = family.decode_for(model, &prn).map_err(|_| codes::UNREADABLE)?;
            for dots in &decoded.pages {
                page += 1;
                if lock(&self.paper).has(job, page) {
                    continue; // Came out before the power went.
                }
                self.burn(dots).await;
                self.put_out(job, page, about.client_ref.clone(), about.code.as_deref(), dots)?;
            }
            self.progress(job, seq);
            seq += 1;
        }
        Ok(())
    }

    fn total(&self) -> u32 {
        lock(&self.queue).current().map_or(0, |task| task.total)
    }

    /// Says which parts are on paper.
    fn progress(&self, job: &str, printed: u32) {
        let task = lock(&self.queue).current().map(|task| (task.msg_id.clone(), task.total));
        if let Some((msg_id, total)) = task {
            let status = self.setting.readings.literals().progress;
            self.acknowledge(job, msg_id, status, (1..=i64::from(printed)).collect(), total, Report::ok());
        }
    }

    /// Part `seq` of the job: at hand, or pulled (rule C-14).
    async fn part(&self, job: &str, seq: u32) -> Result<Resource, i64> {
        let mut tries = 0;
        *lock(&self.part_pull) = super::PartPull::default();
        while tries < PULLS && !lock(&self.part_pull).refused {
            let part = lock(&self.queue).part(seq);
            // An old delivery may name a place that is gone since the platform moved: a fresh one is asked for.
            if let Some(part) = part.filter(|part| self.is_ours(&part.url)) {
                return Ok(part);
            }
            tries += u32::from(self.is_connected());
            let msg_id = Some(self.pull(job, seq));
            *lock(&self.part_pull) = super::PartPull { msg_id, refused: false };
            let again = self.span(5.0, Duration::from_millis(500));
            // A pull or its answer may be lost with a broker's memory: then it is said again.
            let _ = timeout(again, self.arrived.notified()).await;
        }
        // A delivery that promises more than there is must not keep the printer for ever.
        Err(codes::DOWNLOAD)
    }

    /// Burns a page at the printer's pace, waiting wherever it cannot go on.
    async fn burn(&self, dots: &Bitmap) {
        let mut condition = self.condition.subscribe();
        let mut owed = Duration::ZERO;
        let mut row = 0;
        while row < dots.height() {
            // The sender lives as long as the printer.
            let _ = condition.wait_for(|condition| condition.can_print()).await;
            let end = dots.height().min(row + SLICE);
            // Of levels 0 is the darkest: what of their bits is not set is the heat.
            let levels = if dots.depth() == 1 { 0 } else { 0xFF };
            let burned = (row..end).flat_map(|row| dots.row(row)).map(|byte| u64::from((byte ^ levels).count_ones()));
            let black = burned.sum::<u64>() / u64::from(dots.depth());
            lock(&self.body).burn(end - row, black);
            owed += self.span(f64::from(end - row) / ROWS_PER_SECOND, Duration::ZERO);
            if owed >= SHORTEST_WAIT {
                sleep(owed).await;
                owed = Duration::ZERO;
            }
            row = end;
        }
        let _ = condition.wait_for(|condition| condition.can_print()).await;
    }

    fn put_out(
        &self,
        job: &str,
        page: u32,
        client_ref: Option<String>,
        code: Option<&str>,
        dots: &Bitmap,
    ) -> Result<(), i64> {
        let mut paper = lock(&self.paper);
        let printed =
            paper.print(job, page, client_ref, dots).and_then(|_| code.map_or(Ok(()), |code| paper.note_code(code)));
        drop(paper);
        lock(&self.body).count_sheet();
        self.setting.change.bump();
        printed.map_err(|error| {
            tracing::warn!(%error, sn = %self.label.sn, "a simulated sheet could not be written");
            codes::NO_SHEET
        })
    }

    /// Downloads, checks and unpacks (rule C-15).
    pub(super) async fn load(
        &self,
        url: &str,
        compression: Option<&str>,
        hash: Option<&str>,
        size: Option<i64>,
    ) -> Result<Vec<u8>, i64> {
        let compression = Compression::from_name(compression.unwrap_or("none")).ok_or(codes::UNREADABLE)?;
        let size = size.and_then(|size| u64::try_from(size).ok()).ok_or(codes::DAMAGED)?;
        let hash = hash.ok_or(codes::DAMAGED)?;
        let bytes = self.download(url).await?;
        verify(&bytes, compression, hash, size, DEFAULT_CAP).map_err(|_| codes::DAMAGED)
    }

    /// A printer trusts its platform's object store, nobody else's.
    fn is_ours(&self, url: &str) -> bool {
        url.starts_with(&self.setting.object_root)
    }

    async fn download(&self, url: &str) -> Result<Vec<u8>, i64> {
        if !self.is_ours(url) {
            return Err(codes::DOWNLOAD);
        }
        let mut condition = self.condition.subscribe();
        let mut tries = 0;
        let mut pause = self.span(0.5, Duration::from_millis(20));
        loop {
            let _ = condition.wait_for(|condition| condition.can_talk()).await;
            let lost = |condition: &Condition| !condition.can_talk();
            tokio::select! {
                loaded = timeout(PATIENCE, self.fetch(url)) => match loaded {
                    Ok(Some(bytes)) => return Ok(bytes),
                    _ => tries += 1,
                },
                // Out of reach in the middle of it: from the start, once back.
                _ = condition.wait_for(lost) => continue,
            }
            if tries >= TRIES {
                return Err(codes::DOWNLOAD);
            }
            sleep(pause).await;
            pause *= 2;
        }
    }

    async fn fetch(&self, url: &str) -> Option<Vec<u8>> {
        let mut answer = self.setting.http.get(url).send().await.ok()?.error_for_status().ok()?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.ok()? {
            if (bytes.len() + chunk.len()) as u64 > DEFAULT_CAP {
                return None;
            }
            bytes.extend_from_slice(&chunk);
        }
        Some(bytes)
    }
}
