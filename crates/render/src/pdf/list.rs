//! The marks of a page in the order of painting, in dots.
//!
//! Everything has its place on the page already: a band only looks for the marks that touch it. Deliberately absent:
//! whatever a band does not need to know, such as fonts, colour spaces and transformations.

use super::fill::Rule;
use super::pictures::Picture;
use super::shade::Shade;
use super::stamps::Stamp;
use crate::channel::Channel;
use hayro_interpret::BlendMode;
use std::rc::Rc;

/// A rectangle of whole dots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Area {
    pub(super) fn is_empty(&self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    pub(super) fn meet(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    pub(super) fn join(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub(super) fn width(&self) -> usize {
        usize::try_from(self.right.saturating_sub(self.left)).unwrap_or(0)
    }

    pub(super) fn height(&self) -> usize {
        usize::try_from(self.bottom.saturating_sub(self.top)).unwrap_or(0)
    }

    pub(super) fn dots(&self) -> u64 {
        self.width() as u64 * self.height() as u64
    }
}

/// A straight edge, with y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) x0: f32,
    pub(super) y0: f32,
    pub(super) x1: f32,
    pub(super) y1: f32,
}

/// A range of edges of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outline {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) rule: Rule,
}

/// What a mark is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ink {
    pub(super) red: u8,
    pub(super) green: u8,
    pub(super) blue: u8,
    pub(super) alpha: u8,
}

impl Ink {
    /// Its brightness.
    pub(super) fn grey(&self) -> u8 {
        self.on(Channel::Brightness)
    }

    /// Its value on a page that shows `channel`.
    pub(super) fn on(&self, channel: Channel) -> u8 {
        channel.of([self.red, self.green, self.blue])
    }
}

/// What may be painted: dots of the area, where the path or the parent covers them.
#[derive(Debug)]
pub(super) struct Clip {
    pub(super) parent: u32,
    pub(super) area: Area,
    pub(super) outline: Option<Outline>,
    /// Whether this clip or one around it has an outline.
    pub(super) shaped: bool,
}

/// One thing painted.
pub(super) struct Mark {
    pub(super) area: Area,
    pub(super) clip: u32,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// The whole area.
    Block(Ink),
    Path(Outline, Ink),
    /// Its left top dot lies here.
    Stamp(Rc<Stamp>, i32, i32, Ink),
    Picture(Rc<Picture>),
    Shade(Outline, Rc<Shade>),
    /// What follows, up to its end, is painted apart and then laid over the rest.
    Begin(Box<Group>),
    End,
    /// A group that turned out to need nothing apart.
    Nothing,
}

/// How a group is laid over what is below.
pub(super) struct Group {
    pub(super) opacity: u8,
    pub(super) blend: BlendMode,
    pub(super) mask: Option<Rc<Mask>>,
}

/// What makes a group more or less visible, dot by dot.
pub(super) struct Mask {
    pub(super) list: List,
    /// `None`: opacity counts; else brightness does, on a ground of this grey.
    pub(super) ground: Option<u8>,
    /// What becomes of each value.
    pub(super) curve: Option<Box<[u8; 256]>>,
}

/// The marks of a page or of a part of it.
#[derive(Default)]
pub(super) struct List {
    pub(super) edges: Vec<Edge>,
    pub(super) clips: Vec<Clip>,
    pub(super) marks: Vec<Mark>,
}

impl List {
    /// A list whose first clip is the whole `area`.
    pub(super) fn new(area: Area) -> Self {
        let whole = Clip { parent: 0, area, outline: None, shaped: false };
        Self { clips: vec![whole], ..Self::default() }
    }

    pub(super) fn edges(&self, outline: Outline) -> &[Edge] {
        self.edges.get(outline.from as usize..outline.to as usize).unwrap_or(&[])
    }

    /// Roughly the bytes that it takes.
    pub(super) fn size(&self) -> usize {
        self.edges.len() * size_of::<Edge>()
            + self.marks.len() * (size_of::<Mark>() + 8)
            + self.clips.len() * size_of::<Clip>()
    }
}
