//! Improv's UUIDs as numbers.

use platen_model::{At, Uuid};

const fn improv(last: u8) -> Uuid {
    Uuid::new(0x0046_7768_6228_2272_4663_2774_7826_8000 | last as u128)
}

pub(super) const SERVICE: Uuid = improv(0);
pub(super) const CURRENT_STATE: Uuid = improv(1);
pub(super) const ERROR_STATE: Uuid = improv(2);
pub(super) const RPC_COMMAND: Uuid = improv(3);
pub(super) const RPC_RESULT: Uuid = improv(4);
pub(super) const CAPABILITIES: Uuid = improv(5);

pub(super) const fn at(characteristic: Uuid) -> At {
    At::new(SERVICE, characteristic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provisioning::improv;

    #[test]
    fn the_numbers_are_the_texts() {
        for (number, text) in [
            (SERVICE, improv::SERVICE),
            (CURRENT_STATE, improv::CURRENT_STATE),
            (ERROR_STATE, improv::ERROR_STATE),
            (RPC_COMMAND, improv::RPC_COMMAND),
            (RPC_RESULT, improv::RPC_RESULT),
            (CAPABILITIES, improv::CAPABILITIES),
        ] {
            assert_eq!(number.to_string(), text);
        }
    }
}
