//! Previews, what is kept of them, and documents that need a password.

use crate::support::{Shop, paper, picture};
use platen_engine::{BindResult, Engine, EngineOptions, Preview, Renderer, Start, Submission, Window};
use platen_model::{Dither, Duplex, Fault, JobId, JobState, PageOptions, Paper, WallTime};
use platen_store::{DataDir, NewJob, Store, StoreOptions};
use std::path::Path;

/// One page with a black bar; the password is `open sesame` (AES-128, made with pypdf).
const LOCKED: &[u8] = include_bytes!("support/locked.pdf");

/// A document of `pages` small pages: turned text has as many lines on a page as fit across the paper.
fn long(pages: usize) -> (Vec<u8>, PageOptions) {
    let options = PageOptions { rotate: platen_model::Rotation::Right, ..PageOptions::default() };
    ("line\n".repeat(pages * 13).into_bytes(), options)
}

async fn look(shop: &Shop, order: &Submission, options: &PageOptions, window: Window) -> Result<Preview, Fault> {
    shop.engine.preview(&order.document, &order.printer, options, window).await
}

/// Accepts a job while no engine runs, as one that died has left it.
async fn accept(data: &Path, sn: &str, id: &JobId, name: &str, document: &[u8]) {
    let dir = DataDir::open(data).unwrap();
    let store = Store::open(&dir).await.unwrap();
    let new = NewJob {
        id: id.clone(),
        printer: sn.to_owned(),
        title: name.to_owned(),
        document_name: name.to_owned(),
        document_kind: "any".to_owned(),
        options_json: serde_json::to_string(&PageOptions::default()).unwrap(),
        reference: None,
        caller: "test".to_owned(),
        simulated: false,
        reprint_of: None,
    };
    store.accept(new, document, WallTime(1_700_000_000_000)).await.unwrap();
    store.close().await.unwrap();
}

fn hashes(preview: &Preview) -> Vec<&str> {
    preview.pages.iter().map(|page| page.sha256.as_str()).collect()
}

/// Width, height, bit depth and pixels of a PNG.
fn pixels(png: &[u8]) -> (u32, u32, png::BitDepth, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, info.bit_depth, pixels)
}

#[tokio::test]
async fn a_long_document_is_shown_a_few_pages_at_a_time_and_printed_whole() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let (text, options) = long(300);
    let order = Submission { options: options.clone(), ..shop.order(&sn, "long.txt", &text).await };
    let some = look(&shop, &order, &options, Window { first: 100, count: 3 }).await.unwrap();
    assert!(some.page_count >= 290, "{}", some.page_count);
    assert_eq!((some.first, some.pages.len(), some.leaves), (100, 3, some.page_count));
    let one = look(&shop, &order, &options, Window { first: 101, count: 1 }).await.unwrap();
    assert_eq!(hashes(&one), hashes(&some)[1..2]);
    let none = look(&shop, &order, &options, Window { first: 9_999, count: 1 }).await.unwrap();
    assert!(none.pages.is_empty() && none.page_count == some.page_count);

    let job = shop.engine.submit(order).await.unwrap().row.id;
    let done = shop.until_job(&job, JobState::Done).await;
    assert_eq!(done.row.pages, Some(some.page_count));
    let printed = paper(&shop.world, &sn);
    let shown: Vec<_> = printed.iter().skip(100).take(3).map(|sheet| sheet.sha256.as_str()).collect();
    assert_eq!(shown, hashes(&some), "the paper is what was shown");
}

#[tokio::test]
async fn grey_is_the_page_before_its_tones() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let order = shop.order(&sn, "picture.png", &picture(7)).await;
    let mut last = None;
    for brightness in [0, 40, -60] {
        let options = PageOptions { brightness, dither: Dither::FloydSteinberg, ..PageOptions::default() };
        let preview = look(&shop, &order, &options, Window::ALL).await.unwrap();
        let (width, height) = (preview.pages[0].width, preview.pages[0].height);
        let dots = pixels(&shop.engine.preview_page(&preview.handle, 0).await.unwrap());
        let grey = pixels(&shop.engine.preview_grey(&preview.handle, 0).await.unwrap());
        assert_eq!((dots.0, dots.1, dots.2), (width, height, png::BitDepth::One));
        assert_eq!((grey.0, grey.1, grey.2), (width, height, png::BitDepth::Eight));
        if let Some((dots_before, grey_before)) = last.replace((dots.3.clone(), grey.3.clone())) {
            assert_ne!(dots.3, dots_before, "brightness changes dots");
            assert_eq!(grey.3, grey_before, "and not the grey that they are made of");
        }
        assert!(shop.engine.preview_grey(&preview.handle, 1).await.is_err_and(|fault| fault.code == "preview_unknown"));
    }
}

