//! A user's own models: `models.toml` in the data folder, read at the start and whenever it is another one.
//!
//! ```text
//! models.toml ── read, row by row ──▶ models   wherever the catalogue counts: recognising, adding, printing, lists
//!                                └──▶ problems doctor, the list of own models
//! ```
//!
//! Rows are read by [`platen_printers::user_models`]. What is wrong is told and stops nothing else. Deliberately absent: a
//! watch on the file; it is looked at when somebody needs a model, which costs one question to the system.

use crate::{Change, Core, Engine};
use platen_model::{Fault, Retry};
use platen_printers::{Model, catalogue, user_models};
use platen_store::{DataDir, OwnModelsFile, Stamp, StoreError};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What the file says.
#[derive(Clone, Debug, Default)]
pub struct OwnModels {
    /// The models that can be used.
    pub models: Vec<Arc<Model>>,
    /// What is wrong, a sentence each.
    pub problems: Vec<String>,
    /// Where the file is, or would be.
    pub file: PathBuf,
    /// Whether the file as a whole could be read.
    whole: bool,
}

/// The file, and what was last read of it.
pub(crate) struct Shelf {
    file: OwnModelsFile,
    read: Mutex<(Option<Stamp>, Arc<OwnModels>)>,
    /// Held while the file is written: two models at once must not lose one.
    writing: tokio::sync::Mutex<()>,
}

impl Shelf {
    pub(crate) fn open(data: &DataDir) -> Self {
        let file = OwnModelsFile::of(data, user_models::FILE);
        let read = (file.stamp(), Arc::new(read(&file)));
        Self { file, read: Mutex::new(read), writing: tokio::sync::Mutex::default() }
    }

    /// What the file says now, and whether that was news.
    fn look(&self) -> (Arc<OwnModels>, bool) {
        let mut known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = self.file.stamp();
        let news = stamp != known.0;
        if news {
            let mut fresh = read(&self.file);
            if !fresh.whole {
                // Somebody is writing it, or mistyped: printers go on as they were until it is right again.
                fresh.models.clone_from(&known.1.models);
            }
            *known = (stamp, Arc::new(fresh));
        }
        (known.1.clone(), news)
    }
}

fn read(file: &OwnModelsFile) -> OwnModels {
    let text = text_of(file);
    let whole = text.as_ref().is_ok_and(|text| user_models::is_whole(text));
    let found = text.map(|text| user_models::read(&text));
    let found = found.unwrap_or_else(|problem| user_models::UserModels { models: Vec::new(), problems: vec![problem] });
    let aside = file.put_aside_before().into_iter().map(|name| {
        format!("An earlier file could not be read and is kept as {name}: put it right and take its rows over, or delete it.")
    });
    OwnModels {
        models: found.models.into_iter().map(Arc::new).collect(),
        problems: found.problems.into_iter().chain(aside).collect(),
        file: file.path().to_owned(),
        whole,
    }
}

/// The file's text, or why it has none.
fn text_of(file: &OwnModelsFile) -> Result<String, String> {
    let bytes = file.read(user_models::MAX_FILE).map_err(|error| format!("The file cannot be read: {error}."))?;
    String::from_utf8(bytes).map_err(|_| "The file is no text.".to_owned())
}

impl Core {
    /// The user's own models as the file says them now.
    pub(crate) fn own_models(&self) -> Arc<OwnModels> {
        let (own, news) = self.own.look();
        if news {
            self.nearby.air.know(&own.models);
            for problem in &own.problems {
                tracing::warn!(%problem, "the file of own models");
            }
        }
        own
    }

    /// The model of that name: the user's own or one of the catalogue.
    pub(crate) fn model(&self, id: &str) -> Option<Arc<Model>> {
        if id.starts_with(user_models::PREFIX) {
            return self.own_models().models.iter().find(|model| model.id == id).cloned();
        }
        platen_printers::model(id).cloned().map(Arc::new)
    }

    /// The same, where it has to be there.
    ///
    /// # Errors
    /// `model_unknown`.
    pub(crate) fn checked_model(&self, id: &str) -> Result<Arc<Model>, Fault> {
        self.model(id).ok_or_else(|| {
            Fault::new(
                "model_unknown",
                format!("There is no model '{}'.", id.escape_default()),
                "Choose one of the models that `platen models` lists.",
            )
        })
    }

    /// Writes a model into the file, in the place of the one with its id if there is one. A file that cannot be read is
    /// put aside before.
    ///
    /// # Errors
    /// Those of the store; `own_models_layout` when the model or another row would be lost by it.
    pub(crate) async fn keep_model(&self, model: &Model) -> Result<(), Fault> {
        let _writing = self.own.writing.lock().await;
        let file = &self.own.file;
        let text = match text_of(file) {
            Ok(text) if user_models::is_whole(&text) => text,
            _ => {
                let kept = file.put_aside().await.map_err(|error| error.fault())?;
                tracing::warn!(%kept, "the file of own models could not be read and was put aside");
                String::new()
            }
        };
        let with = user_models::put(&text, model);
        let (before, after) = (user_models::read(&text).models, user_models::read(&with).models);
        let others = |models: &[Model]| models.iter().filter(|known| known.id != model.id).cloned().collect::<Vec<_>>();
        if !after.contains(model) || others(&before) != others(&after) {
            return Err(unfit(model));
        }
        file.write(with).await.map_err(|error: StoreError| error.fault())?;
        self.own_models();
        self.tell(Change::Nearby);
        Ok(())
    }
}

impl Engine {
    /// The user's own models, and what is wrong with their file.
    pub fn own_models(&self) -> Arc<OwnModels> {
        self.core.own_models()
    }

    /// The model of that name: the user's own or one of the catalogue.
    pub fn model(&self, id: &str) -> Option<Arc<Model>> {
        self.core.model(id)
    }

    /// Every model, the user's own first.
    pub fn models(&self) -> Vec<Arc<Model>> {
        let own = self.core.own_models();
        own.models.iter().cloned().chain(catalogue().iter().cloned().map(Arc::new)).collect()
    }
}

/// The file is laid out as this program does not write it.
fn unfit(model: &Model) -> Fault {
    Fault::new(
        "own_models_layout",
        format!("The model '{}' cannot be added to the file of own models as it is laid out.", model.id),
        "Open `models.toml` in the data folder, put [[model]] on a line of its own before each row, and try again.",
    )
    .with_retry(Retry::AfterRemedy)
}

/// No model of this version, and none of the user's.
pub(crate) fn unknown_here(id: &str) -> Fault {
    let remedy = match id.starts_with(user_models::PREFIX) {
        true => {
            "Look at the file of own models (`platen doctor` says what is wrong with it), or choose another model in the printer's page."
        }
        false => "Choose another model in the printer's page.",
    };
    Fault::new("model_unknown", format!("The model '{}' is not known here.", id.escape_default()), remedy)
        .with_retry(Retry::AfterRemedy)
}
