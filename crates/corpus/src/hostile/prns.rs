//! Printer files that were damaged or written to harm whoever reads them back.

use crate::noise;
use platen_model::{Bitmap, Cut};
use platen_printers::{Compression, Finish, catalogue, families, pack};

/// A printer file and the language that it claims to be of.
pub struct Prn {
    /// Its name, unique in the list.
    pub name: String,
    /// The family, as on the command line.
    pub language: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A page with some order and some noise.
pub fn page(width: u32, rows: u32, seed: u64) -> Bitmap {
    let stride = Bitmap::stride_of(width);
    let mut bytes = noise(seed, stride * rows as usize);
    for (place, row) in bytes.chunks_mut(stride).enumerate() {
        match place % 4 {
            0 => row.fill(0),
            1 => row.fill(0xFF),
            _ => {}
        }
    }
    Bitmap::from_rows(width, rows, bytes).unwrap()
}

/// A good PRN of each model.
pub fn good() -> Vec<Prn> {
    let finish = Finish { feed_dots: 24, cut: Cut::Partial };
    let encoded = |model: &platen_printers::Model| {
        let language = platen_printers::family(model.family).unwrap();
        language.encode(model, &page(64, 50, 5), &finish).unwrap()
    };
    catalogue()
        .iter()
        .map(|model| Prn { name: model.id.clone(), language: model.family, bytes: encoded(model) })
        .collect()
}

/// Damaged files of every language, and bombs in the languages that compress or count.
pub fn damaged() -> Vec<Prn> {
    let mut all = Vec::new();
    for language in families().map(|family| family.id()) {
        let whole = good().into_iter().find(|prn| prn.language == language).unwrap().bytes;
        let middle = whole.len() / 2;
        let mut push =
            |what: &str, bytes: Vec<u8>| all.push(Prn { name: format!("{language}-{what}"), language, bytes });
        push("cut-off", whole[..middle].to_vec());
        push("noisy", [&whole[..middle], &noise(3, 40), &whole[middle..]].concat());
        push("nines", [&whole[..middle.min(30)], b"99999999999999999999", &whole[middle.min(30)..]].concat());
        push("spoilt", whole.iter().enumerate().map(|(at, byte)| if at % 17 == 9 { !byte } else { *byte }).collect());
        push("noise", noise(4, 200_000));
        push("head-and-noise", [&whole[..middle.min(64)], &noise(8, 50_000)].concat());
        push("empty", Vec::new());
        push("text", b"this is no printer file\n".repeat(40));
        push("thousand-times", whole.repeat(1_000));
        push("package", pack(&vec![0; 32 << 20], Compression::Gzip).bytes);
    }
    let bombs: [(&'static str, &str, Vec<u8>); 12] = [
        ("escpos", "widest", b"\x1dv0\0\xff\xff\xff\xff".to_vec()),
        ("escpos", "a-thousand-widest", b"\x1dv0\0\xff\xff\x01\0x".repeat(1_000)),
        ("escpos-graphics", "longest", b"\x1d8L\xff\xff\xff\xff\x30\x70\x30\x01\x01\x31\xff\xff\xff\xff".to_vec()),
        ("escpos-column", "feeds", b"\x1bJ\xff".repeat(300_000)),
        ("tspl", "largest", b"SIZE 99999 mm,99999 mm\r\nCLS\r\nBITMAP 0,0,65535,65535,0,x\r\nPRINT 1\r\n".to_vec()),
        ("tspl", "copies", b"CLS\r\nBITMAP 0,0,1,1,0,x\r\nPRINT 999999999,999999999\r\n".to_vec()),
        ("cpcl", "largest", b"! 0 200 200 4294967295 99\r\nEG 65535 65535 0 0 FF\r\nPRINT\r\n".to_vec()),
        ("epl", "largest", b"N\nq4294967295\nGW0,0,65535,65535,x\nP9999\n".to_vec()),
        (
            "zpl",
            "run-lengths",
            [b"^XA^GFA,99999999,99999999,9999,".as_slice(), &b"zzzzzzzzzz!:::::".repeat(9_000), b"^XZ"].concat(),
        ),
        (
            "zpl",
            "z64-bomb",
            [b"^XA^GFA,268435456,268435456,1000,:Z64:", base64(&super::pictures::zeros(64)).as_bytes(), b":0000^XZ"]
                .concat(),
        ),
        ("pwg", "largest", [b"RaS2PwgRaster\0".as_slice(), &[0xFF; 1786]].concat()),
        ("pbm", "largest", b"P4 4294967295 4294967295\nx".to_vec()),
    ];
    all.extend(bombs.map(|(language, name, bytes)| Prn { name: format!("{language}-bomb-{name}"), language, bytes }));
    for document in super::pictures::documents().into_iter().filter(|document| document.name.ends_with(".png")) {
        all.push(Prn { name: document.name.replace(".png", "-png"), language: "png", bytes: document.bytes });
    }
    all
}

/// RFC 4648 with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|three| {
            let word = three.iter().fold(0_u32, |word, &byte| word << 8 | u32::from(byte)) << (8 * (3 - three.len()));
            let count = three.len() + 1;
            (0..4).map(move |place| {
                let letter = LETTERS[(word >> (18 - 6 * place) & 63) as usize];
                char::from(if place < count { letter } else { b'=' })
            })
        })
        .collect()
}
