//! `platen call METHOD JSON`: any method of the contract, for programs.

use crate::doorway::Session;
use crate::keeper::Start;
use crate::output::{Ending, Output};
use platen_model::{Fault, Retry};
use std::path::Path;

pub(super) async fn run(data: &Path, method: &str, params: &str, output: Output) -> Result<Ending, Fault> {
    let params = serde_json::from_str(params).map_err(|error| {
        Fault::new(
            "bad_request",
            format!("The parameters are not JSON: {error}."),
            "Write them as '{\"name\": value}'.",
        )
        .with_retry(Retry::No)
    })?;
    let mut session = Session::open(data, Start::OnDemand).await?;
    let outcome = session.call(method, params).await;
    session.close().await;
    match outcome {
        Ok(result) => {
            output.result(&result)?;
            Ok(Ending::Done)
        }
        Err(fault) => {
            output.fault(&fault);
            // A program reads the code, so every refusal ends alike.
            Ok(Ending::Failed)
        }
    }
}
