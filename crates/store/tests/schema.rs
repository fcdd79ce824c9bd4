//! `docs/schema.sql` is what the database really looks like. `PLATEN_BLESS=1` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use sqlx::Row;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

#[tokio::test]
async fn the_documented_schema_is_the_live_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = common::open(folder.path()).await;
    let mut connection = SqliteConnectOptions::new().filename(folder.path().join("platen.db")).connect().await.unwrap();
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await.unwrap();
    let rows = sqlx::query(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY tbl_name, type DESC, name",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut live = format!("-- The database of version {version}, as the migrations make it. A test compares.\n");
    for row in rows {
        live += &format!("\n{};\n", row.get::<String, _>(0));
    }
    connection.close().await.unwrap();
    store.close().await.unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema.sql");
    if std::env::var_os("PLATEN_BLESS").is_some() {
        std::fs::write(path, &live).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), live);
}

#[tokio::test]
async fn every_connection_keeps_the_promised_settings() {
    let folder = tempfile::tempdir().unwrap();
    let store = common::open(folder.path()).await;
    for (pragma, wanted) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("busy_timeout", "5000"),
        ("foreign_keys", "1"),
        ("journal_size_limit", "67108864"),
        ("fullfsync", "1"),
        ("checkpoint_fullfsync", "1"),
        ("secure_delete", "1"),
    ] {
        assert_eq!(store.pragma(pragma).await.unwrap(), wanted, "{pragma}");
    }
}
