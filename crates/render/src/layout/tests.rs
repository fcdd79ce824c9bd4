use super::*;
use platen_model::Paper;
use proptest::prelude::*;

const HEAD: Target = Target { width_dots: 384, dpi: 203, dot_gain: 0, across: false };

fn leaf(width: f64, height: f64) -> Leaf {
    Leaf { width, height, dpi: 96.0, set: false }
}

fn paper(width: u16, height: u16) -> PageOptions {
    PageOptions { paper: Some(Paper { width, height }), ..PageOptions::default() }
}

fn sheets(options: &PageOptions, leaves: &[Leaf]) -> Vec<Sheet> {
    let numbered: Vec<_> = (0..).zip(leaves.iter().copied()).collect();
    Layout::new(&HEAD, options).unwrap().sheets(&numbered).unwrap()
}

/// The size of the only page, and of each leaf: left, top, width, height, quarter turns.
type Lies = ((u32, u32), Vec<(u32, u32, u32, u32, u8)>);

fn lies(options: &PageOptions, leaves: &[Leaf]) -> Lies {
    let pages = sheets(options, leaves);
    assert_eq!(pages.len(), 1);
    let mut places: Vec<_> = pages[0].bands.iter().flatten().collect();
    places.sort_by_key(|place| place.leaf);
    let corner = |place: &&Place| {
        let Area { left, top, width, height } = place.area;
        (left, top, width, height, place.view.turn.quarters())
    };
    ((pages[0].width, pages[0].height), places.iter().map(corner).collect())
}

#[test]
fn on_a_roll_a_page_is_as_long_as_its_leaf() {
    let roll = PageOptions::default();
    assert_eq!(lies(&roll, &[leaf(100.0, 50.0)]), ((384, 192), vec![(0, 0, 384, 192, 0)]));
    let margin = PageOptions { margin: 20, ..roll.clone() };
    assert_eq!(lies(&margin, &[leaf(100.0, 50.0)]), ((384, 208), vec![(16, 16, 352, 176, 0)]));
    let turned = PageOptions { rotate: Rotation::Left, ..roll.clone() };
    assert_eq!(lies(&turned, &[leaf(100.0, 50.0)]), ((384, 768), vec![(0, 0, 384, 768, 3)]));
    let across = PageOptions { orientation: Orientation::Landscape, ..roll.clone() };
    assert_eq!(lies(&across, &[leaf(100.0, 50.0)]), ((384, 768), vec![(0, 0, 384, 768, 1)]));
    // An inch across is 203 dots, in the middle.
    let actual = PageOptions { fit: Fit::Actual, ..roll };
    assert_eq!(lies(&actual, &[leaf(96.0, 48.0)]), ((384, 102), vec![(90, 0, 203, 102, 0)]));
}

#[test]
fn on_paper_a_leaf_lies_in_the_middle_of_the_area() {
    // 48.1 × 30 mm: 384 × 240 dots.
    let label = paper(481, 300);
    assert_eq!(lies(&label, &[leaf(100.0, 50.0)]), ((384, 240), vec![(0, 24, 384, 192, 0)]));
    assert_eq!(lies(&label, &[leaf(50.0, 50.0)]), ((384, 240), vec![(72, 0, 240, 240, 0)]));
    let margin = PageOptions { margin: 20, ..label.clone() };
    assert_eq!(lies(&margin, &[leaf(50.0, 50.0)]), ((384, 240), vec![(88, 16, 208, 208, 0)]));
    // 40 mm are 319 dots, 312 whole bytes of them.
    assert_eq!(lies(&paper(400, 300), &[leaf(312.0, 240.0)]), ((312, 240), vec![(0, 0, 312, 240, 0)]));
}

#[test]
fn a_leaf_is_turned_where_it_becomes_larger() {
    let label = paper(481, 300);
    assert_eq!(lies(&label, &[leaf(50.0, 100.0)]).1, [(0, 24, 384, 192, 1)]);
    let upright = PageOptions { orientation: Orientation::Portrait, ..label.clone() };
    assert_eq!(lies(&upright, &[leaf(50.0, 100.0)]).1, [(132, 0, 120, 240, 0)]);
    // Turned twice, by the user and by the paper.
    let turned = PageOptions { rotate: Rotation::Left, ..label.clone() };
    assert_eq!(lies(&turned, &[leaf(50.0, 100.0)]).1, [(0, 24, 384, 192, 3)]);
    let across = PageOptions { orientation: Orientation::Landscape, rotate: Rotation::Left, ..label };
    assert_eq!(lies(&across, &[leaf(100.0, 50.0)]).1, [(0, 24, 384, 192, 0)]);
}

