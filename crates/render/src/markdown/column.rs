//! Where the lines of a document go: indented, with marks and rules beside them, and apart from each other.
//!
//! Indents are given up before the text becomes too narrow to be read.

use crate::text::{Bar, Composer, Line};

/// The column that blocks are set in, one below the other.
pub(super) struct Column {
    composer: Composer,
    measure: u32,
    /// Below this no further indent is made, in dots.
    narrowest: u32,
    sides: Sides,
    /// How far from the left each rule of an open quotation stands.
    rules: Vec<f32>,
    thickness: f32,
    /// Dots wanted before the next line.
    gap: u32,
    mark: Option<Line>,
    empty: bool,
    /// Whether nothing stands beside the newest rule yet.
    opened: bool,
}

/// Dots at either side that lines keep free.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sides {
    pub(super) left: u32,
    pub(super) right: u32,
}

impl Column {
    /// A column that is `measure` dots wide, for type of `em` dots.
    pub(super) fn new(composer: Composer, measure: u32, em: f32) -> Self {
        // A few hundred dots.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let narrowest = (em * 5.0) as u32;
        let thickness = (em / 12.0).round().max(1.0);
        let (sides, rules) = (Sides::default(), Vec::new());
        Self { composer, measure, narrowest, sides, rules, thickness, gap: 0, mark: None, empty: true, opened: false }
    }

    /// Dots that a line may be long.
    pub(super) fn width(&self) -> u32 {
        self.measure.saturating_sub(self.sides.left + self.sides.right).max(1)
    }

    /// How thick a rule is, in dots.
    pub(super) fn thickness(&self) -> f32 {
        self.thickness
    }

    pub(super) fn sides(&self) -> Sides {
        self.sides
    }

    pub(super) fn measure(&self) -> u32 {
        self.measure
    }

    /// Whether no line has been added.
    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }

    /// Keeps `dots` more free at one side, if enough is left; says whether it did.
    pub(super) fn indent(&mut self, right: bool, dots: u32) -> bool {
        if self.width() < dots.saturating_add(self.narrowest) {
            return false;
        }
        if right {
            self.sides.right += dots;
        } else {
            self.sides.left += dots;
        }
        true
    }

    pub(super) fn restore(&mut self, sides: Sides) {
        self.sides = sides;
    }

    /// From here on a rule stands at `x` beside the lines.
    pub(super) fn open_rule(&mut self, x: f32) {
        self.separate();
        self.rules.push(x);
        self.opened = true;
    }

    pub(super) fn close_rule(&mut self) {
        self.rules.pop();
    }

    /// Puts a mark beside the next line. It is where it is to stand already.
    pub(super) fn set_mark(&mut self, mark: Line) {
        self.mark = Some(mark);
    }

    /// Keeps what follows at least `dots` away from what is above.
    pub(super) fn part(&mut self, dots: u32) {
        if !self.opened {
            self.gap = self.gap.max(dots);
        }
    }

    /// Adds lines.
    pub(super) fn push(&mut self, lines: Vec<Line>) {
        for mut line in lines {
            self.opened = false;
            self.separate();
            // At most 120,000: exact.
            #[allow(clippy::cast_precision_loss)]
            line.shift(self.sides.left as f32, 0.0);
            if let Some(mark) = self.mark.take() {
                line.join(mark);
            }
            self.add(line);
            self.empty = false;
        }
    }

    /// Adds a mark that no line came for.
    pub(super) fn flush_mark(&mut self) {
        if let Some(mark) = self.mark.take() {
            self.opened = false;
            self.separate();
            self.add(mark);
            self.empty = false;
        }
    }

    fn separate(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if gap > 0 && !self.empty {
            self.add(Line { gap: true, ..Line::empty(gap) });
        }
    }

    fn add(&mut self, mut line: Line) {
        #[allow(clippy::cast_precision_loss)] // a few hundred dots
        let height = line.height as f32;
        let width = self.thickness;
        line.bars.extend(self.rules.iter().map(|&left| Bar { left, top: 0.0, width, height }));
        self.composer.add(line);
    }

    pub(super) fn into_composer(self) -> Composer {
        self.composer
    }
}
