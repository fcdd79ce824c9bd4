//! Pages of letters for pixels.

use super::*;

/// The answers for a page, as rows of `#` for crisp and `.` for tonal.
fn answers(width: usize, grey: &[u8]) -> Vec<String> {
    let (mut tiles, mut out) = (Tiles::new(width), Vec::new());
    let line = |crisp: &Crisp| crisp.iter().map(|crisp| if crisp { '#' } else { '.' }).collect::<String>();
    for (y, row) in grey.chunks(width).enumerate() {
        if let Some(answer) = tiles.push(row) {
            out.push(line(answer.crisp));
            assert_eq!(y + 1, out.len() * SIDE + Tiles::LOOK_AHEAD, "answers come as soon as they can");
        }
    }
    while let Some(answer) = tiles.finish() {
        out.push(line(answer.crisp));
    }
    out
}

fn page(width: usize, height: usize, pixel: impl Fn(usize, usize) -> u8) -> Vec<String> {
    let grey: Vec<u8> = (0..width * height).map(|at| pixel(at % width, at / width)).collect();
    answers(width, &grey)
}

/// Strokes with smoothed edges.
fn text(x: usize, y: usize) -> u8 {
    if y % 12 < 3 { 255 } else { [255, 190, 20, 0, 60, 230, 255, 255, 255, 255, 255][x % 11] }
}

#[test]
fn text_is_crisp_and_a_photo_is_tonal() {
    assert_eq!(page(64, 30, text), ["########"; 4]);
    assert_eq!(page(64, 30, |x, y| 255 - text(x, y)), ["########"; 4], "white on black");
    let wedge = |x: usize, y: usize| (x * 3 + y).to_le_bytes()[0];
    assert_eq!(page(64, 30, wedge), ["........"; 4]);
    assert_eq!(page(64, 30, |_, _| 255), ["........"; 4], "a white page has no text");
    assert_eq!(page(3, 1, |_, _| 0), ["."]);
}

#[test]
fn a_photo_beside_text_ends_where_the_text_begins() {
    // Two dots of paper lie between them.
    let both = |x: usize, y: usize| match x {
        18..30 if y >= 10 => 100 + (x * y % 50).to_le_bytes()[0],
        16..32 if y >= 8 => 255,
        _ => text(x, y),
    };
    let found = page(48, 32, both);
    assert_eq!(found[3], "##..##");
    assert_eq!(found[2], "##..##");
}

#[test]
fn the_rim_of_a_photo_belongs_to_it() {
    for rim in 1..8 {
        let across = page(64, 48, |x, y| if (12..48 - rim).contains(&y) { 100 } else { text(x, y.min(8)) });
        assert_eq!(across[5 - rim.div_ceil(8)], "........", "{across:?}");
        let down = page(64, 24, |x, _| if (24 - rim..40 + rim).contains(&x) { 100 } else { 255 });
        assert!(down.iter().all(|tiles| &tiles[2..6] == "...."), "{rim} dots wide: {down:?}");
    }
}

#[test]
fn paper_is_crisp_around_text_and_only_there() {
    let found = page(64, 48, |x, y| {
        if y >= 40 {
            128
        } else if (16..24).contains(&y) && x < 22 {
            text(x, 5)
        } else {
            252
        }
    });
    assert_eq!(found, ["........", "########", "########", "########", "########", "........"]);
}