#[test]
fn a_strip_is_read_along() {
    let strip = Target { width_dots: 96, across: true, ..HEAD };
    let lies = |options: &PageOptions, leaf: Leaf| {
        let layout = Layout::new(&strip, options).unwrap();
        let sheet = &layout.sheets(&[(0, leaf)]).unwrap()[0];
        (sheet.width, sheet.height, sheet.bands[0][0].view.turn.quarters())
    };
    let roll = PageOptions::default();
    // 12.1 × 40 mm.
    let paper = paper(121, 400);
    assert_eq!(lies(&roll, leaf(320.0, 96.0)), (96, 320, 1));
    assert_eq!(lies(&paper, leaf(320.0, 96.0)), (96, 320, 1));
    // A picture lies where it becomes larger; text lies as the label is read.
    assert_eq!(lies(&paper, leaf(96.0, 320.0)), (96, 320, 0));
    let room = |options: &PageOptions| Layout::new(&strip, options).unwrap().room().1;
    assert_eq!((room(&paper), room(&roll)), (Rotation::Right, Rotation::Right));
    // What the user says goes first.
    let upright = PageOptions { orientation: Orientation::Portrait, ..roll };
    assert_eq!(lies(&upright, leaf(320.0, 96.0)), (96, 29, 0));
    assert_eq!(room(&upright), Rotation::None);
}

#[test]
fn what_stands_over_is_lost_evenly() {
    let fill = PageOptions { fit: Fit::Fill, orientation: Orientation::Portrait, ..paper(481, 300) };
    let place = sheets(&fill, &[leaf(384.0, 480.0)])[0].bands[0][0];
    assert_eq!(place.area, Area { left: 0, top: 0, width: 384, height: 240 });
    // The middle half is all that is drawn.
    assert_eq!(place.view.crop, Crop { left: 0, top: 2500, width: 10_000, height: 5_000 });
    assert_eq!((place.view.width, place.view.height, place.lost), (384, 240, (0, 0)));
    // A part that is no whole number of hundredths of a percent is drawn a little larger.
    let actual = PageOptions { fit: Fit::Actual, ..fill.clone() };
    let inches = Leaf { width: 3.0, height: 1.0, dpi: 1.0, set: false };
    let place = sheets(&actual, &[inches])[0].bands[0][0];
    // 609 × 203 dots, of which 112 on either side are lost: 18.39 %.
    assert_eq!(place.area, Area { left: 0, top: 18, width: 384, height: 203 });
    assert_eq!(place.view.crop, Crop { left: 1839, top: 0, width: 6322, height: 10_000 });
    assert_eq!((place.view.width, place.lost), (385, (0, 0)));
    // Turned, the same part is at the top and at the bottom of the leaf.
    let turned = PageOptions { rotate: Rotation::Right, ..fill };
    let place = sheets(&turned, &[leaf(480.0, 384.0)])[0].bands[0][0];
    assert_eq!(place.view.crop, Crop { left: 2500, top: 0, width: 5_000, height: 10_000 });
}

#[test]
fn a_crop_is_laid_out_as_if_it_were_the_leaf() {
    let crop = Some(Crop { left: 1000, top: 0, width: 5000, height: 2500 });
    let cropped = PageOptions { crop, ..PageOptions::default() };
    let place = sheets(&cropped, &[leaf(200.0, 200.0)])[0].bands[0][0];
    assert_eq!((place.view.width, place.view.height, Some(place.view.crop)), (384, 192, crop));
}

