//! Counts the parts of a drawing as they will be after every reference is followed, without following them.
//!
//! Source: promise CT-3 and measurement M3 (1,414 bytes of nested `use` are 100,000 shapes, 3.3 s and 174 MB). Each part
//! is counted once and its count reused, so the answer takes a moment however many parts there would be.

use crate::error::Refusal;
use resvg::usvg::roxmltree::{Document, Node};
use std::collections::BTreeMap;

/// The most parts, after references.
pub(super) const MAX_NODES: u32 = 200_000;

/// The deepest nesting, after references. Drawing programs reach about thirty.
const MAX_DEPTH: u32 = 200;

/// The most tries of a style rule on a part: each rule is tried on each.
const MAX_MATCHES: u64 = 10_000_000;

/// What a part amounts to.
#[derive(Clone, Copy)]
struct Count {
    parts: u32,
    depth: u32,
}

#[derive(Clone, Copy)]
enum Progress {
    Untouched,
    Open,
    Counted(Count),
}

/// Refuses a drawing with too many parts, too deep parts, or parts that contain themselves.
pub(super) fn check(document: &Document<'_>) -> Result<(), Refusal> {
    let names: BTreeMap<&str, Node<'_, '_>> = document
        .descendants()
        .filter_map(|node| node.attribute("id").map(|id| (id, node)))
        // Of two with one name the first counts, as it does for those who draw.
        .rev()
        .collect();
    let rules = style_rules(document);
    let mut progress = vec![Progress::Untouched; document.descendants().count() + 1];
    let root = document.root();
    let mut open: Vec<(Node<'_, '_>, Vec<Node<'_, '_>>, Count)> = vec![(root, within(root, &names, &rules), ONE)];
    set(&mut progress, root, Progress::Open);
    // By hand and not by recursion: the nesting is what is being checked.
    while let Some((node, rest, count)) = open.last_mut() {
        let Some(part) = rest.pop() else {
            let (node, count) = (*node, *count);
            set(&mut progress, node, Progress::Counted(count));
            open.pop();
            match open.last_mut() {
                Some((_, _, whole)) => *whole = whole.with(count)?,
                None if u64::from(count.parts) * style_rule_count(document) > MAX_MATCHES => {
                    return Err(Refusal::TooManyNodes);
                }
                None => {}
            }
            continue;
        };
        match get(&progress, part) {
            Progress::Counted(part) => *count = count.with(part)?,
            Progress::Open => return Err(Refusal::Cycle),
            Progress::Untouched => {
                set(&mut progress, part, Progress::Open);
                let start = Count { parts: weight(part), ..ONE };
                open.push((part, within(part, &names, &rules), start));
            }
        }
    }
    Ok(())
}

const ONE: Count = Count { parts: 1, depth: 1 };

impl Count {
    fn with(self, part: Count) -> Result<Self, Refusal> {
        let parts = self.parts.saturating_add(part.parts);
        let depth = self.depth.max(part.depth + 1);
        if parts > MAX_NODES {
            return Err(Refusal::TooManyNodes);
        }
        if depth > MAX_DEPTH {
            return Err(Refusal::TooDeep);
        }
        Ok(Self { parts, depth })
    }
}

fn get(progress: &[Progress], node: Node<'_, '_>) -> Progress {
    progress.get(node.id().get_usize()).copied().unwrap_or(Progress::Untouched)
}

fn set(progress: &mut [Progress], node: Node<'_, '_>, to: Progress) {
    if let Some(place) = progress.get_mut(node.id().get_usize()) {
        *place = to;
    }
}

/// Text costs by its letters, since each becomes a shape. A paragraph of 400 KB takes seconds to be laid out, one of three times
/// that takes minutes.
fn weight(node: Node<'_, '_>) -> u32 {
    let letters = if node.is_text() && node.parent().is_some_and(|parent| parent.tag_name().name() != "style") {
        node.text().map_or(0, |text| text.trim().len() / 2)
    } else {
        0
    };
    u32::try_from(letters).unwrap_or(u32::MAX).saturating_add(1)
}

