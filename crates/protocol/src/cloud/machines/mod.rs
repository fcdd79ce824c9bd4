//! The dialogues with the platform over HTTP, as [`platen_model::Machine`]s.
//!
//! | Machine | Ends with | Bound |
//! |---|---|---|
//! | [`Bind`] | a token and an authorisation code | 5 min for each time the user is asked, 3 codes, 70 s for each call |
//! | [`Login`] | a token | 3 tries of 20 s, 4 s of pauses |
//! | [`SendJob`] | sent, or uncertain (promise MQ-12) | 4 tries to be heard, 2 look-ups of 3 min, 1 resend |
//! | [`LookUpJob`] | found or absent | 3 min |
//! | [`FetchState`] | a state report | 2 tries of 20 s |
//! | [`AskBindToken`] | a token for a printer that is set up | 2 tries of 20 s |
//!
//! A machine gets its token passed in; it never refreshes one. When the platform refuses the token, the machine ends
//! with that failure, and the caller refreshes once and starts a fresh machine (promise SE-4, rule C-2). A caller that
//! carries out an exchange longer than its `timeout` finds that the machine has given up on it 5 s later; a new request
//! of the same machine replaces the one before.

mod ask_token;
mod bind;
mod call;
mod fetch_state;
mod login;
mod look_up;
mod send_job;

pub use ask_token::AskBindToken;
pub use bind::{Bind, BindEvent, BindFailure, BindStage, Bound};
pub use fetch_state::{FetchFailure, FetchState};
pub use login::{Granted, Login, LoginFailure};
pub use look_up::{JobLookUp, LookUpFailure, LookUpJob};
pub use send_job::{Resume, SendEvent, SendFailure, SendJob, SendOutcome, UncertainReason};

/// The event of a machine that has nothing to tell on the way.
pub type NoEvent = std::convert::Infallible;

use platen_model::Fault;

/// What "stopped by the user" is at the edge.
fn cancelled() -> Fault {
    Fault::new("cancelled", "It was cancelled.", "Start it again when you want to.")
}
