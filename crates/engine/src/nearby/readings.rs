//! Asking a device how it is, over a link of its own.

use super::link::{Connected, Purpose};
use super::says;
use crate::runner::{self, Links};
use crate::{Core, Engine};
use platen_model::{Fault, Retry};
use platen_printers::talk::{LinkFacts, Readings, Talk, Trouble};
use platen_printers::{Model, catalogue};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What somebody knows better than the air: a model, or at least the language.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chosen<'a> {
    /// Catalogue id.
    pub model: Option<&'a str>,
    /// Family as in the catalogue.
    pub family: Option<&'a str>,
}

/// A family on a link.
pub(crate) struct Spoken {
    pub(crate) talk: &'static dyn Talk,
    pub(crate) facts: LinkFacts,
}

/// How a model is spoken to on a connected device. Its frames are named by that language from now on, whatever its name
/// made of it.
///
/// # Errors
/// `family_silent`, `family_wrong`.
pub(crate) fn spoken(model: &Model, connected: &Connected) -> Result<Spoken, Fault> {
    let talk = platen_printers::registry::talk(model.family).ok_or_else(silent)?;
    connected.tap.speaks(Some(model.family));
    let route = talk.route(connected.link.tree()).ok_or_else(|| Trouble::OtherLanguage { family: None }.fault())?;
    Ok(Spoken { talk, facts: LinkFacts { route, payload: connected.link.payload() } })
}

impl Core {
    /// Asks over an open link. A printer that answers nothing tells nothing: many cheap ones do not.
    pub(crate) async fn ask_over(&self, connected: &Connected, model: &Model) -> Result<Readings, Fault> {
        let spoken = spoken(model, connected)?;
        let machine = spoken.talk.ask(model, &spoken.facts);
        let cancel = CancellationToken::new();
        let links = Links::gatt(connected.link.as_ref(), self.clock.as_ref(), &cancel);
        match runner::run(machine, links, None, |never| match never {}, |_| ()).await {
            Err(Trouble::Silent) => Ok(Readings::default()),
            told => told.map_err(|trouble| trouble.fault()),
        }
    }
}

impl Engine {
    /// Asks a device that is near how it is. `model` when it is known better than by its name.
    ///
    /// # Errors
    /// `family_unknown`, `family_silent`, those of connecting and of the printer.
    pub async fn ask_device(&self, id: &str, chosen: Chosen<'_>) -> Result<Readings, Fault> {
        let core = &self.core;
        let device = core.find_device(id, super::link::SEARCH).await?;
        let model = core.model_for(&device.recognised, chosen)?;
        let connected = core.connect(id, Purpose::Look).await?;
        let told = core.ask_over(&connected, &model).await;
        connected.close().await;
        told
    }
}

impl Engine {
    /// Asks an added printer how it is, and keeps what it told.
    ///
    /// # Errors
    /// `printer_unknown`, `not_direct`, `ble_other_printer`, those of connecting and of the printer.
    pub async fn ask_printer(&self, sn: &str) -> Result<Readings, Fault> {
        let core = &self.core;
        let row = core.printer_row(sn).await?;
        let direct = row.direct.clone().ok_or_else(not_direct)?;
        let model = core.model_of(&row)?;
        let connected = core.connect(&direct.address, Purpose::Look).await?;
        let told = core.ask_over(&connected, &model).await;
        connected.close().await;
        let told = told?;
        if direct.serial.is_some() && told.serial != direct.serial {
            return Err(other_printer());
        }
        core.keep_readings(sn, &told).await?;
        core.tell(crate::Change::Printer(sn.to_owned()));
        Ok(told)
    }
}

/// The device where a printer used to be is another one.
pub(crate) fn other_printer() -> Fault {
    Fault::new(
        "ble_other_printer",
        "The device that was found is not this printer: it tells another serial number.",
        "Switch the right printer on and bring it close.",
    )
    .with_retry(Retry::Later)
}

pub(crate) fn not_direct() -> Fault {
    Fault::new(
        "not_direct",
        "This printer is reached through the cloud platform, not over Bluetooth.",
        "Ask the platform for its state.",
    )
    .with_retry(Retry::No)
}

impl Core {
    /// The model that somebody chose, or the only one that fits.
    pub(crate) fn model_for(&self, recognised: &says::Recognised, chosen: Chosen<'_>) -> Result<Arc<Model>, Fault> {
        let speaks = |family: &str, id: &&String| self.model(id).is_some_and(|model| model.family == family);
        let id = match (chosen.model, chosen.family) {
            (Some(id), _) => id.to_owned(),
            (None, None) => recognised.model.clone().ok_or_else(|| which(recognised))?,
            // The likeliest of that language, or the usual one where nothing is likely.
            (None, Some(family)) => {
                let likely = recognised.candidates.iter().find(|id| speaks(family, id)).cloned();
                let usual = || catalogue().iter().find(|model| model.family == family && model.ble.is_some());
                likely.or_else(|| usual().map(|model| model.id.clone())).ok_or_else(silent)?
            }
        };
        self.checked_model(&id)
    }
}

fn which(recognised: &says::Recognised) -> Fault {
    let remedy = match recognised.candidates.is_empty() {
        true => "Choose its model, or print a test strip to find out how it is spoken to.".to_owned(),
        false => format!("Choose one of: {}.", recognised.candidates.join(", ")),
    };
    Fault::new("model_needed", "It is not certain which model this device is.", remedy).with_retry(Retry::AfterRemedy)
}

fn silent() -> Fault {
    Fault::new(
        "family_silent",
        "This model is not spoken to over Bluetooth.",
        "Choose another model, or use the printer by cable or network.",
    )
    .with_retry(Retry::No)
}
