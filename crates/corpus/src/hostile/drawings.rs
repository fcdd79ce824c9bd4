//! Drawings that multiply, lead in circles, ask for other files, or are not XML.

use crate::Document;
use crate::drawings::{sized, svg};

/// Ten copies of the level below, so many levels high.
fn tower(levels: usize, part: &str) -> String {
    let mut inside = format!("<g id='l0'>{part}</g>");
    for level in 1..=levels {
        let copies = format!("<use href='#l{}'/>", level - 1).repeat(10);
        inside += &format!("<g id='l{level}'>{copies}</g>");
    }
    inside
}

pub(super) fn documents() -> Vec<Document> {
    let rect = "<rect width='99' height='70'";
    let nested = |levels: usize| format!("{}{}", "<g>".repeat(levels), "</g>".repeat(levels));
    let patterns: String = (1..40)
        .map(|level| {
            format!(
                "<pattern id='p{level}' width='1' height='1'><rect width='99' height='99' fill='url(#p{})'/></pattern>",
                level - 1
            )
        })
        .collect();
    let clips: String = (1..500)
        .map(|level| format!("<clipPath id='c{level}' clip-path='url(#c{})'>{rect}/></clipPath>", level - 1))
        .collect();
    let blur = "<feGaussianBlur stdDeviation='90'/>";
    let all = [
        ("use-bomb", tower(9, "<circle r='9'/>")),
        ("use-of-itself", "<g id='a'><use href='#a'/></g>".to_owned()),
        (
            "use-in-a-ring",
            "<g id='a'><use href='#b'/></g><g id='b'><use href='#c'/></g><g id='c'><use href='#a'/></g>".to_owned(),
        ),
        (
            "pattern-of-itself",
            format!("<pattern id='p' width='9' height='9'>{rect} fill='url(#p)'/></pattern>{rect} fill='url(#p)'/>"),
        ),
        ("pattern-tower", format!("{patterns}{rect} fill='url(#p39)'/>")),
        (
            "tiny-pattern",
            format!(
                "<pattern id='p' width='.0001' height='.0001' patternUnits='userSpaceOnUse'>{rect}/></pattern>{rect} fill='url(#p)'/>"
            ),
        ),
        (
            "huge-pattern",
            format!(
                "<pattern id='p' width='1e6' height='1e6' patternUnits='userSpaceOnUse'>{rect}/></pattern>{rect} fill='url(#p)'/>"
            ),
        ),
        ("clip-tower", format!("<clipPath id='c0'>{rect}/></clipPath>{clips}{rect} clip-path='url(#c499)'/>")),
        (
            "clip-of-itself",
            format!("<clipPath id='c' clip-path='url(#c)'>{rect}/></clipPath>{rect} clip-path='url(#c)'/>"),
        ),
        (
            "mask-of-itself",
            format!("<mask id='m' mask='url(#m)'>{rect} mask='url(#m)'/></mask>{rect} mask='url(#m)'/>"),
        ),
        ("filter-chain", format!("<filter id='f'>{}</filter>{rect} filter='url(#f)'/>", blur.repeat(2_000))),
        (
            "filter-huge",
            format!(
                "<filter id='f' x='-9999' y='-9999' width='99999' height='99999'>{blur}</filter>{rect} filter='url(#f)'/>"
            ),
        ),
        (
            "filters-in-filters",
            format!(
                "<filter id='f'>{blur}</filter>{}{rect}/>{}",
                "<g filter='url(#f)'>".repeat(150),
                "</g>".repeat(150)
            ),
        ),
        (
            "morphology",
            format!("<filter id='f'><feMorphology operator='dilate' radius='5000'/></filter>{rect} filter='url(#f)'/>"),
        ),
        (
            "turbulence",
            format!(
                "<filter id='f'><feTurbulence baseFrequency='9' numOctaves='999999'/></filter>{rect} filter='url(#f)'/>"
            ),
        ),
        (
            "convolution",
            format!(
                "<filter id='f'><feConvolveMatrix order='999' kernelMatrix='1'/></filter>{rect} filter='url(#f)'/>"
            ),
        ),
        ("filter-of-a-file", format!("<filter id='f'><feImage href='/etc/passwd'/></filter>{rect} filter='url(#f)'/>")),
        ("picture-of-a-file", "<image width='9' height='9' href='file:///etc/passwd'/>".to_owned()),
        ("picture-of-an-address", "<image width='9' height='9' href='http://127.0.0.1:9/a.png'/>".to_owned()),
        ("picture-of-a-drawing", "<image width='9' height='9' href='data:image/svg+xml,%3Csvg/%3E'/>".to_owned()),
        ("style-of-a-file", "<style>@import url('file:///etc/passwd');</style><rect width='9' height='9'/>".to_owned()),
        (
            "font-of-a-file",
            "<style>@font-face{font-family:a;src:url(file:///dev/zero)}</style><text font-family='a' y='20'>a</text>"
                .to_owned(),
        ),
        ("script", "<script>while(true){}</script><rect width='9' height='9' onload='while(1){}'/>".to_owned()),
        ("deep", nested(150_000)),
        ("many", "<rect/>".repeat(250_000)),
        ("many-large", format!("{rect} fill-opacity='.1'/>").repeat(40_000)),
        ("layers", format!("{}{rect}/>{}", "<g opacity='.9'>".repeat(190), "</g>".repeat(190))),
        ("dashes", "<path d='M0 0H120' stroke='red' stroke-dasharray='.0000001'/>".to_owned()),
        ("long-path", format!("<path d='M0 0{}'/>", "l9 9 -9 8".repeat(300_000))),
        ("wide-strokes", format!("<path stroke='red' stroke-width='1e30' d='M0 0{}'/>", "q9 9 -9 8".repeat(2_000))),
        (
            "not-numbers",
            "<path d='M1e999 NaN L-1e38 1e38z'/><rect width='1e38' height='-1'/><circle r='inf'/>".to_owned(),
        ),
        (
            "turned-to-nothing",
            "<g transform='scale(0) matrix(1e30 1e30 1e30 1e30 1e30 1e30)'><rect width='9' height='9'/></g>".to_owned(),
        ),
        ("entities", "&a;&#0;&#xFFFFFFFF;".to_owned()),
        ("long-text", format!("<text>{}</text>", "ก\u{e49}".repeat(200_000))),
        ("large-text", "<text font-size='100000'>A</text>".to_owned()),
        ("many-rules", format!("<style>{}</style>{}", "a b c>d{fill:red}".repeat(9_000), "<g/>".repeat(20_000))),
        ("names-of-a-megabyte", format!("<g id='{0}'/><use href='#{0}'/>", "x".repeat(1 << 20))),
    ];
    let mut all: Vec<Document> =
        all.iter().map(|(name, inside)| Document::new(format!("{name}.svg"), svg(inside))).collect();
    let laughs: String = (1..10).map(|n| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10))).collect();
    for (name, bytes) in [
        ("laughs", format!("<!DOCTYPE svg [<!ENTITY l0 'ha'>{laughs}]><svg>&l9;</svg>").into_bytes()),
        (
            "entity-of-a-file",
            b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg><text>&a;</text></svg>".to_vec(),
        ),
        ("endless", sized("width='9' height='1e9'", "<rect width='9' height='9'/>")),
        ("not-a-size", sized("width='NaN' height='-4'", "<rect width='9' height='9'/>")),
        ("without-area", sized("viewBox='0 0 0 0'", "<rect width='9' height='9'/>")),
        ("compressed-bomb", super::pictures::zeros(64)),
        ("cut-off", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><g><rect".to_vec()),
        (
            "not-utf-8",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>\xff\xfe\xc0</text></svg>".to_vec(),
        ),
        ("six-megabytes", sized("width='9' height='9'", &" ".repeat(6 << 20))),
        ("attributes", sized(&(0..50_000).map(|n| format!("a{n}='' ")).collect::<String>(), "")),
    ] {
        all.push(Document::new(format!("{name}.svg"), bytes));
    }
    all
}
