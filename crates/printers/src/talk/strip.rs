//! Finding out, together with a person, what an unknown printer takes: language, width and which bit is black.
//!
//! ```text
//!   Print(strip in the next language) ─▶ what came out? ─ nothing, letters ─▶ the next language … ─▶ GiveUp
//!                                            └ bars ─▶ how many bars reach their mark? ─▶ which is black? ─▶ Done(model)
//! ```
//!
//! A strip is a row of bars for each width, each as wide as the head would be, with a block at its right end: a bar whose
//! block is missing is wider than the head. Source: "the generic path" of the Bluetooth channel; dots beyond the head are
//! dropped by the printers of these languages. Deliberately absent: asking the printer; one that answers in a known way is
//! recognised before.

use super::WritePlan;
use super::facts::{Ble, NamePattern};
use crate::catalogue::{Model, Quirk, Support, kinds};
use crate::family::{Family, Finish};
use crate::registry;
use platen_model::gatt::Properties;
use platen_model::{Bitmap, Cut};

/// The languages that are tried, the most likely first. All are safe to send to a printer of another of them: they come
/// out as letters, or not at all.
const LANGUAGES: [&str; 2] = ["escpos", "cat"];

/// The widths of heads, in dots.
pub const WIDTHS: [u32; 4] = [96, 384, 576, 832];

/// Rows of a bar, and of the white below it: few, because nobody knows yet how fast this printer takes them.
const BAR: u32 = 16;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// What came out of the printer?
    CameOut,
    /// How many bars, from the top, end in a block?
    WholeBars,
    /// Are the bars black on white?
    BlackOnWhite,
}

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing came out, or letters.
    NoBars,
    /// Bars came out.
    Bars,
    /// So many bars are whole.
    Whole(usize),
    /// Black on white, or white on black.
    Black(bool),
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Print this with the dialogue of the model's family.
    Print {
        /// Who takes it.
        model: Box<Model>,
        /// The strip.
        prn: Vec<u8>,
    },
    /// Ask this.
    Ask(Question),
    /// The printer is known.
    Done(Box<Model>),
    /// No language fits.
    GiveUp,
}

/// The test of one printer.
#[derive(Clone, Debug)]
pub struct StripTest {
    name: String,
    id: String,
    plan: WritePlan,
    language: usize,
    printed: bool,
    width: Option<u32>,
}

/// How a printer that nobody knows is written to: each write answered where it can be, and else slower than the slowest
/// printer in the facts.
pub fn careful(properties: Properties) -> WritePlan {
    WritePlan { confirmed: properties.write, chunk: 20, keep_free: 0, pace_ms: 10 }
}

impl StripTest {
    /// A test of the printer that calls itself `name`. `id` is what the user's model will be called; see
    /// [`crate::user_models::PREFIX`].
    pub fn new(id: &str, name: &str, plan: WritePlan) -> Self {
        Self { name: name.to_owned(), id: id.to_owned(), plan, language: 0, printed: false, width: None }
    }

    /// The family whose language comes next or is being tried; `None` when all were tried.
    pub fn family(&self) -> Option<&'static str> {
        LANGUAGES.get(self.language).copied()
    }

    /// How it is written to, once that is known.
    pub fn set_plan(&mut self, plan: WritePlan) {
        self.plan = plan;
    }

    /// Prints the strip once more: it did not come out whole.
    pub fn again(&mut self) -> Next {
        (self.printed, self.width) = (false, None);
        self.proceed()
    }

    /// What to do first, and after the strip was printed or the last reply was given.
    pub fn proceed(&mut self) -> Next {
        let Some((family, model)) = self.model() else { return Next::GiveUp };
        if self.printed {
            return Next::Ask(if self.width.is_some() { Question::BlackOnWhite } else { Question::CameOut });
        }
        self.printed = true;
        let finish = Finish::from_millimetres(10, Cut::None, model.dpi);
        match family.encode(&model, &strip(), &finish) {
            Ok(prn) => Next::Print { model: Box::new(model), prn },
            Err(_) => Next::GiveUp,
        }
    }

    /// Takes a reply.
    pub fn reply(&mut self, reply: Reply) -> Next {
        match reply {
            Reply::NoBars => {
                self.language += 1;
                self.printed = false;
                self.proceed()
            }
            Reply::Bars => Next::Ask(Question::WholeBars),
            Reply::Whole(count) => {
                self.width = count.checked_sub(1).and_then(|last| WIDTHS.get(last.min(WIDTHS.len() - 1))).copied();
                // A head narrower than the narrowest bar is none that can be used.
                if self.width.is_some() { Next::Ask(Question::BlackOnWhite) } else { Next::GiveUp }
            }
            Reply::Black(black) => match (self.model(), self.width) {
                (Some((_, mut model)), Some(width)) => {
                    model.width_dots = width;
                    if !black {
                        model.quirks.push(Quirk::Reversed);
                    }
                    Next::Done(Box::new(model))
                }
                _ => Next::GiveUp,
            },
        }
    }

    /// The language that is being tried, and the model as far as it is known.
    fn model(&self) -> Option<(&'static dyn Family, Model)> {
        let id = LANGUAGES.get(self.language)?;
        let usual = kinds().into_iter().find(|model| model.family == *id)?.over_ble();
        let names = NamePattern::try_from(self.name.clone()).into_iter().collect();
        let ble = usual.ble.as_ref().map(|ble| Ble { names, plan: self.plan, address_ends: None, ..ble.clone() });
        let name = if self.name.trim().is_empty() { "Unknown printer".to_owned() } else { self.name.clone() };
        let model = Model { id: self.id.clone(), name, cut: false, support: Support::Documented, ble, ..usual };
        Some((registry::family(id)?, model))
    }
}

