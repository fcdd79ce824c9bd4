//! The messages as protocol buffers (proto3), by their field numbers. A zero is not encoded in proto3: senders here always
//! write the inner message, even an empty one, and readers accept that it is missing.

use prost::{Message, Oneof};

/// Statuses that devices answer with.
pub(super) struct Status;

impl Status {
    pub(super) const SUCCESS: i32 = 0;
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SessionData {
    #[prost(int32, tag = "2")]
    pub(super) version: i32,
    #[prost(oneof = "data::Proto", tags = "10, 11, 12")]
    pub(super) proto: Option<data::Proto>,
}

pub(super) mod data {
    use super::*;

    #[derive(Clone, PartialEq, Oneof)]
    pub(in super::super) enum Proto {
        #[prost(message, tag = "10")]
        Sec0(Payload0),
        #[prost(message, tag = "11")]
        Sec1(Payload1),
        #[prost(message, tag = "12")]
        Sec2(Payload2),
    }
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Payload0 {
    #[prost(int32, tag = "1")]
    pub(super) message: i32,
    #[prost(oneof = "sec0::Content", tags = "20, 21")]
    pub(super) content: Option<sec0::Content>,
}

pub(super) mod sec0 {
    use super::*;

    #[derive(Clone, PartialEq, Oneof)]
    pub(in super::super) enum Content {
        #[prost(message, tag = "20")]
        Command(Command),
        #[prost(message, tag = "21")]
        Response(Response),
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Command {}

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Response {
        #[prost(int32, tag = "1")]
        pub(in super::super) status: i32,
    }
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Payload1 {
    #[prost(int32, tag = "1")]
    pub(super) message: i32,
    #[prost(oneof = "sec1::Content", tags = "20, 21, 22, 23")]
    pub(super) content: Option<sec1::Content>,
}

pub(super) mod sec1 {
    use super::*;