#[test]
fn several_leaves_share_a_page() {
    // A gutter of 2 mm, 16 dots: cells of 184 × 240. Each page becomes 150 × 240, in the middle of its cell.
    let two = PageOptions { per_sheet: 2, ..paper(481, 300) };
    let page = leaf(150.0, 240.0);
    assert_eq!(lies(&two, &[page, page]), ((384, 240), vec![(17, 0, 150, 240, 0), (217, 0, 150, 240, 0)]));
    // Taller paper, 384 × 639: one above the other, cells of 311 rows and one left over.
    let tall = PageOptions { per_sheet: 2, ..paper(481, 800) };
    let wide = leaf(384.0, 230.0);
    assert_eq!(lies(&tall, &[wide, wide]).1, [(0, 40, 384, 230, 0), (0, 367, 384, 230, 0)]);
    // Upright pages on it are turned, and read from the right with the paper turned.
    let page = leaf(230.0, 384.0);
    assert_eq!(lies(&tall, &[page, page]).1, [(0, 40, 384, 230, 1), (0, 367, 384, 230, 1)]);
    let four = PageOptions { per_sheet: 4, ..PageOptions::default() };
    let (size, places) = lies(&four, &[leaf(1.0, 1.0), leaf(1.0, 2.0), leaf(1.0, 1.0)]);
    assert_eq!(size, (384, 368 + 16 + 184));
    assert_eq!(places, [(0, 0, 184, 184, 0), (200, 0, 184, 368, 0), (0, 384, 184, 184, 0)]);
    let across = PageOptions { orientation: Orientation::Landscape, ..four };
    let (_, places) = lies(&across, &[leaf(1.0, 1.0), leaf(1.0, 1.0), leaf(1.0, 1.0)]);
    assert_eq!(places, [(200, 0, 184, 184, 1), (200, 200, 184, 184, 1), (0, 0, 184, 184, 1)]);
}

#[test]
fn leaves_fill_page_after_page_in_their_order() {
    let two = PageOptions { per_sheet: 2, ..PageOptions::default() };
    let pages = sheets(&two, &[leaf(1.0, 1.0); 5]);
    let numbers: Vec<Vec<u32>> =
        pages.iter().map(|page| page.bands.iter().flatten().map(|place| place.leaf).collect()).collect();
    assert_eq!(numbers, [vec![0, 1], vec![2, 3], vec![4]]);
}

#[test]
fn text_gets_the_room_that_is_left_and_lies_where_it_begins() {
    let options = PageOptions { margin: 20, ..paper(481, 300) };
    let room = |options: &PageOptions| Layout::new(&HEAD, options).unwrap().room();
    let whole = Room { width: 352, height: Some(208), dpi: 203 };
    assert_eq!(room(&options), (whole, Rotation::None));
    assert_eq!(room(&PageOptions { rotate: Rotation::Right, ..options.clone() }), (whole, Rotation::Right));
    let across = PageOptions { orientation: Orientation::Landscape, ..options.clone() };
    assert_eq!(room(&across), (whole, Rotation::Right));
    assert_eq!(room(&PageOptions::default()), (Room { width: 384, height: None, dpi: 203 }, Rotation::None));
    // Two pages beside each other.
    let two = PageOptions { per_sheet: 2, ..options.clone() };
    assert_eq!(room(&two).0.width, 168);

    let set = Leaf { width: 352.0, height: 56.0, dpi: 203.0, set: true };
    assert_eq!(lies(&options, &[set]).1, [(16, 16, 352, 56, 0)]);
    let half = PageOptions { rotate: Rotation::Half, ..options.clone() };
    assert_eq!(lies(&half, &[set]).1, [(16, 16 + 208 - 56, 352, 56, 0)]);
    let turned = Leaf { width: 56.0, height: 208.0, ..set };
    assert_eq!(lies(&across, &[turned]).1, [(16 + 352 - 56, 16, 56, 208, 0)]);
}

#[test]
fn pages_beyond_every_limit_are_refused() {
    let refused = |options: &PageOptions, leaf: Leaf| {
        Layout::new(&HEAD, options).and_then(|layout| layout.sheets(&[(0, leaf)])).unwrap_err()
    };
    let roll = PageOptions::default();
    let too_high = RenderError::TooLarge(Excess::Rows { rows: 153_600 });
    assert_eq!(refused(&roll, leaf(1.0, 400.0)), too_high);
    // The margins count, and so do all rows of cells.
    let just = Leaf { dpi: 203.0, ..leaf(300.0, 119_990.0) };
    let actual = PageOptions { fit: Fit::Actual, ..roll.clone() };
    assert_eq!(lies(&actual, &[just]).0, (384, 119_990));
    let margin = PageOptions { margin: 10, ..actual };
    assert!(matches!(refused(&margin, just), RenderError::TooLarge(Excess::Rows { .. })));
    let nothing = RenderError::Empty;
    assert_eq!(refused(&roll, leaf(0.0, 1.0)), nothing);
    assert_eq!(refused(&roll, leaf(f64::NAN, 1.0)), nothing);
    assert_eq!(refused(&PageOptions { per_sheet: 16, ..paper(50, 50) }, leaf(1.0, 1.0)), RenderError::NoRoom);
}

