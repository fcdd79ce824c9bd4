//! The main job: bind a printer, print, follow the print to paper, control, unbind (section 3 of the platform's guide).

use crate::support::{PATIENCE, Printed, Shop, drawing, label, paper, picture};
use platen_engine::{BindResult, Mode, Window};
use platen_model::{Connection, JobId, JobState, PageOptions, Retry, Secret};
use platen_sim::Call;
use platen_store::{DataDir, Secrets, SecretsChoice};
use std::path::Path;

#[tokio::test]
async fn a_printer_is_bound_without_a_code_and_shows_its_state() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let status = shop
        .until_printer(&sn, "a live state", |status| status.known.battery.as_ref().is_some_and(|known| known.live))
        .await;
    assert_eq!(status.connection, Connection::Online);
    assert_eq!(status.known.paper.unwrap().value, 1);
    assert_eq!(status.known.firmware["cloud"].value.firmware_version, "1.2.3");
    assert!(status.problems.is_empty(), "{:?}", status.problems);
}

#[tokio::test]
async fn a_code_is_printed_asked_for_and_only_the_right_one_binds() {
    let shop = Shop::open().await;
    let (sn, model, code) = shop.coded();
    let bind = async |code: Option<&str>| shop.engine.bind(&sn, code.map(Secret::from), None, Some(&model)).await;
    assert!(matches!(bind(None).await.unwrap(), BindResult::CodeNeeded));
    let state = || shop.world.printers().into_iter().find(|printer| printer.printer.sn == sn).unwrap();
    shop.until("the code on paper", async || (state().printed_code.as_deref() == Some(&code)).then_some(())).await;
    let wrong = bind(Some("000000")).await.unwrap_err();
    assert_eq!((wrong.code.as_ref(), wrong.retry), ("verification_code_wrong", Retry::AfterRemedy));
    assert!(shop.engine.printers().await.unwrap().is_empty() && !state().bound);
    assert!(matches!(bind(Some(&code)).await.unwrap(), BindResult::Bound(_)));
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Done).await;
}

#[tokio::test]
async fn every_kind_of_document_comes_out_as_its_preview_showed_it() {
    // Without a look-up only the printer's own acknowledgement can end a job.
    let shop = Shop::with(|plan| plan.profile = Box::new(|profile| profile.http.paths.job_list = None)).await;
    let sn = shop.bind().await;
    let documents = [("a.png", picture(7)), ("b.txt", label(8)), ("c.svg", drawing(9))];
    for (name, bytes) in documents {
        let order = shop.order(&sn, name, &bytes).await;
        let preview = shop.engine.preview(&order.document, &sn, &order.options, Window::ALL).await.unwrap();
        assert!(preview.missing.is_empty(), "{name} lacks {:?}", preview.missing);
        let job = shop.engine.submit(order).await.unwrap().row.id;
        let done = shop.until_job(&job, JobState::Done).await;
        assert_eq!((done.row.progress, done.row.fault.as_ref()), (Some(1.0), None));
        let sheets = sheets_of(&shop, &sn, &job);
        let shown: Vec<_> = preview.pages.iter().map(|page| page.sha256.clone()).collect();
        assert_eq!(sheets.iter().map(|sheet| sheet.sha256.clone()).collect::<Vec<_>>(), shown, "{name}");
        assert_eq!(done.row.pages, Some(u32::try_from(shown.len()).unwrap()));
        assert!(shop.engine.job_page(&job, 0).await.unwrap().starts_with(b"\x89PNG"));
    }
    assert_eq!(shop.world.troubles().count(Call::JobList), 0);
}

fn sheets_of(shop: &Shop, sn: &str, job: &JobId) -> Vec<Printed> {
    paper(&shop.world, sn).into_iter().filter(|sheet| sheet.reference == job.as_str()).collect()
}

