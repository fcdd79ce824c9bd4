//! Both readings of every contradiction in the platform's guide (section 10): whatever the vendor meant, a job is
//! bound, printed, followed and controlled.

use crate::support::{Shop, paper, picture};
use futures_util::{StreamExt, stream};
use platen_model::{JobState, PageOptions};
use platen_sim::Readings;

/// Worlds at a time.
const AT_ONCE: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reading_of_the_guide_ends_on_paper() {
    let mut readings: Vec<_> = Readings::each().collect();
    readings.push(("all others", Readings::other()));
    readings.push(("as shown", Readings::default()));
    let worlds = stream::iter(readings).map(|(name, readings)| one(name, readings));
    worlds.buffer_unordered(AT_ONCE).collect::<()>().await;
}

async fn one(name: &'static str, readings: Readings) {
    let shop = Shop::with(|plan| {
        plan.world.readings = readings;
        plan.profile = Box::new(|profile| profile.http.paths.job_list = None);
    })
    .await;
    let sn = shop.bind().await;
    let mut order = shop.order(&sn, "reading.png", &picture(1)).await;
    // More copies than a delivery holds, so that the printer pulls the rest.
    order.options = PageOptions { copies: 3, ..PageOptions::default() };
    let job = shop.engine.submit(order).await.unwrap().row.id;
    let settled = shop.until_settled(&job).await;
    assert_eq!(settled.row.state, JobState::Done, "{name}: {:?}", settled.row.fault);
    assert_eq!(paper(&shop.world, &sn).len(), 3, "{name}");
    let status = shop.until_printer(&sn, name, |status| status.known.paper.is_some()).await;
    assert!(status.problems.is_empty(), "{name}: {:?}", status.problems);
    let answer = shop.engine.control(&sn, "clear_cache").await;
    assert!(answer.is_ok(), "{name}: {answer:?}");
    // What a wrong code is called must be understood as well.
    let (coded, model, _) = shop.coded();
    let wrong = shop.engine.bind(&coded, Some("000000".into()), None, Some(&model)).await.unwrap_err();
    assert_eq!(wrong.code, "verification_code_wrong", "{name}");
    shop.engine.close().await;
    shop.world.stop().await;
}
