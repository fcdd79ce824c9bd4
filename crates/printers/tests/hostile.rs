//! Data never becomes a command (promise CT-6): pages carry dots only, and dots that look like commands stay dots.

#![allow(clippy::unwrap_used)]

use platen_model::{Bitmap, Cut};
use platen_printers::{Decoded, Finish, Model, family, kinds};

/// What people put into names and texts to be obeyed, in each of the languages.
fn texts() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = [
        &b"\x1b@"[..],
        b"\x1bp\0\x19\xfa",
        b"\x1dV\0",
        b"\x1dVA\0",
        b"\x1d(L\x02\0\x30\x32",
        b"\x10\x04\x01",
        b"\x1b%-12345X@PJL INITIALIZE\r\n",
        b"\r\nPRINT 999,1\r\n",
        b"\"\r\nCLS\r\nBITMAP 0,0,9999,9999,0,",
        b"\nP999\nN\n",
        b"^XA^JUF^XZ",
        b"~JR",
        b"^FS^XZ^XA^PQ999",
        b":Z64:eJwDAAAAAAE=:0000",
        b"! 0 200 200 9999 999\r\nPRINT\r\n",
        b"RaS2PwgRaster",
        b"P4 9999 9999 ",
        b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82",
        "\u{202E}e\u{301}\u{301}\u{301}\u{301}\u{FEFF}".as_bytes(),
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    texts.extend((0..=0x9F_u8).filter(|byte| byte.is_ascii_control() || *byte >= 0x80).map(|byte| vec![byte; 3]));
    texts.push(vec![b'^'; 1 << 16]);
    texts
}

fn names(decoded: &Decoded) -> Vec<&'static str> {
    decoded.commands.iter().map(|command| command.name).collect()
}

/// A page whose packed rows are `text` again and again.
fn page_of(text: &[u8]) -> Bitmap {
    let rows = text.iter().copied().cycle().take(48 * 60).collect();
    Bitmap::from_rows(384, 60, rows).unwrap()
}

#[test]
fn dots_that_look_like_commands_are_dots() {
    let finish = Finish { feed_dots: 40, cut: Cut::Full };
    for model in kinds() {
        let language = family(model.family).unwrap();
        let decoded = |page: &Bitmap| {
            let prn = language.encode(model, page, &finish).unwrap();
            language.decode_for(model, &prn).unwrap()
        };
        // A picture file has as many parts as its compressed data needs; every other PRN of this size has one form.
        let usual = names(&decoded(&Bitmap::white(384, 60)));
        for text in texts() {
            let page = page_of(&text);
            let decoded = decoded(&page);
            assert_eq!(names(&decoded), usual, "{}: {}", model.id, text.escape_ascii());
            assert_eq!(decoded.pages, [page], "{}: {}", model.id, text.escape_ascii());
        }
    }
}

#[test]
fn no_name_of_a_model_enters_a_prn() {
    let finish = Finish { feed_dots: 40, cut: Cut::Full };
    let page = page_of(b"plain");
    for model in kinds() {
        let language = family(model.family).unwrap();
        let plain = language.encode(model, &page, &finish).unwrap();
        for text in texts() {
            let name = String::from_utf8_lossy(&text).into_owned();
            let hostile = Model { id: name.clone(), name, ..model.clone() };
            assert!(language.encode(&hostile, &page, &finish).unwrap() == plain, "{}", model.id);
        }
    }
}

/// A million bytes of every small command again and again: it ends, and in far less than the limits allow. What it takes
/// in time is seen in how long this test runs; a loop that goes over everything for each command would not end.
#[test]
fn floods_of_small_commands_end() {
    let floods: [(&str, &[u8], &[u8]); 14] = [
        ("escpos", b"", b"\x1b*\x21\x01\0abc"),
        ("escpos", b"", b"\x1b*\x21\x01\0abc\x1bJ\x01\x1dV\0"),
        ("escpos", b"", b"\x1d(L\x0b\0\x30\x70\x30\x02\x02\x31\x08\0\x01\0\xff"),
        ("escpos", b"", b"\x1dv0\0\x01\0\x01\0\xff\x1dV\0"),
        ("tspl", b"", b"BITMAP 0,0,1,1,2,x"),
        ("tspl", b"BITMAP 0,0,1,1,0,xBITMAP 9,0,1,1,0,x", b"PRINT 1\n"),
        ("tspl", b"", b"BITMAP 0,0,1,1,2,xPRINT\n"),
        ("cpcl", b"", b"EG 1 1 0 0 FF\n"),
        ("epl", b"GW0,0,1,1,x", b"P\n"),
        ("zpl", b"", b"^GFA,1,1,1,!"),
        ("zpl", b"", b"^XA^GFA,1,60000000,30000,!:!:^XZ"),
        ("zpl", b"", b"^XA^GFB,1,1,1,x^XZ"),
        ("pbm", b"", b"P4 1 1 x"),
        ("pwg", b"RaS2", b"RaS2"),
    ];
    for (name, head, command) in floods {
        let prn = [head, &command.repeat((1 << 20) / command.len())].concat();
        let _ = family(name).unwrap().decode(&prn);
    }
}
