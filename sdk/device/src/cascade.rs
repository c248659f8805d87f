//! An account with more under it than one intent may hold is given away in several: what goes with it goes ahead, and the account
//! itself comes last, so that nothing is left behind when it changes hands. They are written together or not at all.

use fieldbook_domain::document::Write;
use fieldbook_domain::owner::{ASSIGN, OWNER};
use fieldbook_domain::raw::{Action, Scalar};
use fieldbook_sync::frame::PARTS_MAX;
use serde_json::Value;

use crate::desk::Draft;

/// What is planned, as the intents it takes; more than one only where an account is given away.
pub(crate) fn in_intents(planned: Vec<Draft>) -> Vec<Vec<Draft>> {
    let surplus = planned.len().saturating_sub(PARTS_MAX);
    let to = planned.iter().flat_map(|draft| &draft.writes).find_map(given_to);
    let Some(to) = to.filter(|_| surplus > 0) else { return vec![planned] };
    let (mut ahead, mut last) = (Vec::new(), Vec::new());
    for draft in planned {
        let goes = ahead.len() < surplus && goes_along(&draft, &to);
        if goes { ahead.push(draft) } else { last.push(draft) }
    }
    let mut intents = Vec::new();
    let mut ahead = ahead.into_iter().peekable();
    while ahead.peek().is_some() {
        intents.push(ahead.by_ref().take(PARTS_MAX).collect());
    }
    intents.push(last);
    intents
}

/// To whom an account is given.
fn given_to(write: &Write) -> Option<Scalar> {
    let Write::Put { key, value: Scalar::Str(text) } = write else { return None };
    let action: Action = serde_json::from_str(text).ok().filter(|_| key.starts_with("actions/"))?;
    let to = action.args.get(OWNER).and_then(Value::as_str).filter(|_| action.action == ASSIGN)?;
    Some(Scalar::Str(to.to_owned()))
}

/// Whether nothing happens to the record but that it goes along.
fn goes_along(draft: &Draft, to: &Scalar) -> bool {
    matches!(draft.writes.as_slice(), [Write::Put { key, value }] if key == OWNER && value == to)
}
