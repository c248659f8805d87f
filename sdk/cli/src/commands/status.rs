//! `status`: who is signed in, what waits to be sent, what is held.

use super::Phone;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present;
use crate::table::{block, grouped};
use fieldbook_device::Status;
use serde_json::json;

pub(super) fn run(phone: &Phone) -> Result<Answer, Failure> {
    let status = phone.book.status()?;
    Ok(Answer::new(human(&status), json!(status)))
}

fn human(status: &Status) -> String {
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let role = status.role.map_or(String::new(), |role| format!(" ({})", role.name()));
    let user = if status.signed_in { format!("{}{role}", known(&status.user_name)) } else { "nobody".to_owned() };
    let mut pairs = vec![
        ("signed in", user),
        ("organisation", known(&status.org)),
        ("server", known(&status.server)),
        ("device", format!("{} ({})", status.device_name, status.device)),
        ("last sync", status.last_sync_ms.map_or_else(|| "never".to_owned(), present::moment)),
        ("to be sent", grouped(&status.pending.to_string())),
    ];
    if status.uploads > 0 {
        let not_taken =
            if status.uploads_refused > 0 { format!(", {} not taken", status.uploads_refused) } else { String::new() };
        let bytes = grouped(&status.upload_bytes.to_string());
        pairs.push(("files to be sent", format!("{} of {bytes} bytes{not_taken}", status.uploads)));
    }
    if !status.cursors.is_empty() {
        let cursors: Vec<String> = status.cursors.iter().map(|(scope, seq)| format!("{scope} at {seq}")).collect();
        pairs.push(("cursors", cursors.join(", ")));
    }
    if status.refused > 0 {
        pairs.push(("refused", format!("{} by the server; `fieldbook inbox` shows why", status.refused)));
    }
    if !status.damaged.is_empty() {
        pairs.push(("damaged", format!("{} records; their changes are kept", status.damaged.len())));
    }
    let pairs: Vec<(String, String)> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let held = status.records.iter().filter(|(_, count)| **count > 0);
    let held: Vec<(String, String)> = held.map(|(kind, count)| (kind.clone(), grouped(&count.to_string()))).collect();
    if held.is_empty() { block(&pairs, 0) } else { format!("{}records\n{}", block(&pairs, 0), block(&held, 2)) }
}
