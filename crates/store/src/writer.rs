//! The one connection that writes, and its transactions.
//!
//! SQLite ends a transaction by itself when the disk is full; a library that keeps count would then be off by one and refuse every later change
//! (seen with sqlx 0.8). So transactions are begun and ended here in plain SQL. A transaction that was dropped half-way, because its caller went away or
//! because of an error, is rolled back before the connection is used again.

use crate::error::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::{Executor, Sqlite, SqliteConnection, SqlitePool};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The writing connection.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pool: SqlitePool,
    /// A transaction was begun and not ended.
    open: Arc<AtomicBool>,
}

impl Writer {
    /// Of a pool with a single connection.
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self { pool, open: Arc::default() }
    }

    /// The connection, outside of any transaction.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        if self.open.swap(false, Ordering::SeqCst) {
            roll_back(&mut connection).await;
        }
        Ok(connection)
    }

    /// A transaction that may write; the lock is taken at once, so it never fails half-way for a reader's sake.
    pub(crate) async fn begin(&self) -> Result<Change, StoreError> {
        let mut connection = self.acquire().await?;
        self.open.store(true, Ordering::SeqCst);
        connection.execute("BEGIN IMMEDIATE").await?;
        Ok(Change { connection, open: Arc::clone(&self.open) })
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// A transaction. Dropped without [`Change::commit`], it changes nothing.
pub(crate) struct Change {
    connection: PoolConnection<Sqlite>,
    open: Arc<AtomicBool>,
}

impl Change {
    /// Makes the change durable.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let committed = self.connection.execute("COMMIT").await;
        if committed.is_err() {
            roll_back(&mut self.connection).await;
        }
        self.open.store(false, Ordering::SeqCst);
        committed?;
        Ok(())
    }
}

impl Deref for Change {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

async fn roll_back(connection: &mut SqliteConnection) {
    // It fails where SQLite has rolled back already, which is what is wanted.
    if let Err(error) = connection.execute("ROLLBACK").await {
        tracing::debug!(%error, "there was nothing to roll back");
    }
}
