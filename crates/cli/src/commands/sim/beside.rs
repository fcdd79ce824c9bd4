//! Devices beside the simulated cloud, each with its own door into this machine.
//!
//! `--bluez`: whoever has the printed address as `DBUS_SYSTEM_BUS_ADDRESS` finds Bluetooth devices as if through the
//! system's own service. `--serial`: a port whose path is for `PLATEN_SERIAL_PORTS`. `--softap`: a printer's own network,
//! by the id that `provision` takes. A printer that has joined comes on line in the cloud.

use crate::args::Beside as Wanted;
use platen_model::Fault;
use platen_sim::Arrivals;
use platen_sim::air::setup::AccessPoint;
use platen_sim::air::standard_access_point;
#[cfg(target_os = "linux")]
use platen_sim::air::{Air, Bluez, setup::Line, standard, standard_line};
use std::path::Path;

/// What stands beside the cloud.
#[derive(Default)]
pub(super) struct Beside {
    #[cfg(target_os = "linux")]
    bluez: Option<Bluez>,
    #[cfg(target_os = "linux")]
    line: Option<Line>,
    point: Option<AccessPoint>,
}

impl Beside {
    /// Starts what is wanted. Bluetooth printers leave their sheets below `paper`.
    pub(super) async fn start(paper: &Path, wanted: &Wanted, arrivals: &Arrivals) -> Result<Self, Fault> {
        let mut beside = Self::default();
        beside.start_for_linux(paper, wanted, arrivals).await?;
        if wanted.softap {
            beside.point = Some(standard_access_point(arrivals).await.map_err(|error| error.fault())?);
        }
        Ok(beside)
    }

    #[cfg(target_os = "linux")]
    async fn start_for_linux(&mut self, paper: &Path, wanted: &Wanted, arrivals: &Arrivals) -> Result<(), Fault> {
        if wanted.bluez {
            let air = Air::new();
            for (address, device) in standard(paper, arrivals).map_err(|error| error.fault())? {
                air.put(address, device);
            }
            let started = Bluez::start(air).await.map_err(|error| {
                tracing::error!(%error, "the simulated Bluetooth does not start");
                error.fault()
            })?;
            self.bluez = Some(started);
        }
        if wanted.serial {
            self.line = Some(standard_line(arrivals).map_err(|error| error.fault())?);
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    async fn start_for_linux(&mut self, _: &Path, wanted: &Wanted, _: &Arrivals) -> Result<(), Fault> {
        if wanted.bluez || wanted.serial {
            let remedy = "Leave out --bluez and --serial.";
            return Err(Fault::new("linux_only", "That part of the simulated world exists on Linux only.", remedy));
        }
        Ok(())
    }

    /// What a script needs to know of them, by the names of the first line.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        #[cfg(target_os = "linux")]
        {
            fields.extend(self.bluez.as_ref().map(|bluez| ("bluez", bluez.address().to_owned())));
            fields.extend(self.line.as_ref().map(|line| ("serial", line.path().to_owned())));
        }
        fields.extend(self.point.as_ref().map(|point| ("softap", format!("softap:{}", point.address()))));
        fields
    }

    pub(super) async fn stop(self) {
        #[cfg(target_os = "linux")]
        if let Some(bluez) = self.bluez {
            bluez.stop().await;
        }
    }
}

/// The same for a person.
pub(super) fn words(fields: &[(&str, String)]) -> String {
    let line = |(name, value): &(&str, String)| match *name {
        "bluez" => format!("  bluetooth DBUS_SYSTEM_BUS_ADDRESS={value}\n"),
        "serial" => format!("  cable     PLATEN_SERIAL_PORTS={value}   then: platen provision usb:{value}\n"),
        name => format!("  {name}    platen provision {value} --pop abcd1234\n"),
    };
    fields.iter().map(line).collect()
}
