//! Hostile files: bombs, broken files, files that announce what they do not have, and files that lead in circles.
//!
//! Source: fault F23 and promises CT-1 to CT-7. Each is small as a file and wants to be large in memory, in time, or in
//! pages. What must come of it is a page or a clear error, soon and within the limits. Some of the families are not
//! harmful at all and only look so (a white page that packs a thousandfold): those must be printed.

mod drawings;
mod pdfs;
mod pictures;
pub mod prns;
mod texts;

use crate::Document;

/// Documents that want to do harm, or could.
pub fn documents() -> Vec<Document> {
    let mut all = pictures::documents();
    all.extend(drawings::documents());
    all.extend(texts::documents());
    all.extend(pdfs::documents());
    all
}

/// What people put into names and texts to be obeyed, in each of the printers' languages and in those around them.
pub fn commands() -> Vec<Vec<u8>> {
    const BASE: [&[u8]; 40] = [
        b"\x1b@",
        b"\x1bp\0\x19\xfa",
        b"\x1dV\0",
        b"\x1dVA\0",
        b"\x1d(L\x02\0\x30\x32",
        b"\x10\x04\x01",
        b"\x10\x14\x01\0\x01",
        b"\x1b=\x02",
        b"\x1c.\x1c!\0",
        b"\x1d(E\x03\0\x01IN",
        b"\x1dv0\0\xff\xff\xff\xff",
        b"\x1b*\x21\xff\x03",
        b"\x1b%-12345X@PJL INITIALIZE\r\n",
        b"\x1b%-12345X@PJL FSDELETE NAME=\"0:\"\r\n",
        b"\r\nPRINT 999,1\r\n",
        b"\"\r\nCLS\r\nBITMAP 0,0,9999,9999,0,",
        b"\r\nKILL \"*.*\"\r\n",
        b"\"\r\nSELFTEST\r\n",
        b"\r\nDOWNLOAD F,\"A\",9,",
        b"\x1b!R",
        b"\nP999\nN\n",
        b"\nGW0,0,99,99,",
        b"\nFK\"*\"\n",
        b"\n^default\n",
        b"^XA^JUF^XZ",
        b"~JR",
        b"~DGR:A.GRF,9,1,FF",
        b"^FS^XZ^XA^PQ999",
        b":Z64:eJwDAAAAAAE=:0000",
        b"^XA^ID*:*.*^XZ",
        b"^XA^KNx^JUS^XZ",
        b"! 0 200 200 9999 999\r\nPRINT\r\n",
        b"! U1 setvar \"device.reset\" \"\"\r\n",
        b"\r\n! UTILITIES\r\nPRINT\r\n",
        b"RaS2PwgRaster",
        b"P4 9999 9999 ",
        b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82",
        b"\x02m\r\x02L\rE\r",
        b"%!PS\nquit\n",
        b"\x04\x01\x03\x1c\x1d\x1e\x1f",
    ];
    let mut all: Vec<Vec<u8>> = BASE.map(<[u8]>::to_vec).to_vec();
    // Each of them inside of what a person writes, cut off, again and again, and with what makes letters invisible.
    for (place, command) in BASE.iter().enumerate() {
        all.push([b"2 x Tea ", *command, b" 3.50\n"].concat());
        all.push([*command, BASE[(place * 7 + 3) % BASE.len()]].concat());
        all.push(command.repeat(40));
        all.push(command[..command.len() - 1].to_vec());
        all.push(["\u{202e}".as_bytes(), command, "\u{2066}".as_bytes()].concat());
        all.push([b"\"", *command, b"\""].concat());
        all.push([b"\0\0", *command, b"\0"].concat());
        all.push(command.iter().flat_map(|&byte| [byte, 0]).collect());
    }
    for byte in 0..=u8::MAX {
        all.push(vec![byte; 3]);
        all.push(vec![byte, b'A', byte, 0xFF, byte, 0]);
    }
    // Two bytes that begin a command, and one that decides which.
    for lead in [0x1B, 0x1D, 0x1C, 0x10] {
        all.extend((b' '..=b'~').map(|byte| vec![lead, byte, 1, 0, 1]));
    }
    all
}
