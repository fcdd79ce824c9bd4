//! Somebody who walks through a street with the program, and the printers that stand there. The judge is the paper.

use super::{PATIENCE, hand_in};
use platen_engine::{Chosen, DeviceStatus, Engine, JobStatus, Submission, Window};
use platen_model::{Bitmap, JobId, PageOptions};
use platen_sim::air::printers::{CatPrinter, EscPosPrinter, NiimbotPrinter, Sheets, V5xPrinter};
use platen_sim::air::{Air, Peripheral};
use platen_transport::DeviceAddress;
use sha2::{Digest, Sha256};

/// A simulated printer whose paper can be looked at.
pub(crate) trait OnPaper: Peripheral + Sized {
    fn sheets(&self) -> Sheets;

    /// Somebody tears off what is on paper.
    fn tear_off(&mut self) {}

    /// Bytes that did not fit into its memory.
    fn lost(&self) -> usize {
        0
    }
}

impl OnPaper for EscPosPrinter {
    fn sheets(&self) -> Sheets {
        self.sheets()
    }

    fn tear_off(&mut self) {
        self.tear_off();
    }

    fn lost(&self) -> usize {
        self.lost()
    }
}

impl OnPaper for CatPrinter {
    fn sheets(&self) -> Sheets {
        self.sheets()
    }

    fn tear_off(&mut self) {
        self.tear_off();
    }

    fn lost(&self) -> usize {
        self.lost()
    }
}

impl OnPaper for V5xPrinter {
    fn sheets(&self) -> Sheets {
        self.sheets()
    }

    fn lost(&self) -> usize {
        self.lost()
    }
}

impl OnPaper for NiimbotPrinter {
    fn sheets(&self) -> Sheets {
        self.sheets()
    }
}

/// A printer in the air.
pub(crate) struct Stand {
    air: Air,
    pub(crate) address: DeviceAddress,
    sheets: Sheets,
    tear_off: fn(&Air, &DeviceAddress) -> usize,
}

impl Stand {
    pub(crate) fn put<P: OnPaper>(air: &Air, address: &str, printer: P) -> Self {
        let tear_off = |air: &Air, address: &DeviceAddress| {
            let looked = air.with(address, |printer: &mut P| {
                printer.tear_off();
                printer.lost()
            });
            looked.unwrap()
        };
        Self { sheets: printer.sheets(), address: air.add(address, printer), air: air.clone(), tear_off }
    }

    /// Everything that is on paper now, as a preview names its pages.
    pub(crate) fn paper(&self) -> Vec<String> {
        (self.tear_off)(&self.air, &self.address);
        self.sheets.all().iter().map(sha256).collect()
    }

    /// Bytes that did not fit into its memory.
    pub(crate) fn lost(&self) -> usize {
        (self.tear_off)(&self.air, &self.address)
    }
}

fn sha256(page: &Bitmap) -> String {
    hex::encode(Sha256::digest(page.bytes()))
}

/// The program in somebody's hand.
pub(crate) struct Walker {
    pub(crate) engine: Engine,
}

impl Walker {
    /// Waits until `look` finds something; looks again after every event.
    pub(crate) async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let events = self.engine.events();
        let mut news = events.follow(events.epoch(), events.last()).unwrap();
        let found = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                if news.next().await.is_err() {
                    news = events.follow(events.epoch(), events.last()).unwrap();
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("never: {what}"))
    }

    pub(crate) async fn until_job(&self, id: &JobId, what: &str, is: impl Fn(&JobStatus) -> bool) -> JobStatus {
        let look = async || Some(self.engine.job(id).await.unwrap()).filter(&is);
        self.until(what, look).await
    }

    /// Waits until the job says why it does not go on.
    pub(crate) async fn until_told(&self, id: &JobId, wanted: &str) -> JobStatus {
        let told = |job: &JobStatus| job.row.fault.as_ref().is_some_and(|fault| fault.code == wanted);
        self.until_job(id, &format!("it says {wanted}"), told).await
    }

    pub(crate) async fn settled(&self, id: &JobId) -> JobStatus {
        self.until_job(id, "a settled job", |job| job.row.state.is_settled()).await
    }

    /// A device by its name, searched for.
    pub(crate) async fn find(&self, name: &str) -> DeviceStatus {
        self.engine.start_search().await.unwrap();
        let look = async || {
            let near = self.engine.nearby().await.unwrap();
            near.devices.into_iter().find(|device| device.name.as_deref() == Some(name))
        };
        let found = self.until(name, look).await;
        self.engine.stop_search().await.unwrap();
        found
    }

    /// Adds a device; the serial number that it has here.
    pub(crate) async fn add(&self, id: &str, model: Option<&str>) -> String {
        let chosen = Chosen { model, ..Chosen::default() };
        self.engine.add_device(id, chosen, None).await.unwrap().row.sn
    }

    /// Prints a document: the job, and what its preview showed.
    pub(crate) async fn submit(&self, sn: &str, name: &str, bytes: &[u8]) -> (JobId, Vec<String>) {
        let document = hand_in(&self.engine, name, bytes).await;
        let options = PageOptions::default();
        let preview = self.engine.preview(&document, sn, &options, Window::ALL).await.unwrap();
        let shown = preview.pages.iter().map(|page| page.sha256.clone()).collect();
        let order =
            Submission { caller: "test".to_owned(), document, printer: sn.to_owned(), options, reference: None };
        (self.engine.submit(order).await.unwrap().row.id, shown)
    }
}
