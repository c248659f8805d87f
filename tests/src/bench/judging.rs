//! What judging costs with every rule there is, beside Automerge's own load, apply and save of the same changes of the same
//! documents; how it grows with a record's history and lines, and that it does not grow with the organisation.

use crate::rogue::{Rogue, answers, genesis};
use crate::seed::{self, Owners};
use crate::world::{FIVE, World};
use anyhow::{Context, Result, ensure};
use automerge::{Automerge, Change};
use fieldbook_device::{Book, Host};
use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_sync::message::Part;
use serde_json::json;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Changes a record has.
const HISTORIES: [usize; 4] = [1, 20, 100, 500];
/// Lines a record has.
const LINES: [usize; 3] = [1, 15, 200];
/// Units of about 2,300 records an organisation holds, in eighths of the bench's size: at the usual size 1,000 and 10,000.
const ORGANISATIONS: [usize; 2] = [1, 9];
/// How often each is measured.
const ROUNDS: usize = 3;
/// Changes sent in one push while a history is made.
const CHANGES: usize = 250;

struct Court {
    world: World,
    app: Rogue,
    made: usize,
}

/// What the same work took the office, and Automerge alone.
#[derive(Clone, Copy)]
struct Took {
    judged: Duration,
    floor: Duration,
    intents: u32,
}

/// Prints all of it; `size` is the bench's.
pub(super) fn run(size: usize) -> Result<()> {
    let records = (size * 10).clamp(5, 200);
    println!("judging, on one core, beside Automerge's load, apply and save of the same");
    let mut court = Court::open()?;
    let mut base = None;
    for changes in HISTORIES {
        let took = court.edits(records, changes)?;
        took.print(&format!("a record of {changes} changes"), &mut base);
    }
    let mut base = None;
    for lines in LINES {
        let took = court.lines(records.min(20), lines)?;
        took.print(&format!("a sale of {lines} lines"), &mut base);
    }
    let mut base = None;
    for eighths in ORGANISATIONS {
        let mut court = Court::open()?;
        let held = court.fill(size * eighths)?;
        let took = court.edits(records, 1)?;
        took.print(&format!("an organisation of {held} records"), &mut base);
    }
    Ok(())
}

impl Took {
    fn print(self, what: &str, base: &mut Option<f64>) {
        let each = self.judged.as_secs_f64() / f64::from(self.intents);
        let first = *base.get_or_insert(each);
        println!(
            "  {what}: {:.2} ms an intent, {:.0} intents/s; {:.2} x Automerge, {:.2} x the first of these",
            each * 1e3,
            1.0 / each,
            self.judged.as_secs_f64() / self.floor.as_secs_f64(),
            each / first
        );
    }
}

impl Court {
    fn open() -> Result<Court> {
        let world = World::in_memory(&FIVE);
        let app = Rogue::of(&world, world.user("Ada"), 0);
        Ok(Court { world, app, made: 0 })
    }

    /// Fills the organisation with about so many eighths of a seeded one; gives how many records it holds.
    fn fill(&self, eighths: usize) -> Result<usize> {
        let user = self.world.user("Omar");
        let book = Book::open(&self.world.dir.path().join("office.db"), Host::real("office"))?;
        book.login(&self.world.url, &self.world.app.token(self.world.org, user, 1)?)?;
        let planted = seed::organisation(7, eighths.div_ceil(8), Owners { reps: &[user] });
        let some = planted.len() * eighths / 8 / eighths.div_ceil(8);
        seed::plant(&book, planted.get(..some).unwrap_or(&planted), |_| {})?;
        self.world.wait(book.sync())?;
        Ok(self.world.app.org_digest(self.world.org)?.len())
    }

    fn fresh(&mut self) -> RecordId {
        self.made += 1;
        self.world.user("Ada").derived(&format!("judged {}", self.made))
    }

    /// Sends each part as an intent of its own; all of them must be let in.
    fn send(&mut self, parts: Vec<Part>) -> Result<()> {
        let count = parts.len();
        let push = self.app.intents(parts);
        let answers = answers(&self.app.say(vec![push]));
        let stopped = answers.iter().find(|answer| answer.status.stops_pushing());
        ensure!(stopped.is_none() && answers.len() == count, "the office did not take the work: {stopped:?}");
        Ok(())
    }

    /// One-field edits of accounts that have so many changes before.
    fn edits(&mut self, records: usize, changes: usize) -> Result<Took> {
        let ids: Vec<RecordId> = (0..records).map(|_| self.fresh()).collect();
        let made = ids.iter().map(|id| self.app.write("account", *id, &[Write::put("name", "Nordic Pumps")])).collect();
        self.send(made)?;
        for id in &ids {
            let mut left = changes - 1;
            while left > 0 {
                let some = left.min(CHANGES);
                let city = |n: usize| [Write::put("city", format!("{left} {n}"))];
                let parts = (0..some).map(|n| self.app.write("account", *id, &city(n))).collect();
                self.send(parts)?;
                left -= some;
            }
        }
        self.judged(&ids, |app, id, round| {
            app.write("account", id, &[Write::put("website", format!("https://example.com/{round}"))])
        })
    }

    /// One price changed in sales that have so many lines.
    fn lines(&mut self, records: usize, lines: usize) -> Result<Took> {
        let ids: Vec<RecordId> = (0..records).map(|_| self.fresh()).collect();
        let key = |id: RecordId, line: usize, field: &str| format!("lines/{}/{field}", id.derived(&line.to_string()));
        for id in &ids {
            let mut writes = vec![Write::put("topic", "Pumps")];
            for line in 0..lines {
                writes.push(Write::put(key(*id, line, "description"), format!("Hose {line}")));
                writes.push(Write::put(key(*id, line, "quantity"), json!({ "value": "2" }).to_string()));
                writes.push(Write::put(key(*id, line, "price_per_unit"), "35"));
            }
            let sale = self.app.write("opportunity", *id, &writes);
            self.send(vec![sale])?;
        }
        self.judged(&ids, |app, id, round| {
            app.write("opportunity", id, &[Write::put(key(id, 0, "price_per_unit"), format!("4{round}"))])
        })
    }

    /// Judges one change of each record, and does with Automerge alone what cannot be done without; the best of a few rounds,
    /// for the machine has other things to do.
    fn judged(&mut self, ids: &[RecordId], edit: impl Fn(&mut Rogue, RecordId, usize) -> Part) -> Result<Took> {
        let (mut judged, mut alone) = (Duration::MAX, Duration::MAX);
        for round in 0..ROUNDS {
            let (mut floor, mut parts) = (Vec::new(), Vec::new());
            for id in ids {
                let (kind, doc) = self.app.docs.get(id).context("a document")?;
                let (kind, saved) = (*kind, doc.save_nocompress());
                let part = edit(&mut self.app, *id, round);
                let wire = part.changes.first().context("a change")?;
                floor.push((saved, wire.to_change(&genesis(kind, *id), None)?));
                parts.push(part);
            }
            let start = Instant::now();
            self.send(parts)?;
            judged = judged.min(start.elapsed());
            alone = alone.min(load_apply_save(floor)?);
        }
        Ok(Took { judged, floor: alone, intents: u32::try_from(ids.len())? })
    }
}

fn load_apply_save(work: Vec<(Vec<u8>, Change)>) -> Result<Duration> {
    let start = Instant::now();
    for (saved, change) in work {
        let mut doc = Automerge::load(&saved)?;
        doc.apply_changes([change])?;
        black_box(doc.save_nocompress());
    }
    Ok(start.elapsed())
}
