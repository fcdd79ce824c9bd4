//! Bound printers with the last state that was heard of them.
//!
//! Deliberately absent: tokens and authorisation codes. They live in [`crate::Secrets`] under names of [`crate::Secrets::of_printer`], and
//! [`Store::remove_printer`] takes them along (SE-5).

use crate::error::StoreError;
use crate::open::{Store, even_when_full};
use crate::secrets::Secrets;
use platen_model::WallTime;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// A bound printer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrinterRow {
    /// Serial number: its identity.
    pub sn: String,
    /// What its owner calls it.
    pub name: String,
    /// Its model, as far as known.
    pub model: String,
    /// Name of the profile through which it was bound.
    pub profile: String,
    /// The tenant code of its topics.
    pub tenant: String,
    /// The user name of its topics.
    pub user: String,
    /// Of the simulated world.
    pub simulated: bool,
    /// When it was bound.
    pub bound_at: WallTime,
    /// Printing width in dots, once known.
    pub width_dots: Option<u32>,
    /// The last state that was heard, as JSON; empty when none was.
    pub state_json: String,
    /// What it last said about itself.
    pub online: Option<bool>,
    /// When it was last heard.
    pub last_heard: Option<WallTime>,
    /// How it is met over Bluetooth, when that is the way to it; `None`: through the platform.
    pub direct: Option<DirectRow>,
}

/// How a printer is met over Bluetooth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectRow {
    /// The serial number that it told: what decides whether a device is this printer (BL-2). `None` when it tells none.
    pub serial: Option<String>,
    /// Where it was last met. Only a hint where to look first.
    pub address: String,
    /// What it advertised then.
    pub name: String,
}

impl PrinterRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let text = |column: &str| row.try_get::<String, _>(column);
        let number = |column: &str| row.try_get::<i64, _>(column);
        let heard = number("last_heard")?;
        Ok(Self {
            sn: text("sn")?,
            name: text("name")?,
            model: text("model")?,
            profile: text("profile")?,
            tenant: text("tenant")?,
            user: text("user")?,
            simulated: number("simulated")? != 0,
            bound_at: WallTime(number("bound_at")?),
            width_dots: u32::try_from(number("width_dots")?).ok(),
            state_json: text("state_json")?,
            online: match number("online")? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
            last_heard: (heard > 0).then_some(WallTime(heard)),
            direct: match text("channel")?.as_str() {
                "ble" => Some(DirectRow {
                    serial: Some(text("ble_serial")?).filter(|serial| !serial.is_empty()),
                    address: text("ble_address")?,
                    name: text("ble_name")?,
                }),
                _ => None,
            },
        })
    }
}

fn online_number(online: Option<bool>) -> i64 {
    online.map_or(-1, i64::from)
}

impl Store {
    /// Adds or replaces a printer.
    pub async fn save_printer(&self, printer: &PrinterRow) -> Result<(), StoreError> {
        even_when_full!(self, self.try_save_printer(printer))?;
        self.backup_if_room().await
    }

