//! A verification code as dots: large figures, five by seven points, drawn by hand.

use platen_model::Bitmap;

/// Rows of a figure, five points each, the left one in bit 4.
const FIGURES: [[u8; 7]; 10] = [
    [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
    [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
    [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
    [0b11111, 0b00010, 0b00100, 0b00110, 0b00001, 0b10001, 0b01110],
    [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
    [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
    [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
    [0b11111, 0b00001, 0b00010, 0b00100, 0b00100, 0b01000, 0b01000],
    [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
];

/// A sheet `width` dots wide with `code` across it, between two lines. Other characters than figures stay blank.
pub(crate) fn sheet(code: &str, width: u32) -> Bitmap {
    let count = u32::try_from(code.chars().count()).unwrap_or(1).max(1);
    let point = (width.saturating_sub(32) / (count * 6)).clamp(1, 16);
    let left = width.saturating_sub(count * 6 * point) / 2;
    let (top, line) = (4 * point, point.div_ceil(2));
    let height = 2 * top + 7 * point;
    let mut dots = Bitmap::white(width, height);
    for y in (0..line).chain(height - line..height) {
        for x in 0..width {
            dots.set_black(x, y);
        }
    }
    for (place, figure) in (0_u32..).zip(code.chars()) {
        let rows = figure.to_digit(10).and_then(|digit| FIGURES.get(digit as usize)).copied().unwrap_or_default();
        for (y, row) in (0_u32..).zip(rows) {
            for x in (0..5).filter(|x| row & (0b10000 >> x) != 0) {
                square(&mut dots, left + (place * 6 + x) * point, top + y * point, point);
            }
        }
    }
    dots
}

fn square(dots: &mut Bitmap, left: u32, top: u32, side: u32) {
    for y in top..top + side {
        for x in left..left + side {
            dots.set_black(x, y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_can_be_read_back_from_the_sheet() {
        for width in [384, 576] {
            let code = "9038174256".get(..6).unwrap();
            let dots = sheet(code, width);
            let point = ((width - 32) / 36).clamp(1, 16);
            let left = (width - 36 * point) / 2;
            let read: String = (0..6)
                .map(|place| {
                    let figure: Vec<u8> = (0..7)
                        .map(|y| {
                            (0..5).fold(0, |row, x| {
                                let middle = |at: u32| at * point + point / 2;
                                let black = dots.is_black(left + middle(place * 6 + x), 4 * point + middle(y));
                                row << 1 | u8::from(black)
                            })
                        })
                        .collect();
                    let digit = FIGURES.iter().position(|rows| rows[..] == figure[..]).unwrap();
                    char::from_digit(digit as u32, 10).unwrap()
                })
                .collect();
            assert_eq!(read, code);
        }
    }
}
