//! Pictures that want more memory or time than they say, or are not whole.

use crate::pictures::bmp;
use crate::pictures::jpeg::{self, How};
use crate::pictures::png::{self, END, Header, deflated, scene};
use crate::{Document, noise};
use flate2::{Compression, write::ZlibEncoder};
use jpeg_encoder::ColorType;
use std::io::Write;

/// So many zeros in a zlib stream, made without ever holding them.
pub(super) fn zeros(megabytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(9));
    let block = vec![0; 1 << 20];
    for _ in 0..megabytes {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

fn grey(width: u32, height: u32) -> Header {
    Header { width, height, depth: 8, color: 0, interlaced: false }
}

fn good_png() -> Vec<u8> {
    png::picture(Header { color: 2, ..grey(40, 30) }, &[], scene(40, 30))
}

pub(super) fn documents() -> Vec<Document> {
    let mut all = pngs();
    all.extend(jpegs());
    all.extend(others());
    all.extend(damaged());
    all
}

fn pngs() -> Vec<Document> {
    let with = |header: Header, chunks: &[(&[u8; 4], &[u8])]| {
        let head = header.bytes();
        let mut all: Vec<(&[u8; 4], &[u8])> = vec![(b"IHDR", &head)];
        all.extend(chunks);
        all.push(END);
        png::file(&all)
    };
    let small = png::deflated(&[0; 41 * 30]);
    let bomb = zeros(256);
    // A page of 10,000 × 10,000 white pixels is honest, and packs a thousandfold.
    let mut honest = ZlibEncoder::new(Vec::new(), Compression::new(9));
    let row = [&[0][..], &[0xFF; 1250]].concat();
    for _ in 0..10_000 {
        honest.write_all(&row).unwrap();
    }
    let honest = honest.finish().unwrap();
    let profile = [b"icc\0\0", &bomb[..]].concat();
    let comment = [b"Comment\0\0", &bomb[..]].concat();
    let international = [b"Comment\0\x01\0\0\0", &bomb[..]].concat();
    let mut many: Vec<(&[u8; 4], &[u8])> = vec![(b"tEXt", b"k\0v"); 100_000];
    many.push((b"IDAT", &small));
    let mut wrong_crc = good_png();
    wrong_crc[29] ^= 1;
    let mut wrong_data = good_png();
    let place = wrong_data.len() / 2;
    wrong_data[place] ^= 0x40;
    vec![
        Document::new("profile-bomb.png", with(grey(40, 30), &[(b"iCCP", &profile), (b"IDAT", &small)])),
        Document::new("comment-bomb.png", with(grey(40, 30), &[(b"zTXt", &comment), (b"IDAT", &small)])),
        Document::new("international-bomb.png", with(grey(40, 30), &[(b"iTXt", &international), (b"IDAT", &small)])),
        Document::new("more-rows-than-announced.png", with(grey(40, 30), &[(b"IDAT", &bomb)])),
        Document::new("huge-white.png", with(Header { depth: 1, ..grey(10_000, 10_000) }, &[(b"IDAT", &honest)])),
        Document::new("huge-and-empty.png", with(grey(30_000, 30_000), &[(b"IDAT", &small)])),
        Document::new("largest-numbers.png", with(grey(u32::MAX, u32::MAX), &[(b"IDAT", &small)])),
        Document::new("widest.png", with(Header { depth: 16, color: 6, ..grey(30_000, 3_000) }, &[(b"IDAT", &small)])),
        Document::new("no-width.png", with(grey(0, 9), &[(b"IDAT", &small)])),
        Document::new("no-pixels.png", with(grey(40, 30), &[])),
        Document::new("100000-comments.png", with(grey(40, 30), &many)),
        Document::new("without-palette.png", with(Header { color: 3, ..grey(40, 30) }, &[(b"IDAT", &small)])),
        Document::new("impossible-depth.png", with(Header { depth: 3, ..grey(40, 30) }, &[(b"IDAT", &small)])),
        Document::new("wrong-checksum.png", wrong_crc),
        Document::new("wrong-pixels.png", wrong_data),
        Document::new("chunk-without-end.png", [png::SIGNATURE, b"\xff\xff\xff\xffIHDR"].concat()),
    ]
}

/// Puts `size` into the frame header of a JPEG, height before width.
fn resized(jpeg: &[u8], height: u16, width: u16) -> Vec<u8> {
    let mut jpeg = jpeg.to_vec();
    let frame = jpeg.windows(2).position(|pair| matches!(pair, [0xFF, 0xC0 | 0xC2])).unwrap();
    jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

fn jpegs() -> Vec<Document> {
    let plain = jpeg::picture(64, 48, ColorType::Rgb, How::default());
    let progressive = jpeg::picture(64, 48, ColorType::Rgb, How { progressive: true, ..How::default() });
    // Scans that change nothing, again and again, over a picture that announces a hundred million pixels.
    let scan = progressive.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    let tail = &progressive[scan..progressive.len() - 2];
    let scans = [&progressive[..scan], &tail.repeat(4_000), b"\xff\xd9"].concat();
    let segments = |count: usize| [&plain[..2], &b"\xff\xfe\0\x04hi".repeat(count), &plain[2..]].concat();
    let mut circle = jpeg::turned(&plain, 6, true);
    // The directory of tags says that the next one is itself.
    let directory = circle.windows(4).position(|four| four == b"\0\x01\x01\x12").unwrap();
    circle[directory + 14..directory + 18].copy_from_slice(&8_u32.to_be_bytes());
    let frame = plain.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let mut coarse = plain.clone();
    coarse[frame + 11] = 0xFF;
    let mut nothing = plain.clone();
    nothing[frame + 11] = 0;
    vec![
        Document::new("announces-4-gigapixels.jpg", resized(&plain, 65_535, 65_535)),
        Document::new("announces-100-megapixels.jpg", resized(&plain, 10_000, 10_000)),
        Document::new("announces-100-megapixels-progressive.jpg", resized(&progressive, 10_000, 10_000)),
        Document::new("4000-scans.jpg", scans.clone()),
        Document::new("4000-scans-of-36-megapixels.jpg", resized(&scans, 6_000, 6_000)),
        Document::new("no-height.jpg", resized(&plain, 0, 64)),
        Document::new("200000-comments.jpg", segments(200_000)),
        Document::new("tags-in-a-circle.jpg", circle),
        Document::new("sampling-of-15.jpg", coarse),
        Document::new("sampling-of-0.jpg", nothing),
        Document::new("fill-bytes.jpg", [b"\xff\xd8".as_slice(), &[0xFF; 1 << 20]].concat()),
        Document::new("noise-after-the-header.jpg", [&plain[..frame + 40], &noise(9, 100_000)].concat()),
        Document::new("only-a-signature.jpg", b"\xff\xd8\xff\xe0".to_vec()),
    ]
}

fn others() -> Vec<Document> {
    let gif = |width: u16, height: u16, rest: &[u8]| {
        [b"GIF89a", &width.to_le_bytes()[..], &height.to_le_bytes(), b"\x80\0\0\0\0\0\xff\xff\xff", rest].concat()
    };
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0";
    let webp = |kind: &[u8; 4], data: &[u8]| {
        let size = (data.len() as u32 + 12).to_le_bytes();
        [b"RIFF", &size[..], b"WEBP", kind, &(data.len() as u32).to_le_bytes(), data].concat()
    };
    let white = vec![0xFF; 1 << 16];
    let tiff = |tags: &[(u16, u16, u32, u32)], next: u32| {
        let mut file = b"II*\0\x08\0\0\0".to_vec();
        file.extend((tags.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in tags {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(count.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        file.extend(next.to_le_bytes());
        file
    };
    let sized = |width: u32, height: u32, pack: u32, count: u32| {
        [
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, 8),
            (259, 3, 1, pack),
            (262, 3, 1, 1),
            (273, 4, count, 8),
            (277, 3, 1, 1),
            (278, 4, 1, height),
            (279, 4, count, 0xFFFF_FFF0),
        ]
    };
    vec![
        Document::new(
            "announces-4-gigapixels.gif",
            gif(65_535, 65_535, b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"),
        ),
        Document::new("50000-frames.gif", gif(1, 1, &frame.repeat(50_000))),
        Document::new("no-frames.gif", gif(9, 9, b";")),
        Document::new("frame-outside.gif", gif(9, 9, b"\x2c\xff\xff\xff\xff\x09\0\x09\0\0\x02\x02D\x01\0;")),
        Document::new("code-size-255.gif", gif(9, 9, b"\x2c\0\0\0\0\x09\0\x09\0\0\xff\x02D\x01\0;")),
        Document::new("largest-canvas.webp", webp(b"VP8X", b"\0\0\0\0\xff\xff\xff\xff\xff\xff")),
        Document::new("largest-lossless.webp", webp(b"VP8L", b"\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0")),
        Document::new(
            "lossless-noise.webp",
            webp(b"VP8L", &[b"\x2f\xff\x0f\xff\x03".as_slice(), &noise(5, 5000)].concat()),
        ),
        Document::new("no-chunks.webp", b"RIFF\xff\xff\xff\xffWEBP".to_vec()),
        Document::new("announces-much.bmp", bmp::file(30_000, 30_000, 24, 0, &[], &[0; 9])),
        Document::new("negative.bmp", bmp::file(i32::MIN, i32::MIN, 24, 0, &[], &[0; 9])),
        Document::new("runs-outside.bmp", bmp::file(16, 16, 8, 1, &[0; 1024], &[0, 2, 255, 255].repeat(9_999))),
        Document::new("impossible-depth.bmp", bmp::file(16, 16, 7, 0, &[], &white)),
        Document::new("unknown-method.bmp", bmp::file(16, 16, 24, 77, &[], &white)),
        Document::new("circle.tif", tiff(&sized(16, 16, 1, 1), 8)),
        Document::new("announces-much.tif", tiff(&sized(60_000, 60_000, 5, 1), 0)),
        Document::new("4-billion-strips.tif", tiff(&sized(16, 16, 1, u32::MAX), 0)),
        Document::new("directory-outside.tif", b"MM\0*\xff\xff\xff\xf0".to_vec()),
        Document::new("65535-tags.tif", [&b"II*\0\x08\0\0\0\xff\xff"[..], &[1; 4_000]].concat()),
        Document::new("bomb.tif", [tiff(&sized(30_000, 3_000, 8, 1), 0), deflated(&white)].concat()),
    ]
}

/// Good files without their end, and with noise in the middle.
fn damaged() -> Vec<Document> {
    let good = [
        ("cut-off.png", good_png()),
        ("cut-off.jpg", jpeg::picture(90, 90, ColorType::Rgb, How::default())),
        ("cut-off-progressive.jpg", jpeg::picture(90, 90, ColorType::Rgb, How { progressive: true, ..How::default() })),
        ("cut-off.bmp", bmp::file(40, 30, 24, 0, &[], &noise(1, 40 * 30 * 3))),
    ];
    let mut all = Vec::new();
    for (name, bytes) in good {
        let half = bytes.len() / 2;
        all.push(Document::new(name, &bytes[..half]));
        let noisy = [&bytes[..half], &noise(2, 64), &bytes[half..]].concat();
        all.push(Document::new(name.replace("cut-off", "noisy"), noisy));
    }
    all
}
