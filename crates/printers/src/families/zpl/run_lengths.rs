//! Hexadecimal digits with ZPL's run lengths.
//!
//! ```text
//! 0 … F      a digit: four dots
//! G … Y      the next digit 1 … 19 times       g … z   20, 40 … 400 times; both may stand together
//! ,          the rest of the row is white      !       the rest of the row is black
//! :          the row above once more
//! ```
//!
//! Source: section "Compressed images" of `docs/protocols/zpl.md`.

/// Writes rows as digits, each shorter if it can be. `above` is the row before the first one, if there is any.
pub(super) fn write(rows: &[u8], stride: usize, above: &mut Vec<u8>, text: &mut Vec<u8>) {
    for row in rows.chunks_exact(stride) {
        if row == above.as_slice() {
            text.push(b':');
            continue;
        }
        above.clear();
        above.extend_from_slice(row);
        let digit = |index: usize| row.get(index / 2).map(|byte| byte >> (4 - index % 2 * 4) & 0xF);
        let mut at = 0;
        while let Some(value) = digit(at) {
            let run = (at..).take_while(|&index| digit(index) == Some(value)).count();
            match value {
                0 if at + run == stride * 2 => text.push(b','),
                0xF if at + run == stride * 2 => text.push(b'!'),
                _ => write_run(run, value, text),
            }
            at += run;
        }
    }
}

fn write_run(mut run: usize, value: u8, text: &mut Vec<u8>) {
    let digit = if value < 10 { b'0' + value } else { b'A' + value - 10 };
    while run > 0 {
        let now = run.min(400);
        let (twenties, ones) = (u8::try_from(now / 20).unwrap_or(0), u8::try_from(now % 20).unwrap_or(0));
        match now {
            1 => text.push(digit),
            2 => text.extend([digit, digit]),
            _ => {
                text.extend((twenties > 0).then_some(b'f' + twenties));
                text.extend((ones > 0).then_some(b'F' + ones));
                text.push(digit);
            }
        }
        run -= now;
    }
}

/// The bytes that `text` stands for, at most `most`, in whole rows of `stride` bytes; what is missing of the last row
/// is white.
pub(super) fn read(text: &[u8], stride: usize, most: usize) -> Result<Vec<u8>, &'static str> {
    let row = stride.saturating_mul(2);
    let mut digits = Digits { bytes: Vec::new(), count: 0, most: most.saturating_mul(2) };
    let mut run = 0_usize;
    for &byte in text {
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'F' => byte - b'A' + 10,
            b'a'..=b'f' => byte - b'a' + 10,
            b'G'..=b'Y' => {
                run = run.saturating_add(usize::from(byte - b'F'));
                continue;
            }
            b'g'..=b'z' => {
                run = run.saturating_add(usize::from(byte - b'f') * 20);
                continue;
            }
            b',' | b'!' => {
                let value = if byte == b',' { 0 } else { 0xF };
                digits.push(value, row - digits.count % row);
                run = 0;
                continue;
            }
            b':' => {
                digits.repeat_row(stride)?;
                continue;
            }
            _ if byte.is_ascii_whitespace() => continue,
            _ => return Err("with a character that is no digit"),
        };
        digits.push(value, run.max(1));
        run = 0;
    }
    let rest = (row - digits.count % row) % row;
    digits.push(0, rest);
    Ok(digits.bytes)
}

struct Digits {
    bytes: Vec<u8>,
    /// Digits in `bytes`.
    count: usize,
    most: usize,
}

impl Digits {
    fn push(&mut self, value: u8, run: usize) {
        let mut run = run.min(self.most - self.count);
        if run > 0 && self.count % 2 == 1 {
            if let Some(last) = self.bytes.last_mut() {
                *last |= value;
            }
            self.count += 1;
            run -= 1;
        }
        self.bytes.resize(self.bytes.len() + run / 2, value << 4 | value);
        if run % 2 == 1 {
            self.bytes.push(value << 4);
        }
        self.count += run;
    }

    fn repeat_row(&mut self, stride: usize) -> Result<(), &'static str> {
        if self.count == self.most {
            return Ok(());
        }
        let length = self.bytes.len();
        if !self.count.is_multiple_of(stride * 2) || length < stride {
            return Err("with a repeat where no row is above");
        }
        let room = (self.most - self.count) / 2;
        self.bytes.extend_from_within(length - stride..length - stride + stride.min(room));
        self.count = self.bytes.len() * 2;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: &[u8], stride: usize) -> String {
        let mut text = Vec::new();
        write(rows, stride, &mut Vec::new(), &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn rows_are_written_as_short_as_the_manual_allows() {
        assert_eq!(written(&[0, 0, 0, 0, 0xFF, 0xFF], 2), ",:!");
        assert_eq!(written(&[0x12, 0x00, 0x12, 0x0F], 2), "12,120!");
        assert_eq!(written(&[&[0xAA; 163][..], &[0xB0]].concat(), 164), "vLAB,");
        let long = written(&[&[0x11; 250][..], &[0]].concat(), 251);
        assert_eq!(long, "z1k1,");
    }

    #[test]
    fn digits_of_other_programs_are_read() {
        assert_eq!(read(b"HA,:!,", 2, 8), Ok(vec![0xAA, 0, 0xAA, 0, 0xFF, 0xFF, 0, 0]));
        assert_eq!(read(b" a\r\nA5", 1, 4), Ok(vec![0xAA, 0x50]));
        assert_eq!(read(b"z1", 100, 100).map(|bytes| bytes.len()), Ok(100));
    }

    #[test]
    fn nothing_becomes_longer_than_allowed() {
        for text in [&b"zzzzzzzzzzzzzz1"[..], b"!!!!", b"!::::", b"1!:!:1zF"] {
            assert!(read(text, 7, 20).unwrap().len() <= 20, "{}", text.escape_ascii());
        }
        assert_eq!(read(b":", 2, 20), Err("with a repeat where no row is above"));
        assert_eq!(read(b"1:", 2, 20), Err("with a repeat where no row is above"));
        assert_eq!(read(b"1*", 2, 20), Err("with a character that is no digit"));
    }

    #[test]
    fn rows_come_back_whatever_is_in_them() {
        let rows: Vec<u8> = (0..600_u32).map(|i| if i % 7 < 4 { 0 } else { (i * i / 9).to_le_bytes()[0] }).collect();
        for stride in [1, 2, 3, 60, 300] {
            assert_eq!(read(written(&rows, stride).as_bytes(), stride, 600).unwrap(), rows);
        }
    }
}
