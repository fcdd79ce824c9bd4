//! Opening the store: rights, SQLite's settings, the check after an unclean stop, and repair.
//!
//! Source: JD ("SQLite" and "after an unclean stop"), measurements M11 to M13, F5 and F6. One connection writes, so two changes never
//! wait for each other inside SQLite; readers see the last commit.

use crate::data_dir::DataDir;
use crate::durable::{self, blocking};
use crate::error::StoreError;
use crate::space::Space;
use crate::spool::Spool;
use crate::writer::Writer;
use crate::{migrations, rebuild};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, SqlitePool};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const DATABASE: &str = "platen.db";
pub(crate) const BACKUP: &str = "backup.db";
const RUNNING: &str = "running";
/// Up to this size every start checks everything, indices included; it takes less than a second.
const WHOLE_CHECK: u64 = 32 * 1024 * 1024;

/// What may be set; the defaults are the promises.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Free bytes that must remain after a job was accepted.
    pub free_floor: u64,
    /// Bytes held back for the day when the disk is full; 0 for none.
    pub ballast: u64,
    /// How many connections read at once.
    pub readers: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { free_floor: 256 * 1024 * 1024, ballast: 8 * 1024 * 1024, readers: 4 }
    }
}

/// What was found at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// The last stop was orderly.
    Clean,
    /// The last stop was not; the database was checked and is whole.
    Unclean,
    /// The database was damaged, or rows were missing: it was rebuilt.
    Rebuilt {
        /// How many jobs came back or were put right.
        jobs: usize,
    },
}

/// The store. Clones share everything.
#[derive(Clone, Debug)]
pub struct Store(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) dir: DataDir,
    pub(crate) writer: Writer,
    pub(crate) readers: SqlitePool,
    pub(crate) space: Space,
    pub(crate) spool: Spool,
    recovery: Recovery,
    /// One copy at a time: two would write one file.
    backing_up: tokio::sync::Mutex<()>,
}

/// Does `$attempt` again after giving the ballast up, when the disk was full: states must be written (M13).
macro_rules! even_when_full {
    ($store:expr, $attempt:expr) => {
        match $attempt.await {
            Err(StoreError::StorageFull) if $store.0.space.give_up_ballast() => $attempt.await,
            done => done,
        }
    };
}
pub(crate) use even_when_full;

impl Store {
    /// Opens the store of `dir` with the promised limits.
    pub async fn open(dir: &DataDir) -> Result<Self, StoreError> {
        Self::open_with(dir, StoreOptions::default()).await
    }

    /// Opens the store of `dir`.
    pub async fn open_with(dir: &DataDir, options: StoreOptions) -> Result<Self, StoreError> {
        let space = Space::new(dir.path(), options.free_floor, options.ballast);
        let (spool, unclean) = prepare(dir, &space)?;
        space.take_ballast()?;
        let empty = dir.join(DATABASE).metadata().map_or(0, |known| known.len()) == 0;
        let emptied = empty && (dir.join(BACKUP).exists() || !spool.ids()?.is_empty());
        let opened = match emptied {
            true => Err(StoreError::Damaged("the database is empty")),
            false => open_checked(dir, unclean).await,
        };
        let (writer, lost) = match opened {
            Ok(writer) => (writer, false),
            Err(error) if error.is_damage() => {
                tracing::error!(%error, "the database is damaged; it is set aside and rebuilt");
                rebuild::set_aside(dir)?;
                (open_from_backup(dir).await?, true)
            }
            Err(error) => return Err(error),
        };
        let reconciled = match rebuild::reconcile(&writer, &spool, lost).await {
            Err(StoreError::StorageFull) if space.give_up_ballast() => rebuild::reconcile(&writer, &spool, lost).await,
            done => done,
        };
        let recovery = match (reconciled?, lost, unclean) {
            (0, false, false) => Recovery::Clean,
            (0, false, true) => Recovery::Unclean,
            (jobs, _, _) => Recovery::Rebuilt { jobs },
        };
        rebuild::remove_unfinished_uploads(&writer, &spool).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers.max(1))
            .connect_with(settings(&dir.join(DATABASE)).read_only(true))
            .await?;
        Ok(Self(Arc::new(Inner {
            dir: dir.clone(),
            writer,
            readers,
            space,
            spool,
            recovery,
            backing_up: tokio::sync::Mutex::new(()),
        })))
    }

    /// Where everything is.
    pub fn data_dir(&self) -> &DataDir {
        &self.0.dir
    }

    /// What was found at the start.
    pub fn recovery(&self) -> Recovery {
        self.0.recovery
    }

    /// Whether a job would be accepted now; [`StoreError::StorageFull`] below the free-space floor.
    pub fn has_room(&self) -> Result<(), StoreError> {
        self.0.space.check(0)
    }

    /// Stops in an orderly way: everything is in the database file, and the next start knows it.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.truncate_wal().await?;
        self.0.readers.close().await;
        self.0.writer.close().await;
        durable::remove_if_there(&self.0.dir.join(RUNNING))?;
        durable::sync_folder(self.0.dir.path())?;
        Ok(())
    }

    /// A complete copy beside the database, taken hourly and after each change of a binding: what a damaged database is rebuilt from.
    pub async fn backup(&self) -> Result<(), StoreError> {
        self.0.space.check(0)?;
        let _one_at_a_time = self.0.backing_up.lock().await;
        let temporary = self.0.dir.join("backup.tmp");
        durable::remove_if_there(&temporary)?;
        let mut reader = self.0.readers.acquire().await?;
        if let Err(error) = migrations::copy_into(&mut reader, &temporary).await {
            durable::remove_if_there(&temporary)?;
            return Err(error);
        }
        drop(reader);
        let (folder, backup) = (self.0.dir.path().to_owned(), self.0.dir.join(BACKUP));
        blocking(move || {
            std::fs::File::open(&temporary)?.sync_all()?;
            std::fs::rename(&temporary, &backup)?;
            Ok(durable::sync_folder(&folder)?)
        })
        .await
    }

    /// [`Store::backup`] after a binding changed. Having no room for a copy does not undo the change.
    pub(crate) async fn backup_if_room(&self) -> Result<(), StoreError> {
        match self.backup().await {
            Err(StoreError::StorageFull) => {
                // A copy that still holds what was just deleted would be worse than none (SE-5).
                Ok(durable::remove_if_there(&self.0.dir.join(BACKUP))?)
            }
            done => done,
        }
    }

    /// Everything that was deleted leaves the write-ahead log too (SE-3).
    pub(crate) async fn truncate_wal(&self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *self.0.writer.acquire().await?).await?;
        Ok(())
    }

    /// One of SQLite's settings, as the writing connection has it: for diagnostics.
    pub async fn pragma(&self, name: &'static str) -> Result<String, StoreError> {
        let row = sqlx::query(&format!("PRAGMA {name}")).fetch_one(&mut *self.0.writer.acquire().await?).await?;
        match row.try_get::<String, _>(0) {
            Ok(text) => Ok(text),
            Err(_) => Ok(row.try_get::<i64, _>(0)?.to_string()),
        }
    }
}

