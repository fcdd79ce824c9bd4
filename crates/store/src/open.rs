//! Opening the store: rights, SQLite's settings, the check after an unclean stop, and repair.
//!
//! Source: JD ("SQLite" and "after an unclean stop"), measurements M11 to M13, F5 and F6. One connection writes, so two changes never
//! wait for each other inside SQLite; readers see the last commit.

use crate::data_dir::DataDir;
use crate::durable::{self, blocking};
use crate::error::StoreError;
use crate::space::Space;
use crate::spool::Spool;
use crate::{migrations, rebuild};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
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
    /// The database was damaged: it was set aside and rebuilt.
    Rebuilt {
        /// How many jobs came back.
        jobs: usize,
    },
}

/// The store. Clones share everything.
#[derive(Clone, Debug)]
pub struct Store(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) dir: DataDir,
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
    pub(crate) space: Space,
    pub(crate) spool: Spool,
    recovery: Recovery,
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
        let emptied = !dir.join(DATABASE).exists() && !spool.ids()?.is_empty();
        let (writer, recovery) = match open_checked(dir, unclean).await {
            Ok(writer) if emptied => {
                let jobs = rebuild::fill(&writer, &spool).await?;
                (writer, Recovery::Rebuilt { jobs })
            }
            Ok(writer) => (writer, if unclean { Recovery::Unclean } else { Recovery::Clean }),
            Err(error) if error.is_damage() => {
                tracing::error!(%error, "the database is damaged; it is set aside and rebuilt");
                rebuild::set_aside(dir)?;
                let writer = open_from_backup(dir).await?;
                let jobs = rebuild::fill(&writer, &spool).await?;
                (writer, Recovery::Rebuilt { jobs })
            }
            Err(error) => return Err(error),
        };
        rebuild::remove_orphans(&writer, &spool).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers.max(1))
            .connect_with(settings(&dir.join(DATABASE)).read_only(true))
            .await?;
        Ok(Self(Arc::new(Inner { dir: dir.clone(), writer, readers, space, spool, recovery })))
    }

    /// What was found at the start.
    pub fn recovery(&self) -> Recovery {
        self.0.recovery
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
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.0.writer).await?;
        Ok(())
    }

    /// A transaction that may write; the lock is taken at once, so it never fails half-way for a reader's sake.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.0.writer.begin_with("BEGIN IMMEDIATE").await?)
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

async fn open_checked(dir: &DataDir, unclean: bool) -> Result<SqlitePool, StoreError> {
    let path = dir.join(DATABASE);
    // SQLite gives its other files the rights of this one.
    drop(durable::private_options().write(true).create(true).truncate(false).open(&path)?);
    let size = path.metadata()?.len();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(settings(&path).journal_mode(SqliteJournalMode::Wal))
        .await?;
    let checked = check(&writer, dir, unclean, size).await;
    if let Err(error) = checked {
        writer.close().await;
        return Err(error);
    }
    Ok(writer)
}

async fn check(writer: &SqlitePool, dir: &DataDir, unclean: bool, size: u64) -> Result<(), StoreError> {
    let statement = match (size <= WHOLE_CHECK, unclean) {
        (true, _) => Some("PRAGMA integrity_check(1)"),
        (false, true) => Some("PRAGMA quick_check(1)"),
        (false, false) => None,
    };
    if let Some(statement) = statement {
        let verdict: String = sqlx::query_scalar(statement).fetch_one(writer).await?;
        if verdict != "ok" {
            return Err(StoreError::Damaged("the database"));
        }
    }
    migrations::migrate(&mut *writer.acquire().await?, dir.path()).await?;
    rebuild::read_every_open_job(writer).await
}

async fn open_from_backup(dir: &DataDir) -> Result<SqlitePool, StoreError> {
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
