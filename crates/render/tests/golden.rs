//! Text in many scripts, as pictures that somebody has looked at.
//!
//! A golden picture that is missing is written, and the test fails on purpose: look at it, then run again. To accept a
//! wanted change, delete the picture and do the same.
#![allow(clippy::unwrap_used, clippy::panic)] // in helpers as in tests

mod common;

use common::{PAPER, as_png, page_of, render_text};
use platen_model::{DocumentName, PageOptions};
use platen_render::{Rendered, Target, render};
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", &format!("{name}.png")].iter().collect()
}

#[track_caller]
fn check(name: &str, text: &str) {
    check_with(name, text, &PageOptions::default());
}

#[track_caller]
fn check_with(name: &str, text: &str, options: &PageOptions) {
    check_pages(name, &render_text(text, options));
}

/// Markdown, on paper of `width` dots.
#[track_caller]
fn check_markdown(name: &str, text: &str, width: u32) {
    let target = Target { width_dots: width, ..PAPER };
    let document = DocumentName::new("document.md");
    check_pages(name, &render(text.as_bytes(), &document, &target, &PageOptions::default()).unwrap());
}

#[track_caller]
fn check_pages(name: &str, rendered: &Rendered) {
    assert!(rendered.missing.is_empty(), "{name}: no bundled font has {:?}", rendered.missing);
    let page = &rendered.pages[0];
    let path = golden(name);
    if !path.exists() {
        std::fs::write(&path, as_png(page)).unwrap();
        panic!("{name}.png was not there and has been written: look at it, then run again");
    }
    let expected = page_of(&std::fs::read(&path).unwrap());
    if *page != expected {
        let actual = std::env::temp_dir().join(format!("{name}.actual.png"));
        std::fs::write(&actual, as_png(page)).unwrap();
        panic!("{name} looks different; what it looks like now is in {}", actual.display());
    }
}

#[test]
fn latin() {
    check(
        "latin",
        "Platen Café №1\nCrème brûlée  4,50 €\nŻółw, Łódź, Çiğdem, Øre, ſtraße\nThe quick brown fox jumps over the lazy dog 0123456789.\n“Quoted” – it’s £5 ≤ ¥700 ½ fi ffi\nTiếng Việt: phở bò, bánh mì",
    );
}

#[test]
fn thai() {
    check(
        "thai",
        "ร้านกาแฟใจดี สาขาสยาม\nน้ำเปล่า ๒ ขวด ๑๔ บาท ฿14\nก๋วยเตี๋ยวเรือ ผู้ใหญ่ ปี่ ญู ฎุ ที่นี่มีอาหารอร่อยมากและบริการดีเยี่ยมทุกวัน",
    );
}

#[test]
fn chinese() {
    check(
        "chinese",
        "云打印小票 订单号：20240815\n宫保鸡丁 ×1　￥38.00\n麻婆豆腐、米饭（大份）。谢谢惠顾，欢迎再次光临！\n繁體中文：龍鳳餐廳，謝謝您",
    );
}

#[test]
fn japanese() {
    check(
        "japanese",
        "領収書\n合計　￥1,280（税込）\nありがとうございました。またのご来店をお待ちしております。\nカタカナ ﾊﾝｶｸ 「かぎ括弧」",
    );
}

#[test]
fn korean() {
    check("korean", "영수증\n김치찌개 1인분 8,000원\n감사합니다. 안녕히 가세요! 뷁 똠방각하");
}

#[test]
fn arabic() {
    check(
        "arabic",
        "إيصال رقم ١٢٣\nقهوة عربية ٢ × ٥٫٥٠ = 11.00\nشكراً لزيارتكم، نتمنى لكم يوماً سعيداً! ABC\nفارسی: پیتزا گچ ژاله",
    );
}

#[test]
fn hebrew() {
    check("hebrew", "קבלה מס׳ 45 (העתק)\nקפה הפוך 12.50 ₪\nתודה רבה ולהתראות, Platen!\nבְּרֵאשִׁית");
}

#[test]
fn devanagari() {
    check("devanagari", "रसीद क्रमांक १२३\nचाय और समोसा ₹४०.००\nकृपया फिर पधारें, धन्यवाद। श्री क्षत्रिय ज्ञान हिन्दी");
}

#[test]
fn bengali_and_tamil() {
    check("bengali-tamil", "রসিদ নম্বর ১২৩ ধন্যবাদ ক্ষুদ্র\nரசீது எண் 45 நன்றி மீண்டும் வருக ஸ்ரீ கொடுக்கிறோம்");
}