#[tokio::test]
async fn an_office_printer_gets_greys_on_both_sides_of_its_sheets() {
    let shop = Shop::with(|plan| plan.world.office = true).await;
    let desk = shop.world.hello().printers.iter().find(|printer| printer.model.starts_with("office-")).unwrap().clone();
    let bound = shop.engine.bind(&desk.sn, None, None, Some(&desk.model)).await.unwrap();
    assert!(matches!(bound, BindResult::Bound(_)), "{bound:?}");
    shop.until_ready(&desk.sn).await;
    let options = PageOptions {
        depth: 8,
        duplex: Duplex::LongEdge,
        copies: 2,
        collate: false,
        paper: Some(Paper { width: 800, height: 600 }),
        text_size: 96,
        ..PageOptions::default()
    };
    let text: String = (0..11).map(|line| format!("line {line}\n")).collect();
    let order = Submission { options: options.clone(), ..shop.order(&desk.sn, "lines.txt", text.as_bytes()).await };
    let shown = look(&shop, &order, &options, Window::ALL).await.unwrap();
    let pages = hashes(&shown);
    assert!(pages.len() % 2 == 1 && pages.len() > 1, "the last back is empty: {} pages", pages.len());
    let png = pixels(&shop.engine.preview_page(&shown.handle, 0).await.unwrap());
    assert_eq!(png.2, png::BitDepth::Eight);
    assert!(png.3.iter().any(|grey| (1..255).contains(grey)), "edges of letters are grey");

    let job = shop.engine.submit(order).await.unwrap().row.id;
    shop.until_job(&job, JobState::Done).await;
    let printed = paper(&shop.world, &desk.sn);
    let count = u32::try_from(pages.len()).unwrap();
    let expected: Vec<_> = platen_render::order(count, &options, true).collect();
    assert_eq!(printed.len(), expected.len());
    for (sheet, page) in printed.iter().zip(expected) {
        match page {
            Some(page) => assert_eq!(sheet.sha256, pages[page as usize], "the paper is what was shown"),
            None => assert!(!pages.contains(&sheet.sha256.as_str()), "an empty back"),
        }
    }
}

#[tokio::test]
async fn a_printer_with_colours_gets_those_of_the_document() {
    let shop = Shop::with(|plan| plan.world.office = true).await;
    let desk = shop.world.hello().printers.iter().find(|printer| printer.model.ends_with("-colour")).unwrap().clone();
    let bound = shop.engine.bind(&desk.sn, None, None, Some(&desk.model)).await.unwrap();
    assert!(matches!(bound, BindResult::Bound(_)), "{bound:?}");
    shop.until_ready(&desk.sn).await;
    let svg =
        b"<svg xmlns='http://www.w3.org/2000/svg' width='80' height='10'><rect width='40' height='10' fill='#e67814'/>
        <circle cx='60' cy='5' r='4' fill='#143cc8'/></svg>";
    let options = PageOptions { depth: PageOptions::COLOUR_DEPTH, ..PageOptions::default() };
    let order = Submission { options: options.clone(), ..shop.order(&desk.sn, "two.svg", svg).await };
    let shown = look(&shop, &order, &options, Window::ALL).await.unwrap();
    let of = |(width, height, _, pixels): (u32, u32, png::BitDepth, Vec<u8>)| {
        assert_eq!(pixels.len(), width as usize * height as usize * 3);
        let at = |x: u32| (height / 2 * width + x) as usize * 3;
        [width / 4, width * 3 / 4].map(|x| pixels[at(x)..at(x) + 3].to_vec())
    };
    let expected = [vec![0xe6, 0x78, 0x14], vec![0x14, 0x3c, 0xc8]];
    assert_eq!(of(pixels(&shop.engine.preview_page(&shown.handle, 0).await.unwrap())), expected);
    assert_eq!(of(pixels(&shop.engine.preview_grey(&shown.handle, 0).await.unwrap())), expected);
    let job = shop.engine.submit(order).await.unwrap().row.id;
    shop.until_job(&job, JobState::Done).await;
    let printed: Vec<_> = paper(&shop.world, &desk.sn).iter().map(|sheet| sheet.sha256.clone()).collect();
    assert_eq!(printed, hashes(&shown), "the paper is what was shown");
    assert_eq!(of(pixels(&shop.engine.job_page(&job, 0).await.unwrap())), expected);
}

