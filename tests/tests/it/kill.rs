//! A phone's process is killed again and again while it writes and syncs; nothing it said was saved is lost.

use fieldbook_tests::world::World;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const KILLS: usize = 200;

/// A number that differs from kill to kill, so that the signal lands everywhere.
fn scattered(kill: usize) -> usize {
    (kill.wrapping_mul(2_654_435_761) >> 7) % 97
}

#[test]
fn two_hundred_kills_lose_no_saved_edit() {
    let world = World::new();
    let path = world.dir.path().join("killed.db");
    drop(world.phone_at("Ada", &path, 77));
    let mut saved: BTreeMap<String, (String, bool)> = BTreeMap::new();
    let mut while_syncing = 0;

    for kill in 0..KILLS {
        let mut writer = Command::new(env!("CARGO_BIN_EXE_fieldbook-writer"))
            .arg(&path)
            .arg(format!("run{kill}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let patience = 1 + scattered(kill) % 12;
        let mut last = String::new();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        for line in lines.by_ref().take(patience) {
            last = line.unwrap();
            note(&mut saved, &last);
        }
        for _ in 0..scattered(kill) * 2_000 {
            std::hint::spin_loop();
        }
        writer.kill().unwrap();
        // What it still said before it died was saved as well.
        for line in lines {
            last = line.unwrap();
            note(&mut saved, &last);
        }
        while_syncing += usize::from(last == "syncing");
        assert!(!writer.wait().unwrap().success(), "it was killed, not finished");
    }

    let ada = world.phone_at("Ada", &path, 78);
    for (id, (subject, completed)) in &saved {
        let task = ada.sees("task", id.parse().unwrap());
        assert_eq!(task["subject"], subject.as_str());
        assert!(!completed || task["state"] == "completed", "{subject} was completed");
    }
    world.level(&[&ada]);
    let ben = world.phone("Ben");
    world.assert_agreement(&[&ada, &ben]);
    for id in saved.keys() {
        assert!(ben.holds("task", id.parse().unwrap()), "{id} is on another phone");
    }
    assert!(saved.len() > KILLS / 2, "{} saved in {KILLS} kills", saved.len());
    assert!(while_syncing > KILLS / 20, "{while_syncing} kills hit a sync");
}

fn note(saved: &mut BTreeMap<String, (String, bool)>, line: &str) {
    let mut words = line.split(' ');
    if let (Some(what @ ("saved" | "completed")), Some(id), Some(subject)) = (words.next(), words.next(), words.next()) {
        saved.insert(id.to_owned(), (subject.to_owned(), what == "completed"));
    }
}