#[tokio::test]
async fn copies_are_equal_and_counted_and_progress_only_grows() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let mut order = shop.order(&sn, "copies.png", &picture(3)).await;
    order.options = PageOptions { copies: 5, ..PageOptions::default() };
    let mut follower = shop.follow();
    let job = shop.engine.submit(order).await.unwrap().row.id;
    let mut shown = Vec::new();
    let life = async {
        loop {
            let row = shop.job(&job).await.row;
            shown.push(row.progress.unwrap_or(0.0));
            if row.state == JobState::Done {
                return;
            }
            follower.next().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, life).await.unwrap();
    assert!(shown.is_sorted(), "{shown:?}");
    let sheets = sheets_of(&shop, &sn, &job);
    assert_eq!(sheets.iter().map(|sheet| sheet.page).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(sheets.iter().all(|sheet| sheet.sha256 == sheets[0].sha256));
}

#[tokio::test]
async fn jobs_come_out_in_the_order_in_which_they_were_accepted() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let mut orders = Vec::new();
    for number in 0..12 {
        orders.push(shop.order(&sn, "order.png", &picture(100 + number)).await);
    }
    let mut jobs = Vec::new();
    for order in orders {
        jobs.push(shop.engine.submit(order).await.unwrap().row.id);
    }
    for job in &jobs {
        shop.until_job(job, JobState::Done).await;
    }
    let printed: Vec<_> = paper(&shop.world, &sn).into_iter().map(|sheet| sheet.reference).collect();
    assert_eq!(printed, jobs.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[tokio::test]
async fn two_printers_work_side_by_side() {
    let shop = Shop::open().await;
    let (one, two) = (shop.bind().await, shop.bind_coded().await);
    let mut jobs = Vec::new();
    for number in 0..4 {
        for sn in [&one, &two] {
            jobs.push((sn.clone(), shop.print(sn, number).await));
        }
    }
    for (sn, job) in &jobs {
        shop.until_job(job, JobState::Done).await;
        assert_eq!(sheets_of(&shop, sn, job).len(), 1);
    }
}

#[tokio::test]
async fn a_reboot_is_acknowledged_and_an_unknown_command_refused() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let answer = shop.engine.control(&sn, "reboot").await.unwrap();
    assert_eq!((answer.status.as_str(), answer.codes.as_slice()), ("confirm", &[][..]));
    assert!(!answer.control_id.is_empty());
    shop.until("the printer back", async || {
        shop.world.printers().iter().find(|printer| printer.printer.sn == sn).filter(|printer| printer.online).map(drop)
    })
    .await;
    let refused = shop.engine.control(&sn, "dance").await.unwrap_err();
    assert_eq!(refused.code, "command_refused");
    assert!(refused.message.contains("2201"), "{refused:?}");
    assert!(shop.engine.control(&sn, "re\u{202e}boot").await.is_err());
    let job = shop.print(&sn, 4).await;
    shop.until_job(&job, JobState::Done).await;
}

#[tokio::test]
async fn unbinding_wipes_secrets_jobs_and_documents() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let canary = "canary-4711-on-the-label";
    let order = shop.order(&sn, "label.txt", canary.as_bytes()).await;
    let job = shop.engine.submit(order).await.unwrap().row.id;
    shop.until_job(&job, JobState::Done).await;
    // One that never leaves, as well.
    shop.world.expire_tokens().unwrap();
    shop.world.revoke(&sn).unwrap();
    let waiting = shop.print(&sn, 5).await;

    shop.engine.unbind(&sn).await.unwrap();
    assert!(shop.engine.printers().await.unwrap().is_empty());
    assert!(shop.engine.jobs(None, 100).await.unwrap().is_empty());
    for job in [&job, &waiting] {
        assert_eq!(shop.engine.job(job).await.unwrap_err().code, "job_unknown");
    }
    assert_eq!(shop.engine.printer(&sn).await.unwrap_err().code, "printer_unknown");
    let (_world, _clock, folder) = shop.close().await;
    let data = folder.path().join("data");
    let dir = DataDir::open(&data).unwrap();
    let secrets = Secrets::open_in(&dir, SecretsChoice::File).await.unwrap();
    for what in ["app-auth-code", "token"] {
        assert!(secrets.get(&Secrets::of_printer(&sn, what)).await.unwrap().is_none(), "{what} is still there");
    }
    let mut holding = Vec::new();
    search(&data, &[canary.as_bytes(), job.as_str().as_bytes()], &mut holding);
    assert!(holding.is_empty(), "{holding:?} still tell of the jobs");
}