#[test]
fn cyrillic() {
    check("cyrillic", "Кассовый чек № 17\nХлеб ржаной 52,30 ₽\nЇжак, Ґанок, Ўзбек, Ђак, ѣ\nСпасибо за покупку!");
}

#[test]
fn greek() {
    check("greek", "Απόδειξη αρ. 9\nΕλληνικός καφές 1,80 €\nΕυχαριστούμε πολύ! ᾳ ῆ Ώ ΐ");
}

#[test]
fn south_east_asia() {
    check("south-east-asia", "ລາວ: ຂອບໃຈ ໃບຮັບເງິນ ກິນເຂົ້າ\nខ្មែរ: អរគុណ វិក្កយបត្រ ស្រី\nမြန်မာ: ကျေးဇူးတင်ပါတယ် ပြေစာ");
}

#[test]
fn symbols_and_boxes() {
    check(
        "symbols",
        "┌──────┬─────┐\n│ Tea  │ 2.0 │\n╞══════╪═════╡\n└──────┴─────┘ ░▒▓█\n☎ ✓ ✗ ★ ☆ ♥ → ⇒ ☺ ① ℃ № ™ ∞ ≠\nქართული Հայերեն",
    );
}

#[test]
fn emoji() {
    check(
        "emoji",
        "😀 Danke! 🎉 ☕️ 🍕 ❤️ ☎ ☎️ 1️⃣ #️⃣\nskin 👍🏻👍🏿 👩🏾‍🚀 ☝🏽\nfamily 👨‍👩‍👧‍👦 🧑‍💻 🏃‍♀️ ❤️‍🔥\nflags 🇩🇪🇯🇵🇹🇭 🏴‍☠️ 🏳️‍🌈\nไทย😊中文😊عربي😊",
    );
}

#[test]
fn columns_by_tabs() {
    check("tabs", "Item\tQty\tPrice\nTea\t2\t1.50\nEspresso\t10\t22.00\n\nTotal\t\t23.50");
}

#[test]
fn small_and_large_type() {
    let options = |text_size| PageOptions { text_size, ..PageOptions::default() };
    check_with("small", "Twelve dots a line: 0123456789 abc XYZ\nไทย 中文 العربية", &options(12));
    check_with("large", "Nº 42 ไทย\n中文 عر", &options(96));
}

#[test]
fn markdown_blocks() {
    check_markdown(
        "markdown-blocks",
        "# Order №42\n## Kitchen\n### Table 7\nSome *slanted*, **bold**, ***both***, ~~struck~~ and `code 0O1l` in a\nparagraph that is wrapped. [Shop](https://example.com/a), <https://example.com>, ![a cat](cat.png)\n\n> A quotation that is long enough\n> for two lines.\n>\n> > And one inside.\n\n```\nfn main() {\n    println!(\"a long line of code that wraps\");\n}\n```\n\n---\nThe <b>end</b>&nbsp;<br>of it.\n",
        384,
    );
}

#[test]
fn markdown_lists() {
    check_markdown(
        "markdown-lists",
        "- Milk\n- Bread, the dark one from the bakery at the corner\n  - Rye\n    - whole\n  1. first\n  2. second\n- [x] done\n- [ ] to do\n\n9. nine\n10. ten\n\n    with a second paragraph\n\n11. eleven\n    ```\n    code\n    ```\n",
        384,
    );
}

#[test]
fn markdown_tables() {
    check_markdown(
        "markdown-tables",
        "| Item | Qty | Price |\n|:--|:-:|--:|\n| Tea | 2 | 3.00 |\n| Espresso **double** | 10 | 122.00 |\n\n| Article | Description | Price |\n|---|---|---:|\n| Teapot | A pot of iron, black, for a litre of tea | 45.00 |\n| Cup | Porcelain | 5.50 |\n\n| Manufacturer | Responsibility | Internationalisation | Documentation |\n|--|--|--|--|\n| Platen | everything | yes | complete |\n| Others | | no | |\n",
        384,
    );
}

#[test]
fn markdown_in_many_scripts() {
    check_markdown(
        "markdown-scripts",
        "# שלום עולם\n- חלב\n- **לחם** שחור מהמאפייה\n  1. ראשון\n\n> ציטוט ארוך שנמשך על פני שתי שורות לפחות בנייר\n\n## مرحبا\n- قهوة *عربية*\n\n# ไทย **กาแฟ**\n- ร้านกาแฟใจดี *ที่นี่*\n\n# 中文 **标题**\n1. 宫保鸡丁\n2. *斜体* `代码`\n\n**हिन्दी** धन्यवाद · **한국어** 😀\n\n| שם | מחיר |\n|--|--|\n| תה | 5 |\n",
        384,
    );
}