#[tokio::test]
async fn copies_that_are_not_collated_follow_one_another() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let (text, options) = long(2);
    let text = [text, b"the end\n".to_vec()].concat();
    let order = shop.order(&sn, "long.txt", &text).await;
    let shown = look(&shop, &order, &options, Window::ALL).await.unwrap();
    let pages = hashes(&shown);
    assert!(pages.len() >= 2 && pages.first() != pages.last());
    let twice = |collate| PageOptions { copies: 2, collate, ..options.clone() };
    for (collate, expected) in [
        (true, pages.iter().chain(&pages).copied().collect::<Vec<_>>()),
        (false, pages.iter().flat_map(|page| [*page, *page]).collect()),
    ] {
        let before = paper(&shop.world, &sn).len();
        let order = Submission { options: twice(collate), ..order.clone() };
        let job = shop.engine.submit(order).await.unwrap().row.id;
        let done = shop.until_job(&job, JobState::Done).await;
        assert_eq!(done.row.pages, Some(shown.page_count));
        let printed = paper(&shop.world, &sn);
        let printed: Vec<_> = printed.iter().skip(before).map(|sheet| sheet.sha256.as_str()).collect();
        assert_eq!(printed, expected, "collate {collate}");
    }
}

#[tokio::test]
async fn a_locked_document_is_opened_by_its_password_and_by_nothing_else() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let mut upload = shop.engine.upload("locked.pdf").await.unwrap();
    upload.write(LOCKED).await.unwrap();
    let (row, info) = upload.finish().await.unwrap();
    assert!(info.locked);
    let order = Submission { document: row.id.clone(), ..shop.order(&sn, "other.txt", b"other").await };
    let options = PageOptions::default();
    assert_eq!(look(&shop, &order, &options, Window::ALL).await.unwrap_err().code, "document_locked");
    assert_eq!(shop.engine.submit(order.clone()).await.unwrap_err().code, "document_locked");
    assert_eq!(shop.engine.unlock(&row.id, "sesame".into()).await.unwrap_err().code, "password_wrong");
    assert_eq!(shop.engine.submit(order.clone()).await.unwrap_err().code, "document_locked");
    let (_, info) = shop.engine.unlock(&row.id, "open sesame".into()).await.unwrap();
    assert!(!info.locked);
    let job = shop.engine.submit(order).await.unwrap().row.id;
    shop.until_job(&job, JobState::Done).await;
}

#[tokio::test]
async fn a_password_dies_with_the_program_and_its_job_says_so() {
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let (world, clock, folder) = shop.close().await;
    let id = JobId::from_bytes([7; 16]);
    // It was accepted while the password was known, and then the process died.
    accept(&folder.path().join("data"), &sn, &id, "locked.pdf", LOCKED).await;
    let shop = Shop::open_on(&tokio::runtime::Handle::current(), world, clock, folder).await;
    let failed = shop.until_job(&id, JobState::Failed).await;
    assert_eq!(failed.row.fault.unwrap().code, "document_locked");
    let again = |password: Option<&'static str>| shop.engine.print_again("test", &id, password.map(Into::into));
    assert_eq!(again(None).await.unwrap_err().code, "document_locked");
    assert_eq!(again(Some("no")).await.unwrap_err().code, "password_wrong");
    let job = again(Some("open sesame")).await.unwrap().row.id;
    shop.until_job(&job, JobState::Done).await;
    // Nowhere on the disk.
    let data = shop.let_go().1;
    let mut folders = vec![data.path().join("data")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => {
                    let bytes = std::fs::read(entry.path()).unwrap();
                    assert!(!bytes.windows(11).any(|part| part == b"open sesame"), "{}", entry.path().display());
                }
            }
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_job_that_is_being_rendered_can_be_cancelled() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let (world, clock, folder) = shop.close().await;
    let data = folder.path().join("data");
    let (stuck, next) = (JobId::from_bytes([1; 16]), JobId::from_bytes([2; 16]));
    for id in [&stuck, &next] {
        accept(&data, &sn, id, "a.txt", b"hello").await;
    }
    // A renderer that never ends.
    let program = folder.path().join("renderer");
    std::fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let renderer = Renderer::child(program);
    let store = StoreOptions { free_floor: 0, ballast: 0, readers: 2 };
    let options = EngineOptions { data, start: Start::All, clock: clock.clone(), renderer, store, radio: None };
    let shop = Shop { engine: Engine::open(options).await.unwrap(), world, clock, folder };
    shop.until_job(&stuck, JobState::Rendering).await;
    assert_eq!(shop.job(&next).await.row.state, JobState::Waiting);
    shop.engine.cancel(&stuck).await.unwrap();
    assert_eq!(shop.job(&stuck).await.row.state, JobState::Cancelled);
    // The queue is free.
    shop.until_job(&next, JobState::Rendering).await;
}
