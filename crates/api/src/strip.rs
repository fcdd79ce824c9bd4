//! The rows of the table about test strips and own models: read the request, ask the engine, answer with a view.

use crate::convert;
use crate::dispatch::{Api, Caller};
use crate::requests::{DeviceRequest, Nothing, StripAnswer};
use crate::views::*;
use platen_engine::{STRIP_WIDTHS, StripAnswer as Answer, StripQuestion, StripReply, StripStatus, StripStep};
use platen_model::Fault;

pub(crate) async fn start_strip(api: &Api, _: &Caller, request: DeviceRequest) -> Result<StripView, Fault> {
    Ok(view(api.engine.start_strip(&request.id).await?))
}

pub(crate) async fn show_strip(api: &Api, _: &Caller, _: Nothing) -> Result<Option<StripView>, Fault> {
    Ok(current(api))
}

pub(crate) async fn answer_strip(api: &Api, _: &Caller, request: StripAnswer) -> Result<StripView, Fault> {
    let answer = match request {
        StripAnswer::NoBars => Answer::Reply(StripReply::NoBars),
        StripAnswer::Bars => Answer::Reply(StripReply::Bars),
        StripAnswer::Whole { count } => Answer::Reply(StripReply::Whole(usize::try_from(count).unwrap_or(usize::MAX))),
        StripAnswer::Black { black } => Answer::Reply(StripReply::Black(black)),
        StripAnswer::Again => Answer::Again,
    };
    Ok(view(api.engine.answer_strip(answer).await?))
}

pub(crate) async fn cancel_strip(api: &Api, _: &Caller, _: Nothing) -> Result<Nothing, Fault> {
    api.engine.cancel_strip().await;
    Ok(Nothing {})
}

pub(crate) async fn own_models(api: &Api, _: &Caller, _: Nothing) -> Result<OwnModelsView, Fault> {
    let own = api.engine.own_models();
    Ok(OwnModelsView {
        file: own.file.display().to_string(),
        models: own.models.iter().map(|model| convert::model(model)).collect(),
        problems: own.problems.clone(),
    })
}

/// The test strip that runs or has just ended.
pub(crate) fn current(api: &Api) -> Option<StripView> {
    api.engine.strip().map(view)
}

fn view(status: StripStatus) -> StripView {
    let step = match status.step {
        StripStep::Printing => "printing",
        StripStep::Ask(StripQuestion::CameOut) => "came-out",
        StripStep::Ask(StripQuestion::WholeBars) => "whole-bars",
        StripStep::Ask(StripQuestion::BlackOnWhite) => "black-on-white",
        StripStep::Adding => "adding",
        StripStep::Done => "done",
        StripStep::GivenUp => "given-up",
    };
    StripView {
        device: SetupDeviceView { id: status.device, name: status.name },
        step: step.to_owned(),
        family: status.family.map(str::to_owned),
        bars: STRIP_WIDTHS.to_vec(),
        strips: status.strips,
        error: status.fault.as_ref().map(ErrorView::from),
        model: status.model.as_deref().map(convert::model),
        printer: status.printer,
    }
}
