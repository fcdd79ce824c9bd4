//! Texts: a receipt line in each script that shops write, both directions, every encoding, and odd white space.
//!
//! The sentences are ours. Right-to-left scripts, combining marks and numbers stand together on purpose.

use crate::Document;

/// A line in each script, and the name of its file.
#[rustfmt::skip]
const LINES: [(&str, &str); 36] = [
    ("english", "Two flat whites, 7.40 paid in cash. Thank you!"),
    ("german", "Süße Größe: 2 × Brötchen für 1,98 €, „danke schön“"),
    ("french", "Reçu n° 12 : crème brûlée, œuf à la coque, 4,50 €"),
    ("spanish", "¿Cuánto? ¡Señor, son 3 cañas y 1 piña!"),
    ("polish", "Żółty ser, łosoś, śliwki: zapłacono 21,30 zł"),
    ("turkish", "İki çay, ığdır peyniri, şişe su 15 ₺"),
    ("vietnamese", "Phở bò tái, bánh mì thịt nướng: 85.000 ₫"),
    ("icelandic", "Þakka þér fyrir, kæra Ásdís: rúgbrauð og smjör"),
    ("hungarian", "Két pörkölt, főtt krumpli, hűtött üdítő"),
    ("welsh", "Dau baned o de â llaeth, ŵy wedi'i ferwi, tŷ bach"),
    ("greek", "Δύο καφέδες ελληνικοί, 3,60 € με Φ.Π.Α."),
    ("russian", "Два чая с лимоном — 180 ₽, спасибо!"),
    ("ukrainian", "Їжа, ґрінки й борщ: 95 ₴"),
    ("serbian", "Љуте паприке, ђеврек и џем, 310 дин."),
    ("armenian", "Երկու սուրճ, շնորհակալություն"),
    ("georgian", "ორი ხაჭაპური და ლიმონათი, გმადლობთ"),
    ("hebrew", "שני קפה הפוך, 26.00 ₪ כולל מע״מ"),
    ("yiddish", "אַ שײנעם דאַנק פֿאַרן אײַנקױף"),
    ("arabic", "قهوتان وكعكة واحدة، المجموع ١٧٫٥٠ ريال"),
    ("persian", "دو چای و یک نان بربری، ۴۵۰۰۰ تومان"),
    ("urdu", "دو کپ چائے اور سموسے، شکریہ"),
    ("hindi", "दो चाय और एक समोसा, ₹४५ कुल"),
    ("bengali", "দুই কাপ চা ও মিষ্টি, ৬০ টাকা"),
    ("tamil", "இரண்டு காபி, ஒரு வடை, மொத்தம் ₹70"),
    ("telugu", "రెండు ఇడ్లీలు, ఒక కాఫీ"),
    ("kannada", "ಎರಡು ದೋಸೆ, ಒಂದು ಕಾಫಿ"),
    ("malayalam", "രണ്ട് ചായ, ഒരു പഴംപൊരി"),
    ("gujarati", "બે ચા અને એક ખમણ"),
    ("punjabi", "ਦੋ ਲੱਸੀ ਤੇ ਪਰਾਂਠਾ"),
    ("sinhala", "තේ දෙකක් සහ පාන්"),
    ("thai", "ผัดไทยสองจาน น้ำเปล่าหนึ่งขวด รวม ๑๒๐ บาท"),
    ("lao", "ເຂົ້າໜຽວ ແລະ ຕຳໝາກຫຸ່ງ"),
    ("khmer", "បាយសាច់ជ្រូក ពីរចាន"),
    ("chinese", "小笼包两笼，普洱茶一壶，共计￥５６．００元"),
    ("japanese", "ラーメン二つ、餃子一皿、合計１，９８０円（税込）"),
    ("korean", "비빔밥 두 그릇, 식혜 한 잔, 합계 19,000원"),
];

