//! The server of the demo: the real binary, run as a process, managed through its own command line.

use super::words::{heading, say};
use anyhow::{Context, Result, bail};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use fieldbook_server::app::App;
use fieldbook_server::clock::SystemClock;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

const ORG: &str = "Acme Sales";

/// A running server and its organisation.
pub(super) struct Office {
    pub(super) url: String,
    data: PathBuf,
    process: Child,
}

impl Office {
    pub(super) fn open(folder: &Path, listen: &str) -> Result<Office> {
        let data = folder.join("server");
        server(&["org", "create", "--data", text(&data)?, ORG])?;
        let mut process = Command::new(binary("fieldbook-server")?)
            .args(["serve", "--data", text(&data)?, "--listen", listen])
            .stdout(Stdio::piped())
            .spawn()
            .context("starting fieldbook-server")?;
        let mut lines = BufReader::new(process.stdout.take().context("the server's output")?).lines();
        let line = lines.next().context("the server ended at once")??;
        let url =
            line.strip_prefix("listening on ").with_context(|| format!("unexpected words of the server: {line}"))?.to_owned();
        Ok(Office { url, data, process })
    }

    pub(super) fn add_user(&self, name: &str, role: &str, manager: Option<&str>) -> Result<RecordId> {
        let email = format!("{}@example.com", name.to_lowercase());
        let data = text(&self.data)?;
        let mut args = vec!["user", "add", "--data", data, "--org", ORG, "--name", name, "--email", &email, "--role", role];
        args.extend(manager.into_iter().flat_map(|manager| ["--manager", manager]));
        server(&args)?.trim().parse().context("the id of a new user")
    }

    pub(super) fn token(&self, user: &str) -> Result<String> {
        Ok(server(&["token", "--data", text(&self.data)?, "--org", ORG, "--user", user])?.trim().to_owned())
    }

    /// Every record as the server holds it, read from its own files.
    pub(super) fn digest(&self) -> Result<BTreeMap<RecordRef, String>> {
        let app = App::open(&self.data, Arc::new(SystemClock))?;
        Ok(app.org_digest(app.find_org(ORG)?)?)
    }

    /// What `fieldbook-server check` says; a broken invariant is an error.
    pub(super) fn check(&self) -> Result<String> {
        let said = server(&["check", "--data", text(&self.data)?])?;
        Ok(said.lines().last().unwrap_or("").to_owned())
    }

    pub(super) fn decisions(&self) -> Result<Vec<Decision>> {
        let app = App::open(&self.data, Arc::new(SystemClock))?;
        Ok(app.decisions(app.find_org(ORG)?)?)
    }

    pub(super) fn stop(mut self) -> Result<()> {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status().context("stopping the server")?;
        let ended = self.process.wait()?;
        if !asked.success() || !ended.success() {
            bail!("the server did not stop gracefully: {ended}");
        }
        Ok(())
    }

    /// Serves until interrupted, after saying how to attach a phone.
    pub(super) fn serve_on(&mut self, folder: &Path) -> Result<()> {
        heading("Attach a phone of your own");
        say(&format!("The server goes on at {} (Ctrl-C ends it). In another terminal:", self.url));
        let token = self.token("Ada")?;
        say(&format!("./target/release/fieldbook --book my.db login --server {} --token {token}", self.url));
        say("./target/release/fieldbook --book my.db sync");
        say("./target/release/fieldbook --book my.db report pipeline --by stage");
        say(&format!("Ada's and Ben's books lie in {}.", folder.display()));
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        // The server may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the demo's folder has a name that is no text")
}

/// A binary built beside this one.
fn binary(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if !path.exists() {
        bail!("{} is missing; run `make demo`", path.display());
    }
    Ok(path)
}

fn server(args: &[&str]) -> Result<String> {
    let output = Command::new(binary("fieldbook-server")?).args(args).output().context("running fieldbook-server")?;
    if !output.status.success() {
        bail!("fieldbook-server {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
