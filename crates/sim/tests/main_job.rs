//! The main job: bind, log in, print, follow, look at the paper.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail.

mod common;

use common::*;
use platen_model::Secret;
use platen_protocol::cloud::shapes::{answer, request};
use platen_protocol::cloud::status::JobStatus;
use platen_protocol::cloud::{Message, Mode};
use platen_sim::{Act, Call, Readings, Side, Trouble, World, WorldOptions};
use std::time::Duration;

const REFERENCE: &str = "92ef08872ff906876071478274eec57b";

#[tokio::test]
async fn a_job_comes_out_dot_for_dot_and_tells_its_life() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let mut ear = app.listen().await;
    let dots = picture(384, 300, 1);
    let job = app.print(REFERENCE, &dots, 1).await;
    assert_eq!(job, REFERENCE);
    assert_eq!(ear.life(&job).await, [JobStatus::Accepted, JobStatus::Progress, JobStatus::Done]);

    let sn = app.sn.as_str();
    let sheet = sheets(&world, sn, 1).await.remove(0);
    assert_eq!((sheet.page, sheet.width, sheet.height), (1, 384, 300));
    assert_eq!(read_png(&world.sheet_png(sn, &job, 1).unwrap()), dots);
    let log = std::fs::read_to_string(dir.path().join(format!("paper/{sn}/log.jsonl"))).unwrap();
    let line: serde_json::Value = serde_json::from_str(log.trim_end()).unwrap();
    assert_eq!((line["ref"].as_str(), line["file"].as_str()), (Some(REFERENCE), Some(&*format!("{REFERENCE}-1.png"))));
    let listed = app.list(Some(REFERENCE)).await;
    assert_eq!(listed.items[0].status.as_deref(), Some("success"));
    world.stop().await;
}

#[tokio::test]
async fn every_reading_of_every_contradiction_prints_three_copies() {
    let mut readings: Vec<_> = Readings::each().collect();
    readings.push(("all", Readings::other()));
    for (name, readings) in readings {
        let dir = tempfile::tempdir().unwrap();
        let world = World::start(WorldOptions { readings, ..fast(dir.path()) }).await.unwrap();
        let app = App::bound(&world).await;
        let mut ear = app.listen().await;
        // More copies than a delivery lists: the rest is pulled.
        let dots = picture(384, 64, 2);
        let job = app.print("r", &dots, 3).await;
        assert_eq!(ear.life(&job).await, [JobStatus::Accepted, JobStatus::Progress, JobStatus::Done], "{name}");
        let sheets = sheets(&world, app.sn.as_str(), 3).await;
        assert_eq!(sheets.iter().map(|sheet| sheet.page).collect::<Vec<_>>(), [3, 2, 1], "{name}");
        assert!(sheets.iter().all(|sheet| sheet.sha256 == sheets[0].sha256), "{name}");
        assert_eq!(app.state().await.online, Some(true), "{name}");
        world.stop().await;
    }
}

#[tokio::test]
async fn a_state_comes_whole_or_as_a_delta() {
    for delta in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let readings = Readings { delta_state: delta, ..Readings::default() };
        let world = World::start(WorldOptions { readings, ..fast(dir.path()) }).await.unwrap();
        let app = App::bound(&world).await;
        let mut ear = app.listen().await;
        world.act(app.sn.as_str(), Act::PaperOut).unwrap();
        let report = ear
            .until(|message| match message {
                Message::State(report) if report.paper == Some(0) => Some(report),
                _ => None,
            })
            .await;
        assert_eq!(report.err_code.as_deref(), Some(&[1001][..]));
        assert_eq!(report.imei.is_none(), delta);
        // The platform puts the parts together.
        let known = app.state().await.report;
        assert!(known.imei.is_some() && known.firmware.is_some());
        world.stop().await;
    }
}

