//! PDF files, written by hand.
//!
//! ```text
//! %PDF-1.7   1 0 obj … endobj   2 0 obj … endobj   …   xref: where each object begins   trailer   startxref
//! ```
//!
//! Source: ISO 32000-1, section 7.5.

use crate::Document;
use crate::pictures::jpeg::{self, How};
use crate::pictures::png::{deflated, scene};
use jpeg_encoder::ColorType;

/// A file of these objects, numbered from 1. Object 1 is the catalogue.
pub fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", number + 1).bytes());
        file.extend_from_slice(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    for place in &places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    file.extend(format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", places.len() + 1).bytes());
    file
}

/// A stream object with these entries.
pub fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    [format!("<</Length {}{entries}>>\nstream\n", data.len()).as_bytes(), data, b"\nendstream"].concat()
}

/// A file of one page of `sides` points with this content; object 4 is the content, further objects are from 5 on.
pub fn page(sides: &str, resources: &str, content: Vec<u8>, more: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[{sides}]/Resources<<{resources}>>/Contents 4 0 R>>").into_bytes(),
        content,
    ];
    objects.extend_from_slice(more);
    pdf(&objects)
}

/// The content of one page of 210 × 297 points each.
const PAGES: [(&str, &str, &str); 9] = [
    ("rect", "", "20 20 100 60 re f"),
    ("strokes", "", "4 w 1 J [12 6] 0 d 10 10 m 200 280 l S 0.2 w 10 280 m 200 10 l S"),
    ("curves", "", "10 150 m 60 300 150 0 200 150 c 3 w 0.5 G S"),
    ("even-odd", "", "105 280 m 160 30 l 20 190 l 190 190 l 50 30 l h f*"),
    ("clip", "", "105 150 80 100 re W n 0.3 g 0 0 210 297 re f"),
    ("turned", "", "q .7 .7 -.7 .7 105 20 cm 0 0 90 60 re f Q 1 0 0 RG 10 10 30 30 re S"),
    ("colours", "", "1 0 0 rg 0 0 70 297 re f 0 1 0 rg 70 0 70 297 re f 0 0 0 1 k 140 0 70 297 re f"),
    (
        "shading",
        "/Shading<</S <</ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 210 0]/Function<</FunctionType 2/Domain[0 1]/C0[0]/C1[1]/N 1>>>>>>",
        "/S sh",
    ),
    (
        "text",
        "/Font<</F <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>",
        "BT /F 24 Tf 20 200 Td (Order 0042) Tj 0 -40 Td (2 x Tea  3.00) Tj ET",
    ),
];

/// All PDF files.
pub fn documents() -> Vec<Document> {
    const SIDES: &str = "0 0 210 297";
    let mut all: Vec<Document> = PAGES
        .iter()
        .map(|(name, resources, content)| {
            Document::new(format!("{name}.pdf"), page(SIDES, resources, stream("", content.as_bytes()), &[]))
        })
        .collect();
    let packed = stream("/Filter/FlateDecode", &deflated(b"20 20 100 60 re f"));
    all.push(Document::new("packed.pdf", page(SIDES, "", packed, &[])));
    let picture = |name: &str, entries: &str, data: &[u8]| {
        let entries = format!("/Type/XObject/Subtype/Image/Width 64/Height 48/BitsPerComponent 8{entries}");
        let content = stream("", b"q 190 0 0 140 10 80 cm /P Do Q");
        Document::new(
            format!("picture-{name}.pdf"),
            page(SIDES, "/XObject<</P 5 0 R>>", content, &[stream(&entries, data)]),
        )
    };
    let sample = scene(64, 48);
    let greys: Vec<u8> = (0..48).flat_map(|y| (0..64).map(move |x| (x, y))).map(|(x, y)| sample(x, y, 0)).collect();
    all.push(picture("grey", "/ColorSpace/DeviceGray", &greys));
    all.push(picture("packed", "/ColorSpace/DeviceGray/Filter/FlateDecode", &deflated(&greys)));
    let photo = jpeg::picture(64, 48, ColorType::Rgb, How::default());
    all.push(picture("jpeg", "/ColorSpace/DeviceRGB/Filter/DCTDecode", &photo));
    let kids: String = (4..9).map(|number| format!("{number} 0 R ")).collect();
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        format!("<</Type/Pages/Kids[{kids}]/Count 5/MediaBox[{SIDES}]>>").into_bytes(),
        stream("", b"20 20 100 60 re f"),
    ];
    for turn in [0, 90, 180, 270, 360] {
        objects.push(format!("<</Type/Page/Parent 2 0 R/Rotate {turn}/Contents 3 0 R/Resources<<>>>>").into_bytes());
    }
    all.push(Document::new("five-pages.pdf", pdf(&objects)));
    all
}
