//! Small documents, each different from all others.

/// A picture of 96 × 32 dots whose pattern is its number.
pub(crate) fn picture(number: u32) -> Vec<u8> {
    let (width, height) = (96_u32, 32_u32);
    let tone = |x: u32, y: u32| match (x / 3 + y / 8 * 32) % 32 {
        bit if number.rotate_right(bit) & 1 == 1 => 0,
        _ => u8::try_from(255 - (x + y) % 64).unwrap(),
    };
    grey((width, height), tone)
}

/// A picture of 384 × 120 dots as noisy as a photo in the dark, different for each number.
pub(crate) fn photo(number: u32) -> Vec<u8> {
    let noise = |x: u32, y: u32| (x * 7919 + y * 104_729 + number).wrapping_mul(2_654_435_761).rotate_left(9);
    grey((384, 120), |x, y| noise(x, y).to_le_bytes()[1])
}

fn grey((width, height): (u32, u32), tone: impl Fn(u32, u32) -> u8) -> Vec<u8> {
    let dots: Vec<u8> = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| tone(x, y)).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&dots).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Text in three scripts.
pub(crate) fn label(number: u32) -> Vec<u8> {
    format!("Order {number}\nร้านกาแฟ\n打印机\n").into_bytes()
}

/// A drawing.
pub(crate) fn drawing(number: u32) -> Vec<u8> {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"120\" height=\"60\">\
         <rect width=\"120\" height=\"60\" fill=\"white\"/><circle cx=\"{}\" cy=\"30\" r=\"20\"/></svg>",
        20 + number % 80
    )
    .into_bytes()
}