/// What is drawn with a part: its children, and what it refers to.
fn within<'a, 'i>(node: Node<'a, 'i>, names: &BTreeMap<&str, Node<'a, 'i>>, rules: &[Rule<'_>]) -> Vec<Node<'a, 'i>> {
    let mut parts: Vec<Node<'a, 'i>> = node.children().filter(|child| !child.is_comment()).collect();
    if !node.is_element() {
        return parts;
    }
    let mut follow = |id: &str| parts.extend(names.get(id).copied().filter(|part| multiplies(*part)));
    for attribute in node.attributes() {
        if attribute.name() == "href" {
            if let Some(id) = attribute.value().trim().strip_prefix('#') {
                follow(id);
            }
        } else {
            references(attribute.value()).for_each(&mut follow);
        }
    }
    for rule in rules.iter().filter(|rule| rule.may_match(node)) {
        rule.refers_to.iter().copied().for_each(&mut follow);
    }
    // A path draws its markers at each of its corners.
    let corners = node.attribute("d").or(node.attribute("points")).map_or(0, |path| path.len() / 4);
    let markers: Vec<_> = parts.iter().copied().filter(|part| part.tag_name().name() == "marker").collect();
    for marker in markers {
        parts.extend(std::iter::repeat_n(marker, corners));
    }
    parts
}

/// Gradients are referred to by thousands of shapes and cost nothing each time; so do paths that text runs along.
fn multiplies(part: Node<'_, '_>) -> bool {
    !matches!(part.tag_name().name(), "linearGradient" | "radialGradient" | "path")
        || part.attribute("marker-mid").is_some()
}

/// The names in `url(#…)`.
fn references(value: &str) -> impl Iterator<Item = &str> {
    value.split("url(").skip(1).filter_map(|rest| {
        let rest = rest.trim_start().trim_start_matches(['"', '\'']).trim_start();
        let name = rest.strip_prefix('#')?;
        name.split(['"', '\'', ')', ' ']).next()
    })
}

/// A rule of a style sheet that refers to parts.
struct Rule<'a> {
    selector: &'a str,
    refers_to: Vec<&'a str>,
}

impl Rule<'_> {
    /// Whether the selector names something of `node`: more than it really matches, never less.
    fn may_match(&self, node: Node<'_, '_>) -> bool {
        let mut names = self.selector.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')));
        let classes = node.attribute("class").unwrap_or("");
        self.selector.contains(['*', '[', ':'])
            || names.any(|name| {
                !name.is_empty()
                    && (name == node.tag_name().name()
                        || node.attribute("id") == Some(name)
                        || classes.split_ascii_whitespace().any(|class| class == name))
            })
    }
}

fn style_sheets<'a>(document: &'a Document<'_>) -> impl Iterator<Item = &'a str> {
    document
        .descendants()
        .filter(|node| node.is_text() && node.parent().is_some_and(|parent| parent.tag_name().name() == "style"))
        .filter_map(|node| node.text())
}

/// Rules in all style sheets; one with several selectors counts as several.
fn style_rule_count(document: &Document<'_>) -> u64 {
    style_sheets(document).map(|sheet| sheet.matches(['{', ',']).count() as u64).sum()
}

