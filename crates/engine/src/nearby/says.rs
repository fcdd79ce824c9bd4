//! What an advertisement says: which family and models the device may be, and whether it wants to be set up.
//!
//! Source: sections 1.3 and 2.1 of the set-up facts, section 2.0 of the family facts. Deliberately absent: a filter.
//! Cheap printers name no service and often no name either, so everything that is heard is in the list.

use platen_model::gatt::{Advertisement, Uuid};
use platen_printers::Model;
use platen_printers::talk::recognise::recognise;
use platen_protocol::provisioning::improv;
use std::collections::BTreeSet;

/// Services under which Espressif's set-up is offered when the maker did not choose one of his own.
const ESP_SERVICES: [Uuid; 2] =
    [Uuid::new(0x1775244d_6b43_439b_877c_060f2d9bed07), Uuid::new(0x021a9004_0382_4aea_bff4_6b3f1c5adfb4)];

/// How a device wants to be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupKind {
    /// Improv.
    Improv,
    /// Espressif unified provisioning.
    Esp,
}

/// How far a device's set-up is, as it advertises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupStep {
    /// Nothing says whether it offers set-up: a cable, before somebody asks.
    Perhaps,
    /// It offers set-up and says no more before somebody connects.
    New,
    /// Somebody must press its button first.
    Authorise,
    /// It takes a network and a password.
    Ready,
    /// It is joining.
    Busy,
    /// It has joined.
    Done,
}

/// Set-up as a device offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// By which rules.
    pub kind: SetupKind,
    /// How far it is.
    pub step: SetupStep,
    /// It says that it can blink or beep.
    pub blinks: bool,
}

impl Setup {
    /// What an advertisement says of it.
    pub fn of(advertisement: &Advertisement) -> Option<Self> {
        let offers = |uuid: Uuid| advertisement.services.contains(&uuid);
        let service = improv::SERVICE.parse().ok()?;
        let data_uuid: Uuid = improv::SERVICE_DATA.parse().ok()?;
        let data = advertisement.service_data.iter().find(|(uuid, _)| *uuid == data_uuid);
        if offers(service) || data.is_some() {
            // Devices of version 1.0 send no state: it is asked after connecting.
            let told = data.and_then(|(_, bytes)| improv::advertised(bytes));
            let step = told.map_or(SetupStep::New, |(state, _)| match state {
                improv::State::AuthorizationRequired => SetupStep::Authorise,
                improv::State::Authorized => SetupStep::Ready,
                improv::State::Provisioning => SetupStep::Busy,
                improv::State::Provisioned => SetupStep::Done,
                improv::State::Other(_) => SetupStep::New,
            });
            let blinks = told.is_some_and(|(_, can)| can.identify);
            return Some(Self { kind: SetupKind::Improv, step, blinks });
        }
        ESP_SERVICES.into_iter().any(offers).then_some(Self {
            kind: SetupKind::Esp,
            step: SetupStep::New,
            blinks: false,
        })
    }
}

/// Which printer a device may be.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Recognised {
    /// The family that all candidates share.
    pub family: Option<String>,
    /// The model, when only one fits.
    pub model: Option<String>,
    /// Models that fit, the best first.
    pub candidates: Vec<String>,
    /// Several models fit, and a person or the printer's own answer has to decide.
    pub ambiguous: bool,
    /// There is a sign that it is a printer at all.
    pub printer: bool,
}

impl Recognised {
    /// Whether nothing says that it is a printer.
    pub fn is_nothing(&self) -> bool {
        !self.printer
    }

    /// What an advertisement says of it; `own` are the user's models.
    pub fn of(advertisement: &Advertisement, address: &str, own: &[Model]) -> Self {
        let found = recognise(advertisement, Some(address), own);
        let families: BTreeSet<&str> = match found.candidates.is_empty() {
            // A service that only one family uses is a hint, and better than nothing.
            true => found.families.iter().copied().collect(),
            false => found.candidates.iter().map(|candidate| candidate.model.family).collect(),
        };
        Self {
            family: families.first().filter(|_| families.len() == 1).map(|family| (*family).to_owned()),
            model: found.model().map(|model| model.id.clone()),
            candidates: found.candidates.iter().map(|candidate| candidate.model.id.clone()).collect(),
            ambiguous: found.is_ambiguous(),
            printer: found.is_printer(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn improv_saying(data: Option<Vec<u8>>) -> Advertisement {
        let uuid = improv::SERVICE_DATA.parse().unwrap();
        Advertisement {
            services: vec![improv::SERVICE.parse().unwrap()],
            service_data: data.map(|data| (uuid, data)).into_iter().collect(),
            ..Advertisement::default()
        }
    }

    #[test]
    fn improv_tells_its_step_and_an_old_one_only_that_it_is_there() {
        let setup = Setup::of(&improv_saying(Some(vec![1, 1, 0, 0, 0, 0]))).unwrap();
        assert_eq!((setup.kind, setup.step, setup.blinks), (SetupKind::Improv, SetupStep::Authorise, true));
        assert_eq!(Setup::of(&improv_saying(Some(vec![2, 0, 0, 0, 0, 0]))).unwrap().step, SetupStep::Ready);
        assert_eq!(Setup::of(&improv_saying(Some(vec![4, 0, 0, 0, 0, 0]))).unwrap().step, SetupStep::Done);
        assert_eq!(Setup::of(&improv_saying(None)).unwrap().step, SetupStep::New);
        assert_eq!(Setup::of(&Advertisement::default()), None);
    }

    #[test]
    fn both_usual_services_of_espressif_are_known() {
        for uuid in ["1775244d-6b43-439b-877c-060f2d9bed07", "021a9004-0382-4aea-bff4-6b3f1c5adfb4"] {
            let heard = Advertisement { services: vec![uuid.parse().unwrap()], ..Advertisement::default() };
            assert_eq!(Setup::of(&heard).unwrap().kind, SetupKind::Esp);
        }
    }
}
