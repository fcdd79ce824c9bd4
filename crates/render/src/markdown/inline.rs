//! The text inside of a block: emphasis, links, breaks.
//!
//! A link is its text and then, where that says something else, its address: paper cannot be clicked. A picture is its
//! description in brackets, since no file is read. Deliberately absent: underlines.

use crate::text::{Style, Styled};

/// Collects the text of a block.
#[derive(Default)]
pub(super) struct Inline {
    pub(super) styled: Styled,
    bold: u32,
    italic: u32,
    struck: u32,
    /// Where links and pictures that are open begin, and their addresses.
    open: Vec<(usize, String)>,
    /// Whether a line of the source ended.
    broken: bool,
}

impl Inline {
    fn style(&self) -> Style {
        Style { bold: self.bold > 0, italic: self.italic > 0, struck: self.struck > 0, mono: false }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.styled.text.trim().is_empty()
    }

    /// The text so far; styles stay as they are.
    pub(super) fn take(&mut self) -> Styled {
        self.broken = false;
        self.open.iter_mut().for_each(|(start, _)| *start = 0);
        std::mem::take(&mut self.styled)
    }

    pub(super) fn bold(&mut self, on: bool) {
        self.bold = step(self.bold, on);
    }

    pub(super) fn italic(&mut self, on: bool) {
        self.italic = step(self.italic, on);
    }

    pub(super) fn struck(&mut self, on: bool) {
        self.struck = step(self.struck, on);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.push(text, self.style());
    }

    pub(super) fn code(&mut self, code: &str) {
        self.push(code, Style { mono: true, ..self.style() });
    }

    fn push(&mut self, text: &str, style: Style) {
        if std::mem::take(&mut self.broken) {
            let before = self.styled.text.chars().next_back();
            let spaced = !(before.is_some_and(has_no_spaces) && text.chars().next().is_some_and(has_no_spaces));
            self.styled.push(if spaced { " " } else { "" }, style);
        }
        self.styled.push(&clean(text), style);
    }

    /// A line of the source ended, which is a space to most scripts.
    pub(super) fn soft_break(&mut self) {
        self.broken = !self.styled.text.is_empty() && !self.styled.text.ends_with('\n');
    }

    /// The author wants a new line.
    pub(super) fn hard_break(&mut self) {
        self.broken = false;
        self.styled.push("\n", Style::default());
    }

    pub(super) fn open(&mut self, address: &str) {
        self.broken_now();
        self.open.push((self.styled.text.len(), address.to_owned()));
    }

    pub(super) fn close_link(&mut self) {
        let Some((start, address)) = self.open.pop() else { return };
        let text = self.styled.text.get(start..).unwrap_or("");
        let address = clean(&address);
        if bare(text) != bare(&address) && !address.is_empty() && !address.starts_with('#') {
            self.text(&format!(" ({address})"));
        }
    }

    pub(super) fn close_picture(&mut self) {
        let Some((start, _)) = self.open.pop() else { return };
        if self.styled.text.len() > start {
            self.styled.insert(start, '[');
            self.text("]");
        }
    }

    fn broken_now(&mut self) {
        if std::mem::take(&mut self.broken) {
            self.styled.push(" ", self.style());
        }
    }
}

fn step(count: u32, on: bool) -> u32 {
    if on { count + 1 } else { count.saturating_sub(1) }
}

/// An address without what nobody says.
fn bare(address: &str) -> &str {
    let address = ["mailto:", "tel:", "https://", "http://"]
        .iter()
        .find_map(|start| address.strip_prefix(start))
        .unwrap_or(address);
    address.trim().trim_end_matches('/')
}

/// Scripts whose lines are joined without a space: Chinese, Japanese, Thai and its neighbours.
fn has_no_spaces(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3000}'..='\u{30FF}'
        | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// What may be drawn: references such as `&#27;` bring control characters that the reader of the text never saw.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}

/// The text of raw HTML: what is between its tags.
pub(super) fn text_of_html(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let name: String =
            tag.chars().take_while(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
        let end = match name.as_str() {
            "script" => "</script>",
            "style" => "</style>",
            _ if tag.starts_with("!--") => "-->",
            _ => ">",
        };
        rest = tag.split_once(end).map_or("", |(_, rest)| rest);
        text.push(' ');
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_where_the_text_does_not() {
        let link = |text: &str, address: &str| {
            let mut inline = Inline::default();
            inline.open(address);
            inline.text(text);
            inline.close_link();
            inline.take().text
        };
        assert_eq!(link("our shop", "https://example.com/a"), "our shop (https://example.com/a)");
        for (text, address) in [("example.com", "https://example.com/"), ("a@b.de", "mailto:a@b.de"), ("top", "#top")] {
            assert_eq!(link(text, address), text);
        }
    }

    #[test]
    fn pictures_are_their_description() {
        let mut inline = Inline::default();
        inline.text("a ");
        inline.open("x.png");
        inline.bold(true);
        inline.text("cat");
        inline.bold(false);
        inline.close_picture();
        inline.open("y.png");
        inline.close_picture();
        let styled = inline.take();
        assert_eq!(styled.text, "a [cat]");
        assert_eq!(styled.spans, [(3..6, Style { bold: true, ..Style::default() })]);
    }

    #[test]
    fn lines_of_the_source_are_joined_as_the_script_wants() {
        let joined = |first: &str, second: &str| {
            let mut inline = Inline::default();
            inline.text(first);
            inline.soft_break();
            inline.text(second);
            inline.take().text
        };
        assert_eq!(joined("one", "two"), "one two");
        assert_eq!(joined("中文", "打印"), "中文打印");
        assert_eq!(joined("ไทย", "ไทย"), "ไทยไทย");
        assert_eq!(joined("한국", "어"), "한국 어");
    }

    #[test]
    fn html_leaves_its_text() {
        assert_eq!(
            text_of_html("<div class='a'>Hello <b>you</b></div>\n<!-- not > me --><script>x<y</script> end"),
            "Hello you end"
        );
        assert_eq!(text_of_html("<unfinished"), "");
    }
}
