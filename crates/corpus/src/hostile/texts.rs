//! Texts that never end a line, pile marks upon marks, or nest what Markdown nests.

use crate::{Document, noise};

pub(super) fn documents() -> Vec<Document> {
    let text = |name: &str, bytes: Vec<u8>| Document::new(name, bytes);
    let directions = "\u{202a}\u{202b}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}".repeat(20_000);
    let table = format!("|{}\n|{}\n", "a|".repeat(3_000), "-|".repeat(3_000));
    vec![
        text("a-million-marks.txt", format!("a{}", "\u{301}".repeat(1_000_000)).into_bytes()),
        text(
            "piles-of-marks.txt",
            format!("Z{} ", "\u{334}\u{341}\u{35c}\u{489}".repeat(200)).repeat(300).into_bytes(),
        ),
        text("one-line-of-a-megabyte.txt", vec![b'x'; 1 << 20]),
        text("one-thai-line.txt", "การทดสอบภาษาไทย".repeat(20_000).into_bytes()),
        text("a-million-lines.txt", vec![b'\n'; 1_000_000]),
        text("a-million-short-lines.txt", b"x\n".repeat(1_000_000)),
        text("a-million-pages.txt", b"x\x0c".repeat(1_000_000)),
        text("many-tabs.txt", vec![b'\t'; 500_000]),
        text("tabs-and-letters.txt", b"a\t".repeat(300_000)),
        text("directions.txt", [directions.as_bytes(), b"end"].concat()),
        text("joiners.txt", "👩\u{200d}".repeat(100_000).into_bytes()),
        text("viramas.txt", "क\u{94d}".repeat(200_000).into_bytes()),
        text("hangul-parts.txt", "\u{1100}\u{1161}\u{11a8}".repeat(100_000).into_bytes()),
        text("arabic-without-spaces.txt", "ببب".repeat(100_000).into_bytes()),
        text("no-font-has-it.txt", ('\u{E000}'..'\u{F8FF}').cycle().take(60_000).collect::<String>().into_bytes()),
        text("noncharacters.txt", "\u{fffe}\u{ffff}\u{10ffff}\u{feff}\u{fffd}".repeat(20_000).into_bytes()),
        text("variations.txt", "☺\u{fe0f}\u{fe0e}".repeat(80_000).into_bytes()),
        text("half-of-a-pair.txt", [b"\xff\xfe".as_slice(), &[0x00, 0xD8].repeat(50_000)].concat()),
        text("odd-utf-16.txt", b"\xfe\xff\0a\0".to_vec()),
        text("overlong.txt", b"\xc0\xaf\xe0\x80\xaf\xf8\x88\x80\x80\x80 a".repeat(9_000)),
        text("noise.txt", noise(77, 200_000)),
        text("zeros.txt", vec![0; 1 << 20]),
        text("hundred-megabytes.txt", b"abc def ghi jkl\n".repeat(6_000_000)),
        text("deep-quotes.md", format!("{}a", ">".repeat(100_000)).into_bytes()),
        text(
            "deep-lists.md",
            (0..3_000).map(|depth| format!("{}- a\n", " ".repeat(depth * 2))).collect::<String>().into_bytes(),
        ),
        text("lists-in-lists.md", [b"- ".repeat(500_000), b"a".to_vec()].concat()),
        text("points.md", b"1. a\n".repeat(200_000)),
        text("half-a-million-lines.txt", b"x\n".repeat(500_000)),
        text("code-lines.md", [b"```\n".as_slice(), &b"a\n".repeat(500_000)].concat()),
        text("nul-among-letters.txt", b"Total 9.99 \x1bp\0\x19\xfa\n".repeat(40)),
        text("deep-brackets.md", format!("{}a", "[".repeat(100_000)).into_bytes()),
        text("deep-pictures.md", "![".repeat(100_000).into_bytes()),
        text("stars.md", "*a_ ".repeat(100_000).into_bytes()),
        text("many-stars.md", "*".repeat(300_000).into_bytes()),
        text("backticks.md", (1..900).map(|count| format!("{} ", "`".repeat(count))).collect::<String>().into_bytes()),
        text("wide-table.md", table.into_bytes()),
        text("long-table.md", format!("|a|b|\n|-|-|\n{}", "|c|d|\n".repeat(100_000)).into_bytes()),
        text("references.md", format!("{}\n{}", "[a]: /b\n".repeat(50_000), "[a]".repeat(50_000)).into_bytes()),
        text("entities.md", "&amp;&#0;&#x110000;&nosuch;".repeat(40_000).into_bytes()),
        text("open-html.md", "<a <!-- <![CDATA[ <?".repeat(40_000).into_bytes()),
        text(
            "picture-of-a-file.md",
            b"![x](file:///etc/passwd) ![y](http://127.0.0.1:9/a.png)\n<img src='/etc/passwd'>".to_vec(),
        ),
    ]
}
