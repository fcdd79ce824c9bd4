//! What is done for a test strip beside the questions: printing it, and adding the printer that was found.

use super::{StripStep, no_strip};
use crate::nearby::link::{Connected, Purpose};
use crate::nearby::readings::Chosen;
use crate::runner::{self, Links};
use crate::{Core, Engine};
use platen_model::{Fault, Retry};
use platen_printers::talk::strip::{Next, Question, Reply, careful};
use platen_printers::talk::{LinkFacts, NamePattern, PrintFailure, Trouble};
use platen_printers::{Model, user_models};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What became of a strip.
enum Printed {
    /// Something may have come out: a person looks.
    Out,
    /// The device has no place for this language, or says that it is another one.
    NotThis,
    /// It has to be tried again.
    Not(Fault),
}

impl Core {
    pub(super) fn begin_print(self: &Arc<Self>) {
        self.strip_is(|status| {
            (status.step, status.fault, status.model) = (StripStep::Printing, None, None);
        });
        let core = self.clone();
        self.work_on_strip(|stop| async move { core.print_strip(&stop).await });
    }

    pub(super) fn begin_adding(self: &Arc<Self>, model: Model) {
        let core = self.clone();
        if let Some(running) = self.nearby.strips.running().as_mut() {
            running.found = Some(model.clone());
        }
        self.strip_is(|status| (status.step, status.fault) = (StripStep::Adding, None));
        self.work_on_strip(|stop| async move {
            tokio::select! {
                added = core.add_found(model) => {
                    if let Err(fault) = added {
                        core.strip_is(|status| status.fault = Some(fault));
                    }
                }
                () = stop.cancelled() => {}
            }
        });
    }

