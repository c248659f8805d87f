//! A failing story made short: steps are left out for as long as it still fails for the same.

use super::{Failure, Story, tell};
use std::time::{Duration, Instant};

/// The shortest story found within this time that fails for the same, and how.
#[must_use]
pub fn shrink(story: &Story, failure: &Failure, within: Duration) -> (Story, Failure) {
    let start = Instant::now();
    let mut best = (story.clone(), failure.clone());
    // What comes after the failure has nothing to do with it.
    try_steps(&mut best, |steps| steps.truncate(failure.step + 1));
    let mut size = best.0.steps.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < best.0.steps.len() {
            if start.elapsed() > within {
                return best;
            }
            let until = (at + size).min(best.0.steps.len());
            if !try_steps(&mut best, |steps| drop(steps.drain(at..until))) {
                at += size;
            }
        }
        size /= 2;
    }
    best
}

fn try_steps(best: &mut (Story, Failure), change: impl FnOnce(&mut Vec<super::Step>)) -> bool {
    let mut shorter = best.0.clone();
    change(&mut shorter.steps);
    match tell(&shorter) {
        Err(failure) if failure.code == best.1.code && shorter.steps.len() < best.0.steps.len() => {
            *best = (shorter, failure);
            true
        }
        _ => false,
    }
}
