//! The way in when the engine is in this process.

use super::{CallError, Doorway, Position};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use platen_api::{Api, Caller};
use serde_json::Value;

/// The contract itself.
pub struct Inside(pub Api);

#[async_trait::async_trait]
impl Doorway for Inside {
    async fn call(&self, method: &str, params: &Value) -> Result<Value, CallError> {
        Ok(self.0.dispatch(&Caller::owner(), method, params.clone()).await?)
    }

    async fn upload(&self, name: &str, document: Bytes) -> Result<Value, CallError> {
        let mut upload = self.0.upload(&Caller::owner(), name).await?;
        upload.write(&document).await?;
        Ok(upload.finish().await?)
    }

    async fn blob(&self, handle: &str) -> Result<Bytes, CallError> {
        Ok(self.0.blob(&Caller::owner(), handle).await?.bytes.into())
    }

    async fn events(&self, after: Option<Position>) -> Result<BoxStream<'static, Value>, CallError> {
        let events = self.0.events(after)?;
        let stream = stream::unfold(events, |mut events| async move {
            let event = events.next().await?;
            let value = serde_json::to_value(&event).ok()?;
            Some((value, events))
        });
        Ok(stream.boxed())
    }
}
