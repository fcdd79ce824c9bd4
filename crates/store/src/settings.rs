//! Small choices by name. Secrets do not belong here (design rule 6); see [`crate::Secrets`].

use crate::error::StoreError;
use crate::open::{Store, even_when_full};

impl Store {
    /// The value of `key`, when it was ever set.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT value FROM settings WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.0.readers)
            .await?)
    }

    /// Sets `key`.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        even_when_full!(self, async {
            sqlx::query("INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
                .bind(key)
                .bind(value)
                .execute(&mut *self.0.writer.acquire().await?)
                .await?;
            Ok::<_, StoreError>(())
        })
    }
}
