//! Improv over a serial line, between lines of the device's log.

use super::packet::{Command, ResultPacket, checksum};
use super::{ErrorState, State};
use platen_model::Secret;

const HEAD: &[u8] = b"IMPROV";
const VERSION: u8 = 1;
const RPC: u8 = 3;
/// Head, version, type, length, checksum.
const AROUND: usize = HEAD.len() + 4;

/// What a device says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SerialEvent {
    /// Where it is.
    State(State),
    /// What went wrong.
    Error(ErrorState),
    /// The answer to a command.
    Result(ResultPacket),
}

/// A command as a serial frame, with the line end that devices send and expect. Number 2 is here "tell the state", not
/// "identify". `None` when the data does not fit.
pub fn serial_rpc(command: &Command) -> Option<Secret<Vec<u8>>> {
    let rpc = command.rpc()?;
    let mut frame = HEAD.to_vec();
    frame.extend([VERSION, RPC, u8::try_from(rpc.len()).ok()?]);
    frame.extend(rpc);
    frame.push(checksum(&frame));
    frame.push(b'\n');
    Some(Secret::new(frame))
}

/// Finds frames in what a serial line says.
#[derive(Debug, Default)]
pub struct SerialReader {
    held: Vec<u8>,
}

impl SerialReader {
    /// Takes bytes and gives what they complete. Log text between frames and frames with a wrong checksum are stepped over.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<SerialEvent> {
        self.held.extend_from_slice(bytes);
        let mut events = Vec::new();
        loop {
            let start = self.held.windows(HEAD.len()).position(|window| window == HEAD);
            let Some(start) = start else {
                // The beginning of a head may be the end of what came.
                let keep = self.held.len().min(HEAD.len() - 1);
                self.held.drain(..self.held.len() - keep);
                return events;
            };
            self.held.drain(..start);
            let [_, _, _, _, _, _, version, kind, length, rest @ ..] = self.held.as_slice() else { return events };
            if *version != VERSION || !(1..=4).contains(kind) {
                // The word in somebody's log: nothing follows that would be worth waiting for.
                self.held.drain(..1);
                continue;
            }
            let Some((data, [sum, ..])) = rest.split_at_checked(usize::from(*length)) else { return events };
            let whole = usize::from(*length) + AROUND;
            let sound = self.held.get(..whole - 1).map(checksum) == Some(*sum);
            if sound {
                events.extend(event(*kind, data));
            }
            // A broken frame may hide the head of a good one.
            self.held.drain(..if sound { whole } else { 1 });
        }
    }
}

fn event(kind: u8, data: &[u8]) -> Option<SerialEvent> {
    match (kind, data) {
        (1, [state, ..]) => Some(SerialEvent::State(State::from(*state))),
        (2, [error, ..]) => Some(SerialEvent::Error(ErrorState::from(*error))),
        (4, [command, length, data @ ..]) => {
            let data = data.get(..usize::from(*length))?.to_vec();
            Some(SerialEvent::Result(ResultPacket { command: *command, data }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex::{decode, encode};

    #[test]
    fn frames_are_the_vectors() {
        let frame = |command: &Command| encode(serial_rpc(command).unwrap().reveal());
        assert_eq!(frame(&Command::Identify), "494d50524f560103020200e50a");
        assert_eq!(frame(&Command::DeviceInfo), "494d50524f560103020300e60a");
        let state = decode("494d50524f5601010102e2").unwrap();
        assert_eq!(SerialReader::default().push(&state), [SerialEvent::State(State::Authorized)]);
    }

    #[test]
    fn frames_are_found_between_log_lines_in_pieces_of_any_size() {
        let mut line = b"[I] boot IMPRO\nIMPROV garbage\n".to_vec();
        line.extend(decode("494d50524f5601010102e20a").unwrap());
        line.extend(b"[D] wifi\n");
        let mut result = decode("494d50524f5601040204 00".replace(' ', "")).unwrap();
        result.push(checksum(&result));
        line.extend(&result);
        for size in 1..=line.len() {
            let mut reader = SerialReader::default();
            let events: Vec<_> = line.chunks(size).flat_map(|piece| reader.push(piece)).collect();
            let end = SerialEvent::Result(ResultPacket { command: 4, data: Vec::new() });
            assert_eq!(events, [SerialEvent::State(State::Authorized), end], "pieces of {size}");
        }
    }

    #[test]
    fn noise_is_not_hoarded() {
        let mut reader = SerialReader::default();
        for _ in 0..1000 {
            assert!(reader.push(&[b'x'; 100]).is_empty());
        }
        assert!(reader.held.len() < HEAD.len());
    }
}