#[tokio::test]
async fn a_printer_with_a_code_prints_it_and_is_bound_with_it_alone() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let printer_facts = world.hello().printers[1].clone();
    let (sn, code) = (printer_facts.sn.as_str(), printer_facts.code.clone().unwrap());
    let app = App::stranger(&world, sn, Mode::Direct);
    let refused = async |code: Option<&str>| {
        let code = code.map(Secret::from);
        match answer::bind(&app.call(request::bind(&app.profile, &app.sn, code.as_ref())).await.unwrap()) {
            Err(answer::AnswerError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    };
    assert!(refused(None).await.needs_code());
    let printed = until(&world, |world| printer(world, sn).printed_code).await;
    assert_eq!(printed, code);
    let sheet = sheets(&world, sn, 1).await.remove(0);
    assert_eq!((sheet.width, sheet.client_ref), (576, None));
    assert!(refused(Some("000000x")).await.wrong_code());
    let log = std::fs::read_to_string(dir.path().join(format!("paper/{sn}/log.jsonl"))).unwrap();
    let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!(last["code"], code.as_str());

    let app = App::bound_to(&world, 1, Mode::Direct).await;
    assert!(printer(&world, sn).bound);
    assert!(app.list(None).await.items.is_empty(), "the code's sheet is not a job of the app");
    world.stop().await;
}

#[tokio::test]
async fn via_the_tenant_a_token_comes_without_an_authorisation_code() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let mut app = App::bound_to(&world, 1, Mode::ViaTenant).await;
    assert!(app.auth_code.is_none());
    app.log_in().await.unwrap();
    app.print("r", &picture(576, 30, 3), 1).await;
    sheets(&world, app.sn.as_str(), 1).await;
    let mut unbound = App::stranger(&world, &world.hello().printers[0].sn, Mode::ViaTenant);
    assert!(unbound.log_in().await.is_err());
    world.stop().await;
}

#[tokio::test]
async fn tokens_end_and_bindings_can_be_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(WorldOptions { token_seconds: 1, ..fast(dir.path()) }).await.unwrap();
    let mut app = App::bound(&world).await;
    world.expire_tokens().unwrap();
    let state = request::device_state(&app.profile, &app.token);
    let answered = app.call(state).await.unwrap();
    assert_eq!(answered.status, 401);
    app.log_in().await.unwrap();
    world.revoke(app.sn.as_str()).unwrap();
    assert!(matches!(app.log_in().await, Err(answer::AnswerError::Refused(refusal)) if refusal.is_unauthorised()));
    assert_eq!((world.troubles().count(Call::Login), world.troubles().count(Call::DeviceState)), (3, 1));
    world.stop().await;
}

#[tokio::test]
async fn the_same_reference_twice_makes_two_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let dots = picture(384, 20, 4);
    let (first, second) = (app.print(REFERENCE, &dots, 1).await, app.print(REFERENCE, &dots, 1).await);
    assert_eq!(first, REFERENCE);
    assert_ne!(first, second);
    assert_eq!(app.list(Some(REFERENCE)).await.total, Some(2));
    sheets(&world, app.sn.as_str(), 2).await;
    world.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_after_acting_leaves_a_job_that_can_be_looked_up() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::start(fast(dir.path())).await.unwrap();
    let app = App::bound(&world).await;
    let dots = picture(384, 20, 5);
    let troubles = world.troubles();
    troubles.plan(Call::CreateJob, 1, Side::Before, Trouble::Drop);
    assert!(app.call(app.job("before", &dots, 1)).await.is_err());
    assert!(app.list(Some("before")).await.items.is_empty());
    for (reference, trouble) in
        [("drop", Trouble::Drop), ("stall", Trouble::Stall(Duration::from_millis(50))), ("5xx", Trouble::Answer(502))]
    {
        troubles.plan(Call::CreateJob, 1, Side::After, trouble);
        let answered = app.call(app.job(reference, &dots, 1)).await;
        assert!(answered.is_err() || answered.is_ok_and(|answer| answer.status == 502));
        assert_eq!(app.list(Some(reference)).await.items.len(), 1, "{reference}");
    }
    sheets(&world, app.sn.as_str(), 3).await;
    assert_eq!(troubles.count(Call::CreateJob), 4);
    world.stop().await;
}
