//! Finding the characteristics to use on a device.
//!
//! Source: section 2.0 of the family facts: known services first, then by property. A known service whose
//! characteristics have other names is looked at by property too, because clones rename them. Deliberately absent:
//! trying things out; a wrong write to an unknown device may mean anything.

use super::Route;
use platen_model::At;
use platen_model::gatt::{Characteristic, Tree, Uuid};

/// A service that a family is known to use.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The service.
    pub service: Uuid,
    /// Takes bytes.
    pub write: Uuid,
    /// Tells changes; the first that the device has is used.
    pub notify: &'static [Uuid],
    /// Takes rasters only.
    pub bulk: Option<Uuid>,
}

impl Known {
    /// A service of 16-bit numbers without a characteristic of its own for rasters.
    pub const fn short(service: u16, write: u16, notify: &'static [Uuid]) -> Self {
        Self { service: Uuid::short(service), write: Uuid::short(write), notify, bulk: None }
    }
}

/// Services that every device may have and that print nothing.
const COMMON: [u16; 8] = [0x1800, 0x1801, 0x180a, 0x180f, 0x1812, 0x1805, 0xfe59, 0xfe2c];

/// Characteristics that must never be written by guess: they change the connection itself.
const FORBIDDEN: [Uuid; 2] =
    [Uuid::new(0x4953_5343_6daa_4d02_abf6_1956_9aca_69fe), Uuid::new(0x4953_5343_aca3_481c_91ec_d85e_28a6_0318)];

/// The first of the known services that the device has.
pub fn known(tree: &Tree, services: &[Known]) -> Option<Route> {
    services.iter().find_map(|known| {
        let write = tree.get(At::new(known.service, known.write)).filter(|row| row.properties.takes_bytes());
        let notify = known.notify.iter().find_map(|uuid| tree.get(At::new(known.service, *uuid)));
        let Some(write) = write else { return within(tree, known.service, true) };
        let bulk = known.bulk.map(|uuid| At::new(known.service, uuid));
        if bulk.is_some_and(|at| tree.get(at).is_none_or(|row| !row.properties.takes_bytes())) {
            return None;
        }
        let notify = notify.filter(|row| row.properties.tells()).map(|row| row.at);
        Some(Route { write: write.at, properties: write.properties, notify, bulk })
    })
}

/// Any service with a characteristic that takes bytes and one that tells; failing that, one that takes bytes.
pub fn by_property(tree: &Tree) -> Option<Route> {
    let mut services: Vec<Uuid> = Vec::new();
    for row in &tree.characteristics {
        let common = row.at.service.as_short().is_some_and(|id| COMMON.contains(&id));
        if !common && !services.contains(&row.at.service) {
            services.push(row.at.service);
        }
    }
    let found = |both| services.iter().find_map(|service| within(tree, *service, both));
    found(true).or_else(|| found(false))
}

/// By property within one service. `both`: it has to tell as well.
fn within(tree: &Tree, service: Uuid, both: bool) -> Option<Route> {
    let rows = || tree.of(service).filter(|row| !FORBIDDEN.contains(&row.at.characteristic));
    let takes = |row: &&Characteristic| row.properties.takes_bytes();
    // Without response first: that is the one meant for the data on devices that have both.
    let write = rows().find(|row| row.properties.write_without_response).or_else(|| rows().find(takes))?;
    let notify = rows().find(|row| row.properties.tells()).map(|row| row.at);
    if both && notify.is_none() {
        return None;
    }
    Some(Route { write: write.at, properties: write.properties, notify, bulk: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::gatt::Properties;

    const WRITE: Properties =
        Properties { read: false, write: true, write_without_response: false, notify: false, indicate: false };
    const FAST: Properties = Properties { write: false, write_without_response: true, ..WRITE };
    const TELLS: Properties = Properties { write: false, notify: true, ..WRITE };

    fn tree(rows: &[(u16, u16, Properties)]) -> Tree {
        let row = |(service, characteristic, properties): &(u16, u16, Properties)| Characteristic {
            at: At::new(Uuid::short(*service), Uuid::short(*characteristic)),
            properties: *properties,
            description: None,
        };
        Tree { characteristics: rows.iter().map(row).collect() }
    }

    const SERVICES: [Known; 2] =
        [Known::short(0x18f0, 0x2af1, &[Uuid::short(0x2af0)]), Known::short(0xff00, 0xff02, &[Uuid::short(0xff01)])];

    #[test]
    fn a_known_service_is_used_wherever_it_stands_in_the_table() {
        let device = tree(&[(0xabcd, 1, FAST), (0xabcd, 2, TELLS), (0x18f0, 0x2af1, WRITE), (0x18f0, 0x2af0, TELLS)]);
        let route = known(&device, &SERVICES).unwrap();
        assert_eq!(route.write, At::new(Uuid::short(0x18f0), Uuid::short(0x2af1)));
        assert_eq!(route.notify, Some(At::new(Uuid::short(0x18f0), Uuid::short(0x2af0))));
        assert!(route.properties.write);
    }

    #[test]
    fn a_known_service_with_renamed_characteristics_is_used_by_property() {
        let device = tree(&[(0xff00, 0xff07, TELLS), (0xff00, 0xff08, WRITE), (0xff00, 0xff09, FAST)]);
        let route = known(&device, &SERVICES).unwrap();
        assert_eq!(route.write.characteristic, Uuid::short(0xff09));
        assert_eq!(route.notify.unwrap().characteristic, Uuid::short(0xff07));
        assert_eq!(known(&tree(&[(0xabcd, 1, FAST)]), &SERVICES), None);
    }

    #[test]
    fn an_unknown_service_is_found_by_property_and_a_common_one_never() {
        let device = tree(&[(0x180a, 1, WRITE), (0x1234, 1, WRITE), (0xabcd, 2, TELLS), (0xabcd, 1, WRITE)]);
        assert_eq!(by_property(&device).unwrap().write.service, Uuid::short(0xabcd));
        let silent = tree(&[(0x1800, 1, WRITE), (0x1234, 1, WRITE)]);
        assert_eq!(by_property(&silent).unwrap().notify, None);
        assert_eq!(by_property(&tree(&[(0x1800, 1, WRITE), (0xabcd, 2, TELLS)])), None);
    }

    #[test]
    fn the_characteristics_that_change_the_connection_are_never_written() {
        let service: Uuid = "49535343-fe7d-4ae5-8fa9-9fafd205e455".parse().unwrap();
        let row = |uuid: &str, properties| Characteristic {
            at: At::new(service, uuid.parse().unwrap()),
            properties,
            description: None,
        };
        let both = Properties { notify: true, ..FAST };
        let characteristics =
            vec![row("49535343-6daa-4d02-abf6-19569aca69fe", both), row("49535343-aca3-481c-91ec-d85e28a60318", both)];
        assert_eq!(by_property(&Tree { characteristics }), None);
    }
}