/// What is odd about a text that people print all the same.
fn odd() -> Vec<(&'static str, Vec<u8>)> {
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        let order = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(order).collect()
    };
    vec![
        ("one-letter", b"x".to_vec()),
        ("no-break-anywhere", "abcdefghij".repeat(12).into_bytes()),
        ("empty-lines", b"top\n\n\n\nbottom\n\n".to_vec()),
        ("dos-ends", b"one\r\ntwo\r\nthree\r\n".to_vec()),
        ("old-mac-ends", b"one\rtwo\rthree".to_vec()),
        ("form-feed", b"first page\x0csecond page\n".to_vec()),
        ("tabs", b"Tea\t2\t3.00\nSugar cubes\t10\t0.50\n\tTotal\t3.50\n".to_vec()),
        ("wide-spaces", "a\u{a0}b\u{2003}c\u{3000}d\u{200b}e".as_bytes().to_vec()),
        ("byte-order-mark", "\u{feff}marked".as_bytes().to_vec()),
        ("utf-16-little", utf16("Löwe 狮子 ライオン", false)),
        ("utf-16-big", utf16("Löwe 狮子 ライオン 😀", true)),
        ("windows-1252", b"Gr\xfc\xdfe: \x80 5,00 \x96 \x84bitte\x93".to_vec()),
        ("both-directions", "Order שלום 123 مرحبا end (שלום) [x]".as_bytes().to_vec()),
        ("embedded-directions", "a\u{202b}ב c ד\u{202c} e\u{2067}ו f\u{2069}g".as_bytes().to_vec()),
        ("combining", "e\u{301}\u{323} o\u{308}\u{304} Z\u{334}\u{341} ก\u{e34}\u{e48} n\u{303}".as_bytes().to_vec()),
        ("emoji", "Done 👍🏽 👩‍👩‍👧‍👦 🇹🇭 ❤️ 1️⃣ ☕".as_bytes().to_vec()),
        ("joiners", "क\u{94d}\u{200d}ष क\u{94d}\u{200c}ष ल\u{200d}".as_bytes().to_vec()),
        ("boxes", "┌──┬──┐\n│▒▒│██│\n└──┴──┘ ½ ¼ ⅔ → ✓".as_bytes().to_vec()),
        ("no-font-has-it", "\u{13000}\u{12000}\u{e000} \u{1f9ff}".as_bytes().to_vec()),
        ("controls", b"Total \x1b@\x1d\x07 9.99\x08".to_vec()),
        ("columns", "Espresso      2   4,40\nCroissant     1   1,90\n".repeat(6).into_bytes()),
        ("all-scripts", LINES.map(|(_, line)| line).join("\n").into_bytes()),
    ]
}

/// One of each of the things that Markdown has.
const MARKDOWN: [(&str, &str); 12] = [
    ("headings", "# Shop\n## Today\n### Order 42\n\nThank you\n---\nUnderlined\n========\n"),
    ("emphasis", "Some *slanted*, **bold**, ***both***, ~~gone~~ and `code`.\n"),
    ("lists", "- tea\n- cake\n  - with cream\n  - without\n\n1. first\n2. second\n"),
    ("tasks", "- [x] washed\n- [ ] ironed\n"),
    ("table", "| Item | Qty | Price |\n|:--|:-:|--:|\n| Tea | 2 | 3.00 |\n| Espresso | 10 | 22.00 |\n"),
    ("quote", "> Nobody\n> said this.\n>> Or did they?\n"),
    ("code", "```\nlet x = 1;\n    indented\n```\n\n    also code\n"),
    ("links", "See [our shop](https://example.com/a) and <https://example.com>, ![a logo](logo.png).\n"),
    ("breaks", "one  \ntwo\\\nthree\n\n***\n\nfour\n"),
    ("escapes", "\\*not slanted\\* &amp; &copy; 1 \\< 2\n"),
    ("scripts", "# ใบเสร็จ\n\n- **小笼包** ×2\n- قهوة\n- _קפה_\n"),
    ("html", "<b>bold?</b> <!-- hidden --> a<br>b\n"),
];

/// All texts.
pub fn documents() -> Vec<Document> {
    let markdown = MARKDOWN.iter().map(|(name, text)| Document::new(format!("{name}.md"), *text));
    let lines = LINES.iter().map(|(name, line)| Document::new(format!("{name}.txt"), *line));
    lines
        .chain(markdown)
        .chain(odd().into_iter().map(|(name, bytes)| Document::new(format!("odd-{name}.txt"), bytes)))
        .collect()
}