fn style_rules<'a>(document: &'a Document<'_>) -> Vec<Rule<'a>> {
    style_sheets(document)
        .flat_map(|sheet| sheet.split('}'))
        .filter_map(|rule| {
            let (selector, declarations) = rule.rsplit_once('{')?;
            let refers_to: Vec<&str> = references(declarations).collect();
            (!refers_to.is_empty()).then_some(Rule { selector, refers_to })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(body: &str) -> Result<(), Refusal> {
        let svg = format!("<svg xmlns='http://www.w3.org/2000/svg'>{body}</svg>");
        check(&Document::parse(&svg).unwrap())
    }

    /// `levels` groups of ten references to the group before.
    fn bomb(levels: u32) -> String {
        let mut body = "<g id='l0'><path d='M0 0'/></g>".to_owned();
        for level in 1..=levels {
            let below = level - 1;
            body += &format!("<g id='l{level}'>{}</g>", format!("<use href='#l{below}'/>").repeat(10));
        }
        body
    }

    #[test]
    fn nested_use_is_counted_without_being_followed() {
        assert_eq!(checked(&bomb(3)), Ok(()));
        for levels in [5, 6, 40] {
            assert_eq!(checked(&bomb(levels)), Err(Refusal::TooManyNodes));
        }
    }

    #[test]
    fn nested_patterns_and_masks_are_counted_in_attributes_and_in_style_sheets() {
        let mut attributes = String::new();
        let mut styles = String::from("<style>");
        let mut classes = String::new();
        for level in 1..12 {
            let shapes = |fill: &str| format!("<rect {fill}/>").repeat(8);
            let fill = format!("style='mask: url( \"#p{}\")'", level - 1);
            attributes += &format!("<pattern id='p{level}'>{}</pattern>", shapes(&fill));
            styles += &format!(".c{level} {{ fill: url(#p{}) }}", level - 1);
            classes += &format!("<pattern id='p{level}'>{}</pattern>", shapes(&format!("class='c{level}'")));
        }
        let first = "<pattern id='p0'><rect/></pattern>";
        assert_eq!(checked(&format!("{first}{attributes}")), Err(Refusal::TooManyNodes));
        assert_eq!(checked(&format!("{styles}</style>{first}{classes}")), Err(Refusal::TooManyNodes));
    }

    #[test]
    fn parts_within_themselves_are_refused() {
        assert_eq!(checked("<g id='a'><use href='#a'/></g>"), Err(Refusal::Cycle));
        assert_eq!(checked("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"), Err(Refusal::Cycle));
        assert_eq!(checked("<mask id='m'><rect mask='url(#m)'/></mask>"), Err(Refusal::Cycle));
    }

    #[test]
    fn deep_nesting_is_refused_however_it_is_made() {
        let nested = |levels: usize| format!("{}{}", "<g>".repeat(levels), "</g>".repeat(levels));
        assert_eq!(checked(&nested(100)), Ok(()));
        assert_eq!(checked(&nested(300)), Err(Refusal::TooDeep));
        let chain: String = (1..150).map(|i| format!("<g id='g{i}'><use href='#g{}'/></g>", i - 1)).collect();
        assert_eq!(checked(&format!("<g id='g0'/>{chain}")), Err(Refusal::TooDeep));
    }

    #[test]
    fn markers_are_counted_at_each_corner() {
        let marker = format!("<marker id='m'>{}</marker>", "<path d='M0 0'/>".repeat(50));
        let path = |corners: usize| format!("<path marker-mid='url(#m)' d='M0 0{}'/>", " L1 1".repeat(corners));
        assert_eq!(checked(&format!("{marker}{}", path(100))), Ok(()));
        assert_eq!(checked(&format!("{marker}{}", path(10_000))), Err(Refusal::TooManyNodes));
    }

    #[test]
    fn many_rules_on_many_parts_are_refused() {
        let sheet = |rules: usize| format!("<style>{}</style>", ".a{fill:red}".repeat(rules));
        assert_eq!(checked(&format!("{}{}", sheet(2_000), "<path/>".repeat(4_000))), Ok(()));
        assert_eq!(checked(&format!("{}{}", sheet(20_000), "<path/>".repeat(4_000))), Err(Refusal::TooManyNodes));
    }

    #[test]
    fn ordinary_drawings_pass() {
        let gradient = "<linearGradient id='g'><stop/><stop/></linearGradient>";
        let shapes = "<rect fill='url(#g)'/>".repeat(50_000);
        assert_eq!(checked(&format!("{gradient}{shapes}")), Ok(()));
        assert_eq!(checked(&format!("<g>{}</g>", "<path d='M0 0 L1 1'/>".repeat(150_000))), Ok(()));
        assert_eq!(checked(&"<path/>".repeat(200_001)), Err(Refusal::TooManyNodes));
    }
}
