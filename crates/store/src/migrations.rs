//! The database's versions: one SQL file each, applied in one transaction, with a copy of the database taken before (JD).
//!
//! `docs/schema.sql` is the result of all of them; a test compares. Deliberately absent: ways back. The copy is the way back.

use crate::error::StoreError;
use sqlx::{Connection, Executor, SqliteConnection};
use std::path::Path;

/// All versions, oldest first. A released file is never changed; a change is a new file.
const VERSIONS: &[(i64, &str)] = &[(1, include_str!("schema/0001.sql")), (2, include_str!("schema/0002.sql"))];

/// Nobody releases so many versions ahead of a program that is still in use.
const FUTURE: i64 = 10_000;

/// Brings the database of `connection` to the newest version. `folder` takes the copy.
pub(crate) async fn migrate(connection: &mut SqliteConnection, folder: &Path) -> Result<(), StoreError> {
    let known = VERSIONS.last().map_or(0, |(version, _)| *version);
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    if !(0..=known.saturating_add(FUTURE)).contains(&found) {
        return Err(StoreError::Damaged("the database's version"));
    }
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    if found == known {
        return match shape(connection).await? == own_shape().await? {
            true => Ok(()),
            // A flipped bit in the name of a column is still SQL.
            false => Err(StoreError::Damaged("the database's tables")),
        };
    }
    if found > 0 {
        let copy = folder.join(format!("platen.before-{known}.db"));
        crate::durable::remove_if_there(&copy)?;
        copy_into(connection, &copy).await?;
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for (version, sql) in VERSIONS.iter().filter(|(version, _)| *version > found) {
        transaction.execute(*sql).await?;
        // A pragma takes no parameters; the version is a number of ours.
        transaction.execute(format!("PRAGMA user_version = {version}").as_str()).await?;
    }
    transaction.commit().await?;
    tracing::info!(from = found, to = known, "the database was brought to a new version");
    Ok(())
}

/// The SQL of everything in a database, by name.
async fn shape(connection: &mut SqliteConnection) -> Result<Vec<(String, String)>, StoreError> {
    let statement = "SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name";
    Ok(sqlx::query_as(statement).fetch_all(connection).await?)
}

/// What [`shape`] says of a database of the newest version.
async fn own_shape() -> Result<Vec<(String, String)>, StoreError> {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
    for (_, sql) in VERSIONS {
        connection.execute(*sql).await?;
    }
    let own = shape(&mut connection).await;
    connection.close().await?;
    own
}

/// A complete copy of the database at `path`, which must not exist; it is readable by the owner only.
pub(crate) async fn copy_into(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    // Made beforehand for its rights: SQLite fills an empty file.
    crate::durable::create_private(path)?;
    let name = path.to_str().ok_or(StoreError::Damaged("the data directory's name is not UTF-8"))?;
    sqlx::query("VACUUM INTO ?").bind(name).execute(connection).await?;
    Ok(())
}