/// The bars.
fn strip() -> Bitmap {
    let widest = WIDTHS.iter().copied().max().unwrap_or_default();
    let count = u32::try_from(WIDTHS.len()).unwrap_or_default();
    let mut page = Bitmap::white(widest, count * 2 * BAR);
    for (index, width) in (0..).zip(WIDTHS) {
        for row in 0..BAR {
            for x in 0..width {
                // A thin line to the right, a block of the bar's height at its end.
                if row < 4 || x + 16 >= width {
                    page.set_black(x, index * 2 * BAR + row);
                }
            }
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user_models;

    const PLAN: WritePlan = WritePlan { confirmed: false, chunk: 20, keep_free: 0, pace_ms: 10 };

    #[test]
    fn bars_of_every_width_are_printed_and_the_answers_become_a_user_model() {
        let mut test = StripTest::new("own-found", "BT-58", PLAN);
        let Next::Print { model, prn } = test.proceed() else { panic!("a strip first") };
        let page = crate::family(model.family).unwrap().decode(&prn).unwrap().pages.remove(0);
        for (index, width) in (0..).zip(WIDTHS) {
            let y = index * 2 * BAR + 10;
            assert!(page.is_black(width - 1, y) && !page.is_black(width, y) && !page.is_black(width - 17, y));
        }
        assert_eq!(test.proceed(), Next::Ask(Question::CameOut));
        assert_eq!(test.reply(Reply::Bars), Next::Ask(Question::WholeBars));
        assert_eq!(test.reply(Reply::Whole(3)), Next::Ask(Question::BlackOnWhite));
        let Next::Done(model) = test.reply(Reply::Black(true)) else { panic!("a model") };
        assert_eq!((model.family, model.width_dots, model.has(Quirk::Reversed)), ("escpos", 576, false));
        let found = user_models::read(&user_models::put("", &model));
        assert_eq!((found.problems, found.models), (vec![], vec![*model]));
    }

    #[test]
    fn without_bars_the_next_language_is_tried_and_then_it_is_given_up() {
        let mut test = StripTest::new("own-found", "?", PLAN);
        assert!(matches!(test.proceed(), Next::Print { model, .. } if model.family == "escpos"));
        assert!(matches!(test.reply(Reply::NoBars), Next::Print { model, .. } if model.family == "cat"));
        assert_eq!(test.reply(Reply::NoBars), Next::GiveUp);
        let mut test = StripTest::new("own-found", "?", PLAN);
        test.proceed();
        assert_eq!(test.reply(Reply::Whole(0)), Next::GiveUp);
    }
    #[test]
    fn white_on_black_turns_every_page_of_the_model() {
        let mut test = StripTest::new("own-found", "?", PLAN);
        test.proceed();
        test.reply(Reply::Bars);
        test.reply(Reply::Whole(2));
        let Next::Done(model) = test.reply(Reply::Black(false)) else { panic!("a model") };
        let mut page = Bitmap::white(model.width_dots, 20);
        page.set_black(3, 7);
        let family = crate::family(model.family).unwrap();
        let prn = family.encode(&model, &page, &Finish::default()).unwrap();
        let burned = family.decode(&prn).unwrap().pages.remove(0);
        assert!(burned.is_black(4, 7) && !burned.is_black(3, 7), "the reverse is sent");
        assert_eq!(family.decode_for(&model, &prn).unwrap().pages, [page], "and the page is seen");
    }

    #[test]
    fn a_strip_is_printed_again_in_the_same_language() {
        let mut test = StripTest::new("own-found", "?", PLAN);
        assert!(matches!(test.proceed(), Next::Print { .. }));
        test.reply(Reply::Whole(2));
        assert!(matches!(test.again(), Next::Print { model, .. } if model.family == "escpos"));
        assert_eq!(test.proceed(), Next::Ask(Question::CameOut));
    }
}
