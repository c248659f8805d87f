//! Stories nobody wrote: whatever people do offline, in any order and with any interruption, all end up with equal records, no
//! invariant broken, every edit accounted for, and money that adds up. What a story is: `fieldbook_tests::model`.

use fieldbook_domain::record::RECORD_TYPES;
use fieldbook_tests::model::{Story, Tally, shrink, tell};
use fieldbook_tests::world::{DAY_MS, World};
use serde_json::json;
use std::time::Duration;

/// Stories that failed once, one number a line; `#` starts a remark.
const SEEDS: &str = include_str!("convergence/seeds.txt");
/// How many fresh stories a run tells; `STORIES` asks for more, `STORY_SEED` for other ones.
const FRESH: u64 = 64;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tells stories in as many threads as there are cores, and gives what they came to together.
fn tell_all(seeds: &[u64]) -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let some = |thread: usize| seeds.iter().copied().skip(thread).step_by(threads);
    let told: Vec<Tally> = std::thread::scope(|scope| {
        let tellers: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || some(thread).map(told).collect::<Vec<_>>())).collect();
        tellers.into_iter().flat_map(|teller| teller.join().unwrap()).collect()
    });
    let mut all = Tally::default();
    told.iter().for_each(|tally| all.add(tally));
    all
}

#[expect(clippy::panic, reason = "a story that fails is told in full")]
fn told(seed: u64) -> Tally {
    let story = Story::of(seed);
    tell(&story).unwrap_or_else(|failure| {
        let (shorter, failure) = shrink(&story, &failure, Duration::from_secs(60));
        panic!("story {seed} fails: {failure}\nshortened to:\n{shorter}\nadd {seed} to tests/tests/it/convergence/seeds.txt")
    })
}

#[test]
fn stories_that_failed_once_do_not_fail_again() {
    let seeds: Vec<u64> = SEEDS.lines().filter_map(|line| line.split('#').next()?.trim().parse().ok()).collect();

    let tally = tell_all(&seeds);

    assert!(seeds.is_empty() || tally.merges >= seeds.len());
}

#[test]
fn phones_converge_with_no_invariant_broken_no_edit_lost_and_no_cent_missing() {
    let first = number("STORY_SEED").unwrap_or(0);
    let seeds: Vec<u64> = (first..first + number("STORIES").unwrap_or(FRESH)).collect();

    let tally = tell_all(&seeds);

    if seeds.len() >= RECORD_TYPES.len() {
        let never: Vec<&str> =
            RECORD_TYPES.iter().map(|kind| kind.name).filter(|kind| !tally.created.contains_key(kind)).collect();
        assert!(never.is_empty(), "no story ever created {never:?}");
    }
}

#[test]
fn a_story_is_told_the_same_way_twice() {
    let story = Story::of(3);

    assert_eq!(tell(&story), tell(&story));
}

#[test]
fn closing_a_record_does_not_bring_back_what_the_office_ruled_out() {
    let world = World::new();
    let (ada, maya) = (world.phone("Ada"), world.phone("Maya"));
    let north = ada.create("account", json!({"name": "North"}));
    let south = ada.create("account", json!({"name": "South"}));
    world.level(&[&ada, &maya]);

    ada.set("account", south, json!({"parent_account": north.to_string()}));
    maya.set("account", north, json!({"parent_account": south.to_string()}));
    maya.act("account", north, "deactivate", json!({}));
    ada.set("account", north, json!({"city": "Bergen"}));
    ada.set("account", north, json!({"city": "Oslo"}));

    world.pass(DAY_MS, &[&ada, &maya]);
    world.level(&[&ada, &maya]);
    world.assert_agreement(&[&ada, &maya]);
    assert_eq!(ada.field("account", north, "city"), "Oslo");
}
