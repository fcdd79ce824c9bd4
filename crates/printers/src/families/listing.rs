//! The list of commands that a person reads.

use crate::family::Command;

/// Commands that are listed. More are still obeyed, but a person does not read further and memory stays small.
pub(crate) const MAX_LISTED: usize = 100_000;

/// A command's name and text, see [`Command`].
pub(crate) type Row = (&'static str, String);

/// The commands found so far.
#[derive(Default)]
pub(crate) struct Listing {
    commands: Vec<Command>,
}

impl Listing {
    /// Adds the command that begins at `offset`.
    pub(crate) fn add(&mut self, offset: usize, (name, text): Row) {
        if self.commands.len() < MAX_LISTED {
            self.commands.push(Command { offset, name, text });
        } else if self.commands.len() == MAX_LISTED {
            let text = format!("more than {MAX_LISTED} commands");
            self.commands.push(Command { offset, name: "not_listed", text });
        }
    }

    /// All of them.
    pub(crate) fn finish(self) -> Vec<Command> {
        self.commands
    }
}
