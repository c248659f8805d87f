//! Devices: which there are, and shutting out a lost one.

use anyhow::bail;
use clap::Subcommand;
use uuid::Uuid;

use super::{Place, open, say, spell};

#[derive(Debug, Subcommand)]
pub(super) enum DeviceCommand {
    /// Lists them, the one seen last first.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Shuts a lost one out for good, with the tokens it signed in with: it is told nothing any more, what it still sends goes to
    /// the quarantine, and then its book is wiped.
    Revoke {
        #[command(flatten)]
        place: Place,
        /// Its id, as `device list` prints it.
        device: Uuid,
    },
}

impl DeviceCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List { place } => list(&place),
            Self::Revoke { place, device } => revoke(&place, device),
        }
    }
}

fn list(place: &Place) -> anyhow::Result<()> {
    let app = open(&place.data)?;
    for device in app.devices(app.find_org(&place.org)?)? {
        let (name, user) = (device.name.escape_debug(), device.user_name.escape_debug());
        let mut line = format!("{} {name} of {user}, last seen {}", device.id, spell(device.last_seen_ms));
        if device.clock_off {
            line.push_str(", clock off");
        }
        if device.revoked {
            line.push_str(", revoked");
        }
        say(line)?;
    }
    Ok(())
}

fn revoke(place: &Place, device: Uuid) -> anyhow::Result<()> {
    let app = open(&place.data)?;
    if !app.revoke_device(app.find_org(&place.org)?, device)? {
        bail!("no device has the id {device}");
    }
    say(format!("{device} is shut out"))
}
