//! A picture to ESC/POS with the `escpos` crate: `escpos-crate PICTURE WIDTH OUT`.

use escpos::driver::FileDriver;
use escpos::printer::Printer;
use escpos::utils::{BitImageOption, BitImageSize, Protocol};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().collect();
    let [_, picture, width, out] = words.as_slice() else { return Err("escpos-crate PICTURE WIDTH OUT".into()) };
    std::fs::write(out, [])?;
    let option = BitImageOption::new(Some(width.parse()?), None, BitImageSize::Normal)?;
    let mut printer = Printer::new(FileDriver::open(Path::new(out))?, Protocol::default(), None);
    printer.init()?.bit_image_option(picture, option)?.print()?;
    Ok(())
}
