//! Platform profiles: which deployment of the cloud platform a printer is bound through.

use crate::{Change, Core, Engine};
use platen_model::Fault;
use platen_protocol::cloud::Profile;
use platen_store::ProfileRow;

/// A profile as a door shows it.
#[derive(Clone, Debug)]
pub struct ProfileStatus {
    /// The profile itself.
    pub profile: Profile,
    /// It belongs to the simulated world.
    pub simulated: bool,
}

impl Engine {
    /// The profile in use, if any.
    pub async fn profile(&self) -> Result<Option<ProfileStatus>, Fault> {
        let Some(row) = self.core.store.current_profile().await.map_err(|error| error.fault())? else {
            return Ok(None);
        };
        let profile = Profile::parse(&row.toml).map_err(|error| error.fault())?;
        Ok(Some(ProfileStatus { profile, simulated: row.simulated }))
    }

    /// Checks a profile, installs it and uses it for new bindings. Printers that are bound through a profile of the
    /// same name go on with the new one.
    ///
    /// # Errors
    /// `profile_invalid` with the line; nothing is changed then.
    pub async fn use_profile(&self, toml: &str, ca: Option<String>, simulated: bool) -> Result<ProfileStatus, Fault> {
        let profile = Profile::parse(toml).map_err(|error| error.fault())?;
        if (profile.http.ca_file.is_some() || profile.mqtt.ca_file.is_some()) && ca.is_none() {
            return Err(Fault::new(
                "profile_invalid",
                "The profile names a caFile, and no certificate came with it.",
                "Put the PEM file beside the profile and try again.",
            ));
        }
        let row = ProfileRow { name: profile.name.clone(), toml: toml.to_owned(), ca_pem: ca, simulated };
        self.core.store.save_profile(&row).await.map_err(|error| error.fault())?;
        self.core.store.use_profile(&row.name).await.map_err(|error| error.fault())?;
        self.core.tell(Change::Profile);
        self.core.restart_printers_of(&row.name).await;
        Ok(ProfileStatus { profile, simulated })
    }

    /// Uses an installed profile for new bindings.
    ///
    /// # Errors
    /// `profile_unknown`.
    pub async fn choose_profile(&self, name: &str) -> Result<(), Fault> {
        self.core.store.use_profile(name).await.map_err(|error| error.fault())?;
        self.core.tell(Change::Profile);
        Ok(())
    }
}

impl Core {
    /// A profile by name, with its certificate.
    pub(crate) async fn profile_named(&self, name: &str) -> Result<(Profile, Option<String>, bool), Fault> {
        let row = self.store.profile(name).await.map_err(|error| error.fault())?;
        let profile = Profile::parse(&row.toml).map_err(|error| error.fault())?;
        Ok((profile, row.ca_pem, row.simulated))
    }
}
