//! Niimbot: pocket label printers that answer every packet.
//!
//! Source: `docs/protocols/niimbot.md`. A PRN is the packets of one print, without a question; each model's way to begin, to
//! size and to end a page is a dialect ([`tasks`]). Deliberately absent: writing firmware, rolls' tags and settings, which
//! outlive a job.

mod ask;
mod decode;
mod encode;
mod names;
mod packet;
mod print;
mod status;
mod talk;
mod tasks;

use crate::catalogue::Model;
use crate::encoder::{Encoder, Sheet};
use crate::family::{DecodeError, Decoded, EncodeError, Family, Finish};
use tasks::Task;

/// A dialect of Niimbot.
#[derive(Debug)]
pub struct Niimbot {
    task: &'static Task,
}

/// Most printers of 2024.
pub static B1: Niimbot = Niimbot { task: &tasks::B1 };
/// D110 and newer D11.
pub static D110: Niimbot = Niimbot { task: &tasks::D110 };
/// Old D11.
pub static D11: Niimbot = Niimbot { task: &tasks::D11 };
/// H1S.
pub static H1S: Niimbot = Niimbot { task: &tasks::H1S };
/// Most printers of 2025.
pub static V4: Niimbot = Niimbot { task: &tasks::V4 };
/// Old B21.
pub static B21: Niimbot = Niimbot { task: &tasks::B21 };
/// B21 with the letters L2B.
pub static L2B: Niimbot = Niimbot { task: &tasks::L2B };

impl Family for Niimbot {
    fn id(&self) -> &'static str {
        self.task.family
    }

    fn prn_protocol(&self) -> &'static str {
        "niimbot"
    }

    /// The printer goes to the next label by itself: `finish` has nothing to say.
    fn begin(&self, model: &Model, sheet: Sheet, _finish: &Finish, prn: &mut Vec<u8>) -> Result<Encoder, EncodeError> {
        encode::begin(self.task, model, sheet, prn)
    }

    fn decode(&self, prn: &[u8]) -> Result<Decoded, DecodeError> {
        decode::decode(prn)
    }
}