    #[derive(Clone, PartialEq, Oneof)]
    pub(in super::super) enum Content {
        #[prost(message, tag = "20")]
        Command0(Command0),
        #[prost(message, tag = "21")]
        Response0(Response0),
        #[prost(message, tag = "22")]
        Command1(Command1),
        #[prost(message, tag = "23")]
        Response1(Response1),
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Command0 {
        #[prost(bytes = "vec", tag = "1")]
        pub(in super::super) client_pubkey: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Response0 {
        #[prost(int32, tag = "1")]
        pub(in super::super) status: i32,
        #[prost(bytes = "vec", tag = "2")]
        pub(in super::super) device_pubkey: Vec<u8>,
        #[prost(bytes = "vec", tag = "3")]
        pub(in super::super) device_random: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Command1 {
        #[prost(bytes = "vec", tag = "2")]
        pub(in super::super) client_verify: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Response1 {
        #[prost(int32, tag = "1")]
        pub(in super::super) status: i32,
        #[prost(bytes = "vec", tag = "3")]
        pub(in super::super) device_verify: Vec<u8>,
    }
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Payload2 {
    #[prost(int32, tag = "1")]
    pub(super) message: i32,
    #[prost(oneof = "sec2::Content", tags = "20, 21, 22, 23")]
    pub(super) content: Option<sec2::Content>,
}

pub(super) mod sec2 {
    use super::*;

    #[derive(Clone, PartialEq, Oneof)]
    pub(in super::super) enum Content {
        #[prost(message, tag = "20")]
        Command0(Command0),
        #[prost(message, tag = "21")]
        Response0(Response0),
        #[prost(message, tag = "22")]
        Command1(Command1),
        #[prost(message, tag = "23")]
        Response1(Response1),
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Command0 {
        #[prost(bytes = "vec", tag = "1")]
        pub(in super::super) username: Vec<u8>,
        #[prost(bytes = "vec", tag = "2")]
        pub(in super::super) client_pubkey: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Response0 {
        #[prost(int32, tag = "1")]
        pub(in super::super) status: i32,
        #[prost(bytes = "vec", tag = "2")]
        pub(in super::super) device_pubkey: Vec<u8>,
        #[prost(bytes = "vec", tag = "3")]
        pub(in super::super) salt: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Command1 {
        #[prost(bytes = "vec", tag = "1")]
        pub(in super::super) client_proof: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Response1 {
        #[prost(int32, tag = "1")]
        pub(in super::super) status: i32,
        #[prost(bytes = "vec", tag = "2")]
        pub(in super::super) device_proof: Vec<u8>,
        #[prost(bytes = "vec", tag = "3")]
        pub(in super::super) nonce: Vec<u8>,
    }
}

/// Nothing in it; written so that a device finds the member that it looks for.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Empty {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct StatusOnly {
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigPayload {
    #[prost(int32, tag = "1")]
    pub(super) message: i32,
    #[prost(oneof = "config::Content", tags = "10, 11, 12, 13, 14, 15")]
    pub(super) content: Option<config::Content>,
}

pub(super) mod config {
    use super::*;

    #[derive(Clone, PartialEq, Oneof)]
    pub(in super::super) enum Content {
        #[prost(message, tag = "10")]
        GetStatus(Empty),
        #[prost(message, tag = "11")]
        Status(Status),
        #[prost(message, tag = "12")]
        SetConfig(SetConfig),
        #[prost(message, tag = "13")]
        ConfigSet(StatusOnly),
        #[prost(message, tag = "14")]
        Apply(Empty),
        #[prost(message, tag = "15")]
        Applied(StatusOnly),
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct SetConfig {
        #[prost(bytes = "vec", tag = "1")]
        pub(in super::super) ssid: Vec<u8>,
        #[prost(bytes = "vec", tag = "2")]
        pub(in super::super) passphrase: Vec<u8>,
        #[prost(bytes = "vec", tag = "3")]
        pub(in super::super) bssid: Vec<u8>,
        #[prost(int32, tag = "4")]
        pub(in super::super) channel: i32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Status {
        #[prost(int32, tag = "1")]
        pub(in super::super) status: i32,
        #[prost(int32, tag = "2")]
        pub(in super::super) station: i32,
        #[prost(oneof = "State", tags = "10, 11, 12")]
        pub(in super::super) state: Option<State>,
    }

    #[derive(Clone, PartialEq, Oneof)]
    pub(in super::super) enum State {
        #[prost(int32, tag = "10")]
        FailReason(i32),
        #[prost(message, tag = "11")]
        Connected(Connected),
        #[prost(message, tag = "12")]
        AttemptFailed(AttemptFailed),
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Connected {
        #[prost(bytes = "vec", tag = "1")]
        pub(in super::super) ip4: Vec<u8>,
        #[prost(int32, tag = "2")]
        pub(in super::super) auth: i32,
        #[prost(bytes = "vec", tag = "3")]
        pub(in super::super) ssid: Vec<u8>,
        #[prost(bytes = "vec", tag = "4")]
        pub(in super::super) bssid: Vec<u8>,
        #[prost(int32, tag = "5")]
        pub(in super::super) channel: i32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct AttemptFailed {
        #[prost(uint32, tag = "1")]
        pub(in super::super) attempts_remaining: u32,
    }
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ScanPayload {
    #[prost(int32, tag = "1")]
    pub(super) message: i32,
    #[prost(int32, tag = "2")]
    pub(super) status: i32,
    #[prost(oneof = "scan::Content", tags = "10, 11, 12, 13, 14, 15")]
    pub(super) content: Option<scan::Content>,
}

pub(super) mod scan {
    use super::*;

    #[derive(Clone, PartialEq, Oneof)]
    pub(in super::super) enum Content {
        #[prost(message, tag = "10")]
        Start(Start),
        #[prost(message, tag = "11")]
        Started(Empty),
        #[prost(message, tag = "12")]
        GetStatus(Empty),
        #[prost(message, tag = "13")]
        Status(Status),
        #[prost(message, tag = "14")]
        GetResult(GetResult),
        #[prost(message, tag = "15")]
        Result(Results),
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Start {
        #[prost(bool, tag = "1")]
        pub(in super::super) blocking: bool,
        #[prost(bool, tag = "2")]
        pub(in super::super) passive: bool,
        #[prost(uint32, tag = "3")]
        pub(in super::super) group_channels: u32,
        #[prost(uint32, tag = "4")]
        pub(in super::super) period_ms: u32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Status {
        #[prost(bool, tag = "1")]
        pub(in super::super) finished: bool,
        #[prost(uint32, tag = "2")]
        pub(in super::super) count: u32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct GetResult {
        #[prost(uint32, tag = "1")]
        pub(in super::super) start: u32,
        #[prost(uint32, tag = "2")]
        pub(in super::super) count: u32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Results {
        #[prost(message, repeated, tag = "1")]
        pub(in super::super) entries: Vec<Entry>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(in super::super) struct Entry {
        #[prost(bytes = "vec", tag = "1")]
        pub(in super::super) ssid: Vec<u8>,
        #[prost(uint32, tag = "2")]
        pub(in super::super) channel: u32,
        #[prost(int32, tag = "3")]
        pub(in super::super) rssi: i32,
        #[prost(bytes = "vec", tag = "4")]
        pub(in super::super) bssid: Vec<u8>,
        #[prost(int32, tag = "5")]
        pub(in super::super) auth: i32,
    }
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ControlPayload {
    #[prost(int32, tag = "1")]
    pub(super) message: i32,
    #[prost(int32, tag = "2")]
    pub(super) status: i32,
    #[prost(oneof = "control::Content", tags = "11, 12, 13, 14")]
    pub(super) content: Option<control::Content>,
}

pub(super) mod control {
    use super::*;

    #[derive(Clone, PartialEq, Oneof)]
    pub(in super::super) enum Content {
        #[prost(message, tag = "11")]
        Reset(Empty),
        #[prost(message, tag = "12")]
        ResetDone(Empty),
        #[prost(message, tag = "13")]
        Reprovision(Empty),
        #[prost(message, tag = "14")]
        ReprovisionDone(Empty),
    }
}
