//! What travels between a renderer and whoever takes its pages.
//!
//! ```text
//! frame = kind (1 byte) | length (u32 LE) | payload
//! K  how the child is confined (JSON), first and only from a child
//! B  a page begins: width, height (u32 LE each), and for grey its nature, where its
//!    content is and whether it is in colour (JSON)
//! D  bytes of the page: rows of grey, or PRN
//! E  the page is complete
//! +  done (JSON)          last, one of these two
//! -  refused, a fault (JSON)
//! ```
//!
//! A length beyond [`LARGEST`] is refused before anything is read.

use platen_render::{Area, GreySize, Nature, PageSize};

/// The largest payload of a frame, in bytes.
pub(super) const LARGEST: usize = 1 << 20;
/// Bytes of a page are sent when so many are there; the first of a page at once.
pub(super) const BATCH: usize = 32 << 10;
/// The head of a frame, in bytes.
pub(super) const HEAD: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Confined,
    Begin,
    Bytes,
    End,
    Done,
    Refused,
}

const KINDS: [(Kind, u8); 6] = [
    (Kind::Confined, b'K'),
    (Kind::Begin, b'B'),
    (Kind::Bytes, b'D'),
    (Kind::End, b'E'),
    (Kind::Done, b'+'),
    (Kind::Refused, b'-'),
];

/// A frame that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) payload: Vec<u8>,
}

/// The head of a frame; `None` when the payload is too large.
pub(super) fn head(kind: Kind, length: usize) -> Option<[u8; HEAD]> {
    let letter = KINDS.iter().find(|(known, _)| *known == kind).map(|(_, letter)| *letter)?;
    let length = u32::try_from(length).ok().filter(|_| length <= LARGEST)?;
    let [a, b, c, d] = length.to_le_bytes();
    Some([letter, a, b, c, d])
}

/// Kind and length of the payload; `None` for anything that no renderer of ours sends.
pub(super) fn read_head(head: [u8; HEAD]) -> Option<(Kind, usize)> {
    let [letter, a, b, c, d] = head;
    let kind = KINDS.iter().find(|(_, known)| *known == letter).map(|(kind, _)| *kind)?;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok().filter(|length| *length <= LARGEST)?;
    Some((kind, length))
}

/// The size of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Begin {
    /// Dots from left to right.
    pub(crate) width: u32,
    /// Dots from top to bottom.
    pub(crate) height: u32,
    /// What grey shows, where, and whether it is in colour; a PRN has forgotten it.
    pub(crate) grey: Option<(Nature, Area, bool)>,
}

impl From<GreySize> for Begin {
    fn from(size: GreySize) -> Self {
        Self { width: size.width, height: size.height, grey: Some((size.nature, size.content, size.colour)) }
    }
}

impl From<PageSize> for Begin {
    fn from(size: PageSize) -> Self {
        Self { width: size.width, height: size.height, grey: None }
    }
}

impl Begin {
    /// The size of a page of grey; `None` for one of a PRN.
    pub(crate) fn grey_size(&self) -> Option<GreySize> {
        let Self { width, height, .. } = *self;
        self.grey.map(|(nature, content, colour)| GreySize { width, height, colour, nature, content })
    }

    /// Whether its content, if it has any, lies on the page.
    pub(super) fn is_sound(&self) -> bool {
        let within = |from: u32, long: u32, most: u32| from.checked_add(long).is_some_and(|end| end <= most);
        self.grey.is_none_or(|(_, area, _)| {
            within(area.left, area.width, self.width) && within(area.top, area.height, self.height)
        })
    }

    pub(super) fn payload(&self) -> Vec<u8> {
        let mut payload = [self.width.to_le_bytes(), self.height.to_le_bytes()].concat();
        // A word and four numbers cannot fail to be written.
        payload.extend(self.grey.and_then(|grey| serde_json::to_vec(&grey).ok()).unwrap_or_default());
        payload
    }

    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let (width, rest) = payload.split_first_chunk()?;
        let (height, grey) = rest.split_first_chunk()?;
        let grey = match grey {
            [] => None,
            json => Some(serde_json::from_slice(json).ok()?),
        };
        Some(Self { width: u32::from_le_bytes(*width), height: u32::from_le_bytes(*height), grey })
    }
}

/// The task in front of the document: length (u32 LE), JSON.
pub(super) fn task_head(json: &[u8]) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes()[..], json].concat()
}

/// The task and the document; `None` when the length is beyond the bytes or [`LARGEST`].
pub(super) fn split_task(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= LARGEST)?;
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_come_back_and_others_are_refused() {
        for (kind, _) in KINDS {
            assert_eq!(read_head(head(kind, 77).unwrap()), Some((kind, 77)));
        }
        assert_eq!(head(Kind::Bytes, LARGEST + 1), None);
        assert_eq!(read_head([b'D', 1, 0, 0x10, 0]), None);
        assert_eq!(read_head([b'x', 0, 0, 0, 0]), None);
    }

    #[test]
    fn sizes_come_back_and_short_ones_are_refused() {
        let content = Area { left: 8, top: 1, width: 16, height: 2 };
        for nature in [None, Some(Nature::Lines), Some(Nature::Shaded), Some(Nature::Tones)] {
            let begin =
                Begin { width: 384, height: 7, grey: nature.map(|nature| (nature, content, nature == Nature::Tones)) };
            assert_eq!(Begin::read(&begin.payload()), Some(begin));
        }
        assert_eq!(Begin::read(&[1, 0, 0, 0, 1, 0, 0]), None);
        assert_eq!(Begin::read(&[1, 0, 0, 0, 1, 0, 0, 0, b'?']), None);
    }

    #[test]
    fn tasks_of_other_lengths_are_refused() {
        assert_eq!(split_task(&task_head(b"ab")), Some((&b"ab"[..], &b""[..])));
        assert_eq!(split_task(&[1, 0, 0]), None);
        assert_eq!(split_task(&[5, 0, 0, 0, 1]), None);
        assert_eq!(split_task(&[0xFF, 0xFF, 0xFF, 0xFF]), None);
    }
}