    async fn try_save_printer(&self, printer: &PrinterRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO printers (sn, name, model, profile, tenant, user, simulated, bound_at, width_dots, state_json, online, last_heard,
                channel, ble_serial, ble_address, ble_name)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (sn) DO UPDATE SET name = excluded.name, model = excluded.model, profile = excluded.profile,
                tenant = excluded.tenant, user = excluded.user, simulated = excluded.simulated, bound_at = excluded.bound_at,
                width_dots = excluded.width_dots, state_json = excluded.state_json, online = excluded.online,
                last_heard = excluded.last_heard, channel = excluded.channel, ble_serial = excluded.ble_serial,
                ble_address = excluded.ble_address, ble_name = excluded.ble_name",
        )
        .bind(&printer.sn)
        .bind(&printer.name)
        .bind(&printer.model)
        .bind(&printer.profile)
        .bind(&printer.tenant)
        .bind(&printer.user)
        .bind(i64::from(printer.simulated))
        .bind(printer.bound_at.as_millis())
        .bind(printer.width_dots.map_or(-1, i64::from))
        .bind(&printer.state_json)
        .bind(online_number(printer.online))
        .bind(printer.last_heard.map_or(0, WallTime::as_millis))
        .bind(if printer.direct.is_some() { "ble" } else { "cloud" })
        .bind(printer.direct.as_ref().and_then(|direct| direct.serial.as_deref()).unwrap_or_default())
        .bind(printer.direct.as_ref().map_or("", |direct| &direct.address))
        .bind(printer.direct.as_ref().map_or("", |direct| &direct.name))
        .execute(&mut *self.0.writer.acquire().await?)
        .await?;
        Ok(())
    }

    /// The printer `sn`; [`StoreError::UnknownPrinter`] when there is none.
    pub async fn printer(&self, sn: &str) -> Result<PrinterRow, StoreError> {
        let row = sqlx::query("SELECT * FROM printers WHERE sn = ?").bind(sn).fetch_optional(&self.0.readers).await?;
        row.as_ref().map(PrinterRow::read).transpose()?.ok_or(StoreError::UnknownPrinter)
    }

    /// All printers, in the order in which they were bound.
    pub async fn printers(&self) -> Result<Vec<PrinterRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM printers ORDER BY bound_at, sn").fetch_all(&self.0.readers).await?;
        rows.iter().map(PrinterRow::read).collect()
    }

    /// Stores where a printer was met over Bluetooth.
    pub async fn save_met(&self, sn: &str, address: &str, name: &str) -> Result<(), StoreError> {
        let done = even_when_full!(self, async {
            let done =
                sqlx::query("UPDATE printers SET ble_address = ?, ble_name = ? WHERE sn = ? AND channel = 'ble'")
                    .bind(address)
                    .bind(name)
                    .bind(sn)
                    .execute(&mut *self.0.writer.acquire().await?)
                    .await?;
            Ok::<_, StoreError>(done)
        })?;
        if done.rows_affected() == 0 { Err(StoreError::UnknownPrinter) } else { Ok(()) }
    }

    /// Stores the last state that was heard of a printer. What is `None` stays as it is.
    pub async fn save_state(
        &self,
        sn: &str,
        state_json: Option<&str>,
        online: Option<bool>,
        last_heard: Option<WallTime>,
    ) -> Result<(), StoreError> {
        let done = even_when_full!(self, async {
            let done = sqlx::query(
                "UPDATE printers SET state_json = COALESCE(?, state_json), online = COALESCE(?, online),
                    last_heard = COALESCE(?, last_heard) WHERE sn = ?",
            )
            .bind(state_json)
            .bind(online.map(i64::from))
            .bind(last_heard.map(WallTime::as_millis))
            .bind(sn)
            .execute(&mut *self.0.writer.acquire().await?)
            .await?;
            Ok::<_, StoreError>(done)
        })?;
        if done.rows_affected() == 0 { Err(StoreError::UnknownPrinter) } else { Ok(()) }
    }

    /// Forgets a printer: its secrets first, then jobs, acknowledgements, state and the row; the log and the copy are renewed, so that none of it
    /// is left on the disk (SE-5). Forgetting an unknown printer is no error: a second try after a crash must get through.
    pub async fn remove_printer(&self, sn: &str, secrets: &Secrets) -> Result<(), StoreError> {
        secrets.forget_printer(sn).await?;
        self.delete_jobs_of(sn).await?;
        even_when_full!(self, async {
            let mut transaction = self.0.writer.begin().await?;
            sqlx::query("DELETE FROM acks WHERE sn = ?").bind(sn).execute(&mut *transaction).await?;
            sqlx::query("DELETE FROM printers WHERE sn = ?").bind(sn).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok::<_, StoreError>(())
        })?;
        self.truncate_wal().await?;
        self.backup_if_room().await
    }
}
