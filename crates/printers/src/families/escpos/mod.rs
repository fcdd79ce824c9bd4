//! ESC/POS: the language of receipt printers, and what our cloud printers eat.
//!
//! Source: `docs/protocols/escpos.md`. Pages travel as `GS v 0` raster, the one image command that nearly every clone
//! has. Deliberately absent: the graphics commands `GS ( L` and `ESC *` (read over, not drawn), text and bar codes of
//! the printer itself: everything is dots, so that paper equals preview.

mod decode;
mod encode;
mod paper;
mod reader;

use crate::catalogue::Model;
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish};
use platen_model::Bitmap;

const LF: u8 = 0x0A;
const DLE: u8 = 0x10;
const ESC: u8 = 0x1B;
const FS: u8 = 0x1C;
const GS: u8 = 0x1D;

/// The family `escpos`.
#[derive(Clone, Copy, Debug)]
pub struct EscPos;

impl Family for EscPos {
    fn id(&self) -> &'static str {
        "escpos"
    }

    fn prn_protocol(&self) -> &'static str {
        "esc"
    }

    fn encode(&self, model: &Model, page: &Bitmap, finish: &Finish) -> Result<Vec<u8>, EncodeError> {
        encode::encode(model, page, finish)
    }

    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        decode::decode(prn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{DEFAULT_MODEL, model};
    use platen_model::Cut;
    use proptest::prelude::*;

    fn any_page() -> impl Strategy<Value = Bitmap> {
        (1_u32..=20, 1_u32..=600).prop_flat_map(|(bytes, rows)| {
            let len = (bytes * rows) as usize;
            proptest::collection::vec(any::<u8>(), len)
                .prop_map(move |dots| Bitmap::from_rows(bytes * 8, rows, dots).unwrap())
        })
    }

    fn any_finish() -> impl Strategy<Value = Finish> {
        let cut = prop_oneof![Just(Cut::None), Just(Cut::Partial), Just(Cut::Full)];
        (0_u32..2000, cut).prop_map(|(feed_dots, cut)| Finish { feed_dots, cut })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_page_comes_back_dot_for_dot(page in any_page(), finish in any_finish()) {
            let prn = EscPos.encode(model(DEFAULT_MODEL).unwrap(), &page, &finish).unwrap();
            prop_assert_eq!(EscPos.decode(&prn).unwrap().pages, vec![page]);
        }

        #[test]
        fn several_prns_in_a_row_are_several_pages(pages in proptest::collection::vec(any_page(), 1..4)) {
            let model = model(DEFAULT_MODEL).unwrap();
            let prn: Vec<u8> =
                pages.iter().flat_map(|page| EscPos.encode(model, page, &Finish::default()).unwrap()).collect();
            prop_assert_eq!(EscPos.decode(&prn).unwrap().pages, pages);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_end_in_pages_or_a_typed_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = EscPos.decode(&bytes);
        }

        #[test]
        fn bytes_that_look_like_commands_end_in_pages_or_a_typed_error(
            parts in proptest::collection::vec(
                prop_oneof![
                    prop::sample::select(vec![
                        &b"\x1b@"[..], b"\x1dv0\0\x01\0\x02\0ab", b"\x1dv03\x01\0\x02\0ab", b"\x1dVB\0", b"\x1bd\xff",
                        b"\x1dL\xff\xff", b"\x1dW\x01\0", b"\x1ba\x02", b"\x1d8L\xff\xff\xff\xff", b"\x1d(k\x03\0abc",
                        b"\x1b*\x21\xff\xff", b"\x1dkA\x02ab", b"\x1bJ\xff", b"\x10\x14\x01\0\x01", b"\n", b"\x1dv0\0\xff\xff\xff\xff",
                    ]).prop_map(<[u8]>::to_vec),
                    proptest::collection::vec(any::<u8>(), 0..4),
                ],
                0..60,
            )
        ) {
            let _ = EscPos.decode(&parts.concat());
        }
    }

    #[test]
    fn a_cut_off_prn_says_where_it_ends() {
        let page = Bitmap::white(64, 300);
        let prn = EscPos.encode(model(DEFAULT_MODEL).unwrap(), &page, &Finish::default()).unwrap();
        for end in 3..prn.len() {
            match EscPos.decode(&prn[..end]) {
                Err(DecodeError::Truncated { offset, .. }) => assert!(offset < end),
                Ok(decoded) => assert!(decoded.pages.len() <= 1),
                Err(other) => panic!("{other}"),
            }
        }
        let mid_raster = EscPos.decode(&prn[..20]).unwrap_err();
        assert_eq!(mid_raster, DecodeError::Truncated { offset: 2, command: "raster" });
    }
}
