//! How long a phone goes on by itself when the server asks it to come back later.

/// How often one run comes back.
const TIMES_MAX: usize = 5;
/// How long all its waits may take together.
const WAIT_MS_MAX: u64 = 20_000;

/// What is left of it; a run begins with all of it.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    times: usize,
    waited_ms: u64,
}

impl Patience {
    /// How long to wait before coming back, if the server asks for `asked_ms`; `None` when it is time to tell the app. `jitter` is a
    /// random wait up to a number: phones that were sent away at once do not come back at once.
    pub(crate) fn next(&mut self, asked_ms: u64, jitter: impl FnOnce(u64) -> u64) -> Option<u64> {
        let wait_ms = asked_ms.saturating_add(jitter(asked_ms / 2));
        let after = self.waited_ms.saturating_add(wait_ms);
        if self.times >= TIMES_MAX || after > WAIT_MS_MAX {
            return None;
        }
        (self.times, self.waited_ms) = (self.times.saturating_add(1), after);
        Some(wait_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_after_so_many_times_and_after_so_much_time() {
        let waits = |asked_ms| {
            let mut patience = Patience::default();
            std::iter::from_fn(|| patience.next(asked_ms, |max_ms| max_ms)).collect::<Vec<_>>()
        };

        assert_eq!(waits(0), [0; TIMES_MAX]);
        assert_eq!(waits(1_000), [1_500; TIMES_MAX]);
        assert_eq!(waits(6_000), [9_000; 2], "a third would be too long");
        assert!(waits(20_001).is_empty() && waits(u64::MAX).is_empty());
    }
}