    fn work_on_strip<F: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(CancellationToken) -> F) {
        let mut running = self.nearby.strips.running();
        let Some(running) = running.as_mut() else { return };
        let task = self.tasks.spawn(work(running.stop.clone()));
        running.task = Some(task);
    }

    /// Prints the strip in the first language that the device has a place for, and asks what came out.
    async fn print_strip(self: Arc<Self>, stop: &CancellationToken) {
        let device = self.nearby.strips.running().as_ref().map(|running| running.status.device.clone());
        let Some(device) = device else { return };
        let connected = tokio::select! {
            connected = self.connect(&device, Purpose::Look) => connected,
            () = stop.cancelled() => return,
        };
        let connected = match connected {
            Ok(connected) => connected,
            Err(fault) => return self.strip_is(|status| status.fault = Some(fault)),
        };
        let mut tried = false;
        loop {
            let Some((model, prn, facts)) = self.next_strip(&connected) else {
                connected.close().await;
                return self.strip_is(|status| {
                    status.step = StripStep::GivenUp;
                    status.fault = (!tried && status.strips == 0).then(nowhere);
                });
            };
            let Some((prn, facts)) = prn.zip(facts) else {
                self.skip_language();
                continue;
            };
            tried = true;
            self.strip_is(|status| status.family = Some(model.family));
            match self.print_once(&connected, &model, &facts, prn, stop).await {
                Printed::Out => {
                    connected.close().await;
                    return self.strip_is(|status| {
                        status.strips = status.strips.saturating_add(1);
                        status.step = StripStep::Ask(Question::CameOut);
                    });
                }
                Printed::NotThis => self.skip_language(),
                Printed::Not(fault) => {
                    connected.close().await;
                    return self.strip_is(|status| status.fault = Some(fault));
                }
            }
        }
    }

    /// The strip in the language that comes next; without bytes when this device has no place for them. `None` when all
    /// languages were tried.
    #[allow(clippy::type_complexity)] // three things that are known together or not at all
    fn next_strip(&self, connected: &Connected) -> Option<(Box<Model>, Option<Vec<u8>>, Option<LinkFacts>)> {
        let mut running = self.nearby.strips.running();
        let test = &mut running.as_mut()?.test;
        let route = platen_printers::talk_of(test.family()?).and_then(|talk| talk.route(connected.link.tree()));
        if let Some(route) = &route {
            test.set_plan(careful(route.properties));
        }
        let facts = route.map(|route| LinkFacts { route, payload: connected.link.payload() });
        match test.again() {
            Next::Print { model, prn } => Some((model, Some(prn), facts)),
            Next::Ask(_) | Next::Done(_) | Next::GiveUp => None,
        }
    }

    fn skip_language(&self) {
        if let Some(running) = self.nearby.strips.running().as_mut() {
            // What comes next is asked for when it is printed.
            let _ = running.test.reply(Reply::NoBars);
        }
    }

    async fn print_once(
        &self,
        connected: &Connected,
        model: &Model,
        facts: &LinkFacts,
        prn: Vec<u8>,
        stop: &CancellationToken,
    ) -> Printed {
        let Some(talk) = platen_printers::talk_of(model.family) else { return Printed::NotThis };
        let machine = talk.print(model, facts, prn);
        let links = Links::gatt(connected.link.as_ref(), self.clock.as_ref(), stop);
        match runner::run(machine, links, None, |_| (), |_| ()).await {
            Ok(_) => Printed::Out,
            Err(PrintFailure { why: Trouble::OtherLanguage { .. } | Trouble::NotOurs, .. }) => Printed::NotThis,
            // It may be one that answers nothing in this language and prints all the same.
            Err(PrintFailure { why: Trouble::Silent, raster_begun: true, .. }) => Printed::Out,
            Err(PrintFailure { why: Trouble::Silent, .. }) => Printed::NotThis,
            Err(failure) => Printed::Not(failure.why.fault().with_retry(Retry::AfterRemedy)),
        }
    }

    /// Keeps the model in the user's file and adds the device as a printer of it.
    async fn add_found(self: &Arc<Self>, found: Model) -> Result<(), Fault> {
        let (device, known) = {
            let running = self.nearby.strips.running();
            let status = &running.as_ref().ok_or_else(no_strip)?.status;
            (status.device.clone(), status.model.clone())
        };
        let model = match known {
            // It was kept already, and only adding it failed.
            Some(known) => known,
            None => {
                let id = self.own_id(&found, &device).await?;
                let model = Model { id, ..found };
                self.keep_model(&model).await?;
                Arc::new(model)
            }
        };
        self.strip_is(|status| status.model = Some(model.clone()));
        let chosen = Chosen { model: Some(&model.id), family: None };
        let added = Engine { core: self.clone() }.add_device(&device, chosen, None).await?;
        self.strip_is(|status| (status.step, status.printer) = (StripStep::Done, Some(added.row.sn)));
        Ok(())
    }

    /// What the user's model is called: by the device's name. A model of that name is replaced unless another printer uses
    /// it and it is a different one.
    async fn own_id(&self, found: &Model, device: &str) -> Result<String, Fault> {
        let printers = self.store.printers().await.map_err(|error| error.fault())?;
        let others_use = |id: &str| {
            let is_other =
                |row: &platen_store::PrinterRow| row.direct.as_ref().is_none_or(|direct| direct.address != device);
            printers.iter().any(|row| row.model == id && is_other(row))
        };
        let own = self.own_models();
        let slug = slug(&found.name);
        let ids = std::iter::once(slug.clone()).chain((2..).map(|number: u32| format!("{slug}-{number}")));
        let free = ids.into_iter().find(|id| {
            let same = |known: &Arc<Model>| {
                let names = |model: &Model| -> Vec<NamePattern> {
                    model.ble.as_ref().map(|ble| ble.names.clone()).unwrap_or_default()
                };
                let alike =
                    (known.family, known.width_dots, &known.quirks) == (found.family, found.width_dots, &found.quirks);
                alike && names(known) == names(found)
            };
            match own.models.iter().find(|known| known.id == *id) {
                None => true,
                Some(known) => same(known) || !others_use(id),
            }
        });
        Ok(free.unwrap_or(slug))
    }
}

/// `own-` and what of the name an id may have.
fn slug(name: &str) -> String {
    let mut slug = user_models::PREFIX.trim_end_matches('-').to_owned();
    for part in name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        if slug.len() + 1 + part.len() > 40 {
            break;
        }
        slug.push('-');
        slug.push_str(&part.to_ascii_lowercase());
    }
    if slug.len() < user_models::PREFIX.len() { format!("{slug}-printer") } else { slug }
}

fn nowhere() -> Fault {
    Fault::new(
        "strip_nowhere",
        "This device has no place that print data could be written to.",
        "Check that it is the printer and not something else with Bluetooth, then choose it from the list.",
    )
    .with_retry(Retry::No)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_of_the_name_and_is_never_empty() {
        assert_eq!(slug("No name 58"), "own-no-name-58");
        assert_eq!(slug("打印机"), "own-printer");
        assert_eq!(slug("A/../B_1"), "own-a-b-1");
        assert!(slug(&"x1 ".repeat(60)).len() <= 40 && slug(&"x".repeat(99)) == "own-printer");
    }
}