/// Files that hold any of `words`. What was handed in and not printed is not a job, and goes by age.
fn search(folder: &Path, words: &[&[u8]], holding: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("spool/documents") {
                search(&path, words, holding);
            }
            continue;
        }
        // The database's last connection may still be putting its log away: what is gone tells nothing.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if words.iter().any(|word| bytes.windows(word.len()).any(|window| window == *word)) {
            holding.push(path.display().to_string());
        }
    }
}

#[tokio::test]
async fn through_the_tenant_no_code_is_kept_and_everything_else_works() {
    let shop = Shop::with(|plan| plan.mode = Mode::ViaTenant).await;
    let sn = shop.bind().await;
    let job = shop.print(&sn, 1).await;
    shop.until_job(&job, JobState::Done).await;
    shop.world.expire_tokens().unwrap();
    let logins = shop.world.troubles().count(Call::Login);
    shop.engine.refresh_printer(&sn).await.unwrap();
    assert_eq!(shop.world.troubles().count(Call::Login), logins + 1);
    let job = shop.print(&sn, 2).await;
    shop.until_job(&job, JobState::Done).await;
    let (_world, _clock, folder) = shop.close().await;
    let dir = DataDir::open(folder.path().join("data")).unwrap();
    let secrets = Secrets::open_in(&dir, SecretsChoice::File).await.unwrap();
    assert!(secrets.get(&Secrets::of_printer(&sn, "app-auth-code")).await.unwrap().is_none());
    assert!(secrets.get(&Secrets::of_printer(&sn, "token")).await.unwrap().is_some());
}

#[tokio::test]
async fn the_button_on_the_printer_cancels_the_one_job_in_progress() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    shop.world.act(&sn, platen_sim::Act::PaperOut).unwrap();
    let job = shop.print(&sn, 1).await;
    shop.until("the printer at it", async || {
        let printing = shop.world.printers().iter().any(|printer| printer.printer.sn == sn && printer.printing);
        (printing && shop.job(&job).await.row.state == JobState::Sent).then_some(())
    })
    .await;
    shop.world.act(&sn, platen_sim::Act::StopPrint).unwrap();
    let cancelled = shop.until_settled(&job).await;
    assert_eq!(cancelled.row.state, JobState::Cancelled);
    assert!(cancelled.row.detail.contains("user_action"), "{:?}", cancelled.row.detail);
    assert!(paper(&shop.world, &sn).is_empty());
}

#[tokio::test]
async fn a_printer_that_cannot_print_makes_the_job_fail_with_its_reason() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    // The printer cannot fetch its data.
    shop.world.troubles().plan(Call::Object, 5, platen_sim::Side::Before, platen_sim::Trouble::Answer(500));
    let job = shop.print(&sn, 1).await;
    let failed = shop.until_settled(&job).await;
    let fault = failed.row.fault.unwrap();
    assert_eq!((failed.row.state, fault.code.as_ref()), (JobState::Failed, "printer_failed"));
    assert!(fault.message.contains("2101"), "{fault:?}");
    assert!(paper(&shop.world, &sn).is_empty());
    let again = shop.engine.print_again("test", &job, None).await.unwrap();
    assert_eq!(again.row.reprint_of, Some(job));
    shop.until_job(&again.row.id, JobState::Done).await;
}