/// Folders and the running mark. On a full disk the ballast makes room for them.
fn prepare(dir: &DataDir, space: &Space) -> Result<(Spool, bool), StoreError> {
    let mark = dir.join(RUNNING);
    let unclean = mark.exists();
    let attempt = || -> Result<Spool, StoreError> {
        let spool = Spool::open(dir.path())?;
        durable::write_file(&mark, b"")?;
        Ok(spool)
    };
    match attempt() {
        Err(StoreError::StorageFull) if space.give_up_ballast() => Ok((attempt()?, unclean)),
        done => Ok((done?, unclean)),
    }
}

pub(crate) fn settings(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_millis(5000))
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        // Only Apple's systems have these; elsewhere they change nothing.
        .pragma("fullfsync", "1")
        .pragma("checkpoint_fullfsync", "1")
        .pragma("journal_size_limit", "67108864")
        // Deleted rows are overwritten (SE-5), and no temporary file needs room on a full disk.
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
}

async fn open_checked(dir: &DataDir, unclean: bool) -> Result<Writer, StoreError> {
    let path = dir.join(DATABASE);
    // SQLite gives its other files the rights of this one.
    drop(durable::private_options().write(true).create(true).truncate(false).open(&path)?);
    let size = path.metadata()?.len();
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(settings(&path).journal_mode(SqliteJournalMode::Wal))
        .await?;
    let writer = Writer::new(pool);
    let checked = check(&writer, dir, unclean, size).await;
    if let Err(error) = checked {
        writer.close().await;
        return Err(error);
    }
    Ok(writer)
}

async fn check(writer: &Writer, dir: &DataDir, unclean: bool, size: u64) -> Result<(), StoreError> {
    let statement = match (size <= WHOLE_CHECK, unclean) {
        (true, _) => Some("PRAGMA integrity_check(1)"),
        (false, true) => Some("PRAGMA quick_check(1)"),
        (false, false) => None,
    };
    if let Some(statement) = statement {
        let verdict: String = sqlx::query_scalar(statement).fetch_one(&mut *writer.acquire().await?).await?;
        if verdict != "ok" {
            return Err(StoreError::Damaged("the database"));
        }
    }
    migrations::migrate(&mut *writer.acquire().await?, dir.path()).await?;
    if size <= WHOLE_CHECK {
        rebuild::read_every_text(writer).await?;
    }
    rebuild::read_every_open_job(writer).await
}

async fn open_from_backup(dir: &DataDir) -> Result<Writer, StoreError> {
    let backup = dir.join(BACKUP);
    if backup.exists() {
        let (from, to) = (backup.clone(), dir.join(DATABASE));
        blocking(move || Ok(durable::write_file(&to, &std::fs::read(from)?)?)).await?;
        match open_checked(dir, true).await {
            Err(error) if error.is_damage() => {
                tracing::error!(%error, "the copy is damaged as well");
                std::fs::rename(&backup, dir.join("backup.damaged.db"))?;
                rebuild::set_aside(dir)?;
            }
            done => return done,
        }
    }
    open_checked(dir, false).await
}