prop_compose! {
    fn anything()(
        paper in proptest::option::of((50_u16..=50_000, 50_u16..=50_000)),
        margin in 0_u16..=500,
        (orientation, fit, rotate) in (0_usize..3, 0_usize..3, 0_usize..4),
        per_sheet in prop::sample::select(vec![1_u8, 2, 4, 6, 8, 9, 16]),
        crop in proptest::option::of((0_u16..10_000, 0_u16..10_000, 0_u16..10_000, 0_u16..10_000)),
        width in proptest::option::of(8_u32..=4096),
    ) -> PageOptions {
        PageOptions {
            width,
            paper: paper.map(|(width, height)| Paper { width, height }),
            margin,
            orientation: [Orientation::Auto, Orientation::Portrait, Orientation::Landscape][orientation],
            fit: [Fit::Fit, Fit::Fill, Fit::Actual][fit],
            rotate: [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left][rotate],
            per_sheet,
            crop: crop.map(|(left, top, width, height)| Crop {
                left,
                top,
                width: 1 + width % (10_000 - left),
                height: 1 + height % (10_000 - top),
            }),
            ..PageOptions::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_lies_outside_of_the_margins_or_on_something_else(
        options in anything(),
        dpi in 50_u32..=1200,
        head in 1_u32..=5000,
        leaves in prop::collection::vec((1.0_f64..40_000.0, 1.0_f64..40_000.0, 1.0_f64..1200.0), 1..20),
    ) {
        prop_assert!(options.check().is_ok());
        let target = Target { width_dots: head, dpi, dot_gain: 0, across: false };
        let Ok(layout) = Layout::new(&target, &options) else { return Ok(()) };
        let leaves: Vec<_> =
            (0..).zip(&leaves).map(|(index, &(width, height, dpi))| (index, Leaf { width, height, dpi, set: false })).collect();
        let Ok(pages) = layout.sheets(&leaves) else { return Ok(()) };
        prop_assert_eq!(pages.len(), leaves.len().div_ceil(usize::from(options.per_sheet)));
        let stock = layout.stock;
        for page in &pages {
            prop_assert!(page.width % 8 == 0 && (8..=PageOptions::MAX_WIDTH).contains(&page.width));
            prop_assert!((1..=MAX_PAGE_ROWS).contains(&page.height));
            prop_assert!(options.paper.is_none() || Some(page.height) == stock.height);
            let mut above = stock.ends;
            for band in &page.bands {
                let mut bottom = above;
                let mut places = band.clone();
                places.sort_by_key(|place| place.area.left);
                let mut beside = stock.side;
                for Place { view, lost, area, .. } in places {
                    prop_assert!(area.width > 0 && area.height > 0);
                    prop_assert!(area.left >= beside && area.right() <= page.width - stock.side);
                    prop_assert!(area.top >= above && area.bottom() <= page.height - stock.ends);
                    prop_assert!(view.width >= lost.0 + area.width && view.height >= lost.1 + area.height);
                    prop_assert!(view.width <= MAX_PAGE_ROWS && view.height <= MAX_PAGE_ROWS);
                    prop_assert!(view.crop.is_sound());
                    beside = area.right();
                    bottom = bottom.max(area.bottom());
                }
                above = bottom;
            }
        }
    }

    #[test]
    fn all_of_a_leaf_is_seen_when_it_fits(
        (width, height) in (1.0_f64..4000.0, 1.0_f64..4000.0),
        (across, along) in (200_u16..2000, 200_u16..2000),
    ) {
        let options = paper(across, along);
        let place = sheets(&options, &[leaf(width, height)])[0].bands[0][0];
        prop_assert_eq!((place.view.crop, place.lost), (Crop::ALL, (0, 0)));
        prop_assert_eq!((place.view.width, place.view.height), (place.area.width, place.area.height));
        let (width, height) = if place.view.turn.swaps_sides() { (height, width) } else { (width, height) };
        // One side fits exactly, the other one to the nearest dot.
        let (drawn_width, drawn_height) = (f64::from(place.area.width), f64::from(place.area.height));
        let by_width = (drawn_width * height / width - drawn_height).abs();
        let by_height = (drawn_height * width / height - drawn_width).abs();
        prop_assert!(by_width <= 0.51 || by_height <= 0.51 || drawn_width <= 1.0 || drawn_height <= 1.0);
    }
}
