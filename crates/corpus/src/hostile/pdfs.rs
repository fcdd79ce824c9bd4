//! PDF files that lead in circles, unpack without end, or have pages that nobody can print.
//!
//! Source: ISO 32000-1, sections 7.7 (page tree), 8.7 (patterns), 8.10 (form XObjects).

use super::pictures::zeros;
use crate::pdfs::{page, pdf, stream};
use crate::{Document, noise};

pub(super) fn documents() -> Vec<Document> {
    const A7: &str = "0 0 210 297";
    let catalogue = || b"<</Type/Catalog/Pages 2 0 R>>".to_vec();
    let plain = |content: &str| stream("", content.as_bytes());
    let good = page(A7, "", plain("10 10 100 100 re f"), &[]);
    let form = |resources: &str, content: &str| {
        stream(&format!("/Type/XObject/Subtype/Form/BBox[0 0 200 200]/Resources<<{resources}>>"), content.as_bytes())
    };
    // Each form draws the next one ten times.
    let doubling: Vec<Vec<u8>> = (5..25)
        .map(|n| form(&format!("/XObject<</F {} 0 R>>", n + 1), &"/F Do ".repeat(10)))
        .chain([form("", "0 0 9 9 re f")])
        .collect();
    let picture = |width: u32, height: u32, filter: &str, data: &[u8]| {
        stream(
            &format!(
                "/Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8/ColorSpace/DeviceGray{filter}"
            ),
            data,
        )
    };
    let drawn = "200 0 0 200 0 0 cm /P Do";
    let with_picture = |object: Vec<u8>| page(A7, "/XObject<</P 5 0 R>>", plain(drawn), &[object]);
    let nested = |open: &str, close: &str, times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
    let tree = |kids: &str, count: &str| {
        pdf(&[
            catalogue(),
            format!("<</Type/Pages/Kids[{kids}]/Count {count}>>").into_bytes(),
            format!("<</Type/Page/Parent 2 0 R/MediaBox[{A7}]>>").into_bytes(),
        ])
    };
    let function = "<</FunctionType 2/Domain[0 1]/C0[0]/C1[1]/N 1e9>>";
    let calculator = stream("/FunctionType 4/Domain[0 1]/Range[0 1]", nested("{", "}", 50_000).as_bytes());
    let shading = format!(
        "/Shading<</S <</ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 1e-30 1e30]/Function {function}/Extend[true true]>>>>"
    );
    let pattern = stream(
        "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .0001/YStep .0001/Resources<<>>",
        b"0 0 1 1 re f",
    );
    let own_pattern = stream(
        "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<</Pattern<</P 5 0 R>>>>",
        b"/Pattern cs /P scn 0 0 9 9 re f",
    );
    let mask = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Group<</S/Transparency>>/Resources<</ExtGState<</G <</SMask<</S/Luminosity/G 5 0 R>>>>>>>>",
        b"/G gs 0 0 9 9 re f",
    );
    let bomb = zeros(256);
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("page-tree-in-a-circle", tree("2 0 R", "1")),
        ("page-tree-with-its-parent", pdf(&[catalogue(), b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(), b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>".to_vec()])),
        ("same-page-a-million-times", tree(&"3 0 R ".repeat(1_000_000), "1000000")),
        ("a-billion-pages", tree("3 0 R", "999999999")),
        ("minus-pages", tree("3 0 R", "-5")),
        ("no-pages", tree("", "0")),
        ("no-catalogue", pdf(&[b"null".to_vec()])),
        ("form-of-itself", page(A7, "/XObject<</F 5 0 R>>", plain("/F Do"), &[form("/XObject<</F 5 0 R>>", "/F Do /F Do")])),
        ("forms-that-multiply", page(A7, "/XObject<</F 5 0 R>>", plain("/F Do"), &doubling)),
        ("content-bomb", page(A7, "", stream("/Filter/FlateDecode", &bomb), &[])),
        ("content-bomb-in-a-bomb", page(A7, "", stream("/Filter[/FlateDecode/FlateDecode]", &crate::pictures::png::deflated(&bomb)), &[])),
        ("hundred-filters", page(A7, "", stream(&format!("/Filter[{}]", "/ASCIIHexDecode".repeat(100)), b"30>"), &[])),
        ("run-length-bomb", page(A7, "", stream("/Filter/RunLengthDecode", &[0x81, b' '].repeat(2_000_000)), &[])),
        ("lzw-noise", page(A7, "", stream("/Filter/LZWDecode", &noise(4, 200_000)), &[])),
        ("largest-box", page("0 0 1e9 1e9", "", plain("0 0 9 9 re f"), &[])),
        ("endless-box", page("0 0 1 1e38", "", plain("0 0 9 9 re f"), &[])),
        ("box-without-area", page("0 0 0 0", "", plain("0 0 9 9 re f"), &[])),
        ("box-of-words", page("/a (b) null [] <<>>", "", plain("0 0 9 9 re f"), &[])),
        ("million-states", page(A7, "", plain(&"q ".repeat(1_000_000)), &[])),
        ("million-paths", page(A7, "", plain(&"0 0 200 290 re f ".repeat(300_000)), &[])),
        ("long-path", page(A7, "", plain(&format!("0 0 m {} f", "9 9 l 200 0 l ".repeat(300_000))), &[])),
        ("deep-arrays", page(A7, "", plain(&nested("[", "]", 200_000)), &[])),
        ("deep-dictionaries", pdf(&[nested("<</a", ">>", 100_000).into_bytes()])),
        ("dashes", page(A7, "", plain("[.00001] 0 d 0 0 m 200 290 l S"), &[])),
        ("wide-dashes", page(A7, "", plain("1e30 w [1e-30 1e-30] 1e30 d 0 0 m 1e30 1e30 l S"), &[])),
        ("not-numbers", page(A7, "", plain("1e400 -1e400 99999999999999999999 0 0 0 cm 0 0 1e38 1e38 re W n f"), &[])),
        ("clips", page(A7, "", plain(&"0 0 200 200 re W n ".repeat(100_000)), &[])),
        ("picture-of-4-gigapixels", with_picture(picture(65_535, 65_535, "/Filter/FlateDecode", &bomb))),
        ("picture-of-largest-numbers", with_picture(picture(u32::MAX, u32::MAX, "", b"x"))),
        ("picture-without-data", with_picture(picture(3_000, 3_000, "", b""))),
        ("picture-that-is-no-jpeg", with_picture(picture(9, 9, "/Filter/DCTDecode", &noise(6, 999)))),
        ("picture-that-is-no-jpeg2000", with_picture(picture(9, 9, "/Filter/JPXDecode", &noise(7, 999)))),
        ("picture-that-is-no-jbig2", with_picture(picture(9, 9, "/Filter/JBIG2Decode", &noise(8, 999)))),
        ("picture-that-is-no-fax", with_picture(picture(60_000, 60_000, "/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 60000/Rows 60000>>", &noise(9, 999)))),
        ("pattern-of-itself", page(A7, "/Pattern<</P 5 0 R>>", plain("/Pattern cs /P scn 0 0 200 290 re f"), &[own_pattern])),
        ("tiny-pattern", page(A7, "/Pattern<</P 5 0 R>>", plain("/Pattern cs /P scn 0 0 200 290 re f"), &[pattern])),
        ("mask-of-itself", page(A7, "/ExtGState<</G <</SMask<</S/Luminosity/G 5 0 R>>>>>>", plain("/G gs 0 0 99 99 re f"), &[mask])),
        ("shading", page(A7, &shading, plain("/S sh"), &[])),
        ("deep-function", page(A7, "/Shading<</S <</ShadingType 1/ColorSpace/DeviceGray/Function 5 0 R>>>>", plain("/S sh"), &[calculator])),
        ("length-of-itself", page(A7, "", b"<</Length 4 0 R>>\nstream\n0 0 9 9 re f\nendstream".to_vec(), &[])),
        ("length-too-long", page(A7, "", b"<</Length 4000000000>>\nstream\n0 0 9 9 re f\nendstream".to_vec(), &[])),
        ("resources-in-a-circle", page(A7, "", b"4 0 R".to_vec(), &[])),
        ("font-of-noise", page(A7, "/Font<</F <</Type/Font/Subtype/TrueType/BaseFont/A/FontDescriptor<</FontFile2 5 0 R>>>>>>", plain("BT /F 20 Tf 9 9 Td (abc) Tj ET"), &[stream("", &noise(10, 9_999))])),
        ("type-3-font-of-itself", page(A7, "/Font<</F 5 0 R>>", plain("BT /F 20 Tf (aaaa) Tj ET"), &[b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 6 0 R>>/Encoding<</Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[9]/Resources<</Font<</F 5 0 R>>>>>>".to_vec(), stream("", b"BT /F 9 Tf (aaaa) Tj ET")])),
        ("million-letters", page(A7, "/Font<</F <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>", plain(&format!("BT /F 9 Tf {} ET", "(abcdefghij) Tj ".repeat(60_000))), &[])),
        ("script-at-opening", pdf(&[b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while\\(1\\);)>>/AA<</WC<</S/Launch/F(/bin/sh)>>>>>>".to_vec(), b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(), format!("<</Type/Page/Parent 2 0 R/MediaBox[{A7}]/Contents 4 0 R>>").into_bytes(), plain("9 9 99 99 re f")])),
        ("file-outside", page(A7, "", b"<</Length 0/F(/etc/passwd)/FFilter/FlateDecode>>\nstream\n\nendstream".to_vec(), &[])),
        ("unknown-lock", [&good[..good.len() - 60], b"trailer\n<</Size 5/Root 1 0 R/Encrypt<</Filter/Nobody/V 99/R 99>>>>\nstartxref\n0\n%%EOF"].concat()),
        ("table-in-a-circle", [&good[..], b"xref\n0 0\ntrailer\n<</Size 5/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF"].concat()),
        ("objects-of-objects", pdf(&[catalogue(), stream("/Type/ObjStm/N 999999999/First 9", &noise(11, 999))])),
        ("object-bomb", pdf(&[catalogue(), stream("/Type/ObjStm/N 9/First 9/Filter/FlateDecode", &bomb)])),
        ("table-of-4-billion", [b"%PDF-1.7\nxref\n0 4294967295\n0000000000 65535 f \ntrailer\n<</Root 1 0 R>>\nstartxref\n9\n%%EOF".as_slice()].concat()),
        ("cut-off", good[..good.len() / 2].to_vec()),
        ("noise", [b"%PDF-1.7\n".as_slice(), &noise(12, 100_000)].concat()),
        ("only-a-header", b"%PDF-1.4".to_vec()),
    ];
    files.into_iter().map(|(name, bytes)| Document::new(format!("{name}.pdf"), bytes)).collect()
}
