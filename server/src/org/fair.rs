//! How much one person may have under way: an organisation has one thread, and nobody may fill its queue alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use fieldbook_domain::ids::RecordId;

/// What all the devices of one person may have waiting for the thread; more is told to come back.
const PLACES_MAX: usize = 4;

/// The places that are taken, by person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(Arc<Mutex<BTreeMap<RecordId, usize>>>);

/// A place in the queue, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    user: RecordId,
}

impl Places {
    /// Takes a place for a person; `None` if they have all they may have.
    pub(crate) fn take(&self, user: RecordId) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_user = taken.entry(user).or_default();
        if *of_user >= PLACES_MAX {
            return None;
        }
        *of_user = of_user.saturating_add(1);
        Some(Place { places: self.clone(), user })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.user) {
            Some(of_user) if *of_user > 1 => *of_user = of_user.saturating_sub(1),
            Some(_) | None => drop(taken.remove(&self.user)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_so_many_places_and_takes_none_of_anybody_elses() {
        let (places, ada, ben) = (Places::default(), RecordId::default().derived("ada"), RecordId::default().derived("ben"));

        let mut taken: Vec<Place> = (0..PLACES_MAX).map(|_| places.take(ada).unwrap()).collect();
        assert!(places.take(ada).is_none());
        assert!(places.take(ben).is_some());
        taken.pop();
        assert!(places.take(ada).is_some());
        drop(taken);
        assert!(places.0.lock().unwrap().is_empty(), "nothing is kept of who is gone");
    }
}
