//! Both readings of every contradiction in the platform's guide (section 10), as switches.
//!
//! `false` is the reading that the guide shows more often, or shows in a sample; `true` is the other one. A client that
//! works with [`Readings::default`], with [`Readings::other`] and with each of [`Readings::each`] works with whatever
//! the vendor meant.

use serde::{Deserialize, Serialize};

macro_rules! readings {
    ($($(#[$doc:meta])* $field:ident = $name:literal,)*) => {
        /// How the world reads the guide.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default, deny_unknown_fields)]
        pub struct Readings {
            $($(#[$doc])* pub $field: bool,)*
        }

        impl Readings {
            /// The names of all switches.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The other reading everywhere.
            pub const fn other() -> Self {
                Self { $($field: true),* }
            }

            /// Sets one switch by its name; `false` when there is no such switch.
            pub fn set(&mut self, name: &str, other: bool) -> bool {
                match name {
                    $($name => self.$field = other,)*
                    _ => return false,
                }
                true
            }
        }
    };
}

readings! {
    /// C-7: a callback's `messageType` begins with a slash.
    slash_in_message_type = "slashInMessageType",
    /// C-6: topics begin with `device/`, not `devices/`.
    device_prefix = "devicePrefix",
    /// C-4: HTTP answers are wrapped in `{code, msg, data}`.
    wrapped_answers = "wrappedAnswers",
    /// C-4: the wrapper and the errors of HTTP say `message`, not `msg`.
    message_in_answers = "messageInAnswers",
    /// C-17: acknowledgements say `code`/`message`, and the answer to a pull says `errCode`/`msg`.
    swapped_reports = "swappedReports",
    /// C-15: hash and size belong to the bytes after decompression.
    hash_of_content = "hashOfContent",
    /// C-19: messages count seconds, presence events milliseconds.
    seconds_in_messages = "secondsInMessages",
    /// C-8: the callback wrapper says `userName`, presence events say `username`.
    swapped_user_names = "swappedUserNames",
    /// C-12: other literals for what became of a job.
    other_literals = "otherLiterals",
    /// C-11: state reports hold only what changed.
    delta_state = "deltaState",
    /// Section 7.6: the printer pulls in the legacy form.
    legacy_pull = "legacyPull",
    /// C-21: `ackOriginalMsgId` is that of some other message; only `jobId` tells.
    stray_original_id = "strayOriginalId",
    /// Section 4 of the flow: the answers to bind and login name tenant and user.
    owner_in_answers = "ownerInAnswers",
}

/// What became of a job, as this world spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Literals {
    pub(crate) accepted: &'static str,
    pub(crate) progress: &'static str,
    pub(crate) done: &'static str,
    pub(crate) failed: &'static str,
}

impl Readings {
    /// For each switch the world in which only that one is turned.
    pub fn each() -> impl Iterator<Item = (&'static str, Self)> {
        Self::NAMES.iter().map(|name| {
            let mut readings = Self::default();
            readings.set(name, true);
            (*name, readings)
        })
    }

    pub(crate) const fn literals(self) -> Literals {
        if self.other_literals {
            Literals { accepted: "received", progress: "running", done: "finished", failed: "error" }
        } else {
            Literals { accepted: "confirm", progress: "printing", done: "success", failed: "fail" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_switch_can_be_turned_alone() {
        let mut all = Readings::default();
        for (name, one) in Readings::each() {
            assert_ne!(one, Readings::default(), "{name}");
            assert!(all.set(name, true));
        }
        assert_eq!(all, Readings::other());
        assert!(!all.set("nonsense", true));
    }

    #[test]
    fn the_names_are_those_of_the_json_form() {
        let json = serde_json::to_value(Readings::default()).unwrap();
        let mut names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut listed = Readings::NAMES.to_vec();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(names, listed);
    }
}
