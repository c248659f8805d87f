//! How fast a first sync becomes durable, queryable rows, beside a plain bulk insert of the same rows.
//!
//! `cargo bench -p fieldbook-device` (or `-- 100000` for another number of records). Pages are made beforehand; what is
//! measured is everything a phone does: reading frames, folding, writing documents, rows and indexes, committing with full
//! durability.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on should stop where it is")]

use std::path::Path;
use std::time::{Duration, Instant};

use fieldbook_device::{Book, Carrier, Error, Host, Query, RecordId};
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::record::find;
use fieldbook_sync::change::WireChange;
use fieldbook_sync::frame::{self, Limits};
use fieldbook_sync::message::{Cursor, Entry, EntryBody, Incarnation, Page, ServerMessage, Welcome};
use rusqlite::Connection;
use uuid::{Builder, Uuid};

const PAGE_ENTRIES: u64 = 1_000;
const TOKEN: &str = "e30.eyJvcmciOiJhY21lIiwic3ViIjoiMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDBhIiwicm9sZSI6InJlcCJ9.x";

/// Three accounts, four contacts and three opportunities in ten records, a tenth of them edited once.
fn entry(seq: u64) -> Entry {
    let id = RecordId(Builder::from_unix_timestamp_millis(1_700_000_000_000 + seq, &[7; 10]).into_uuid());
    let owner = format!("user:00000000-0000-4000-8000-{:012}", seq % 40);
    let customer = format!("account:00000000-0000-4000-8000-{:012}", seq % 900);
    let (kind, writes) = match seq % 10 {
        0..3 => (
            "account",
            vec![
                Write::put("name", format!("Account number {seq}")),
                Write::put("owner", owner),
                Write::put("city", format!("City {}", seq % 300)),
                Write::put("country", "Switzerland"),
                Write::put("industry", format!("Industry {}", seq % 30)),
                Write::put("phone", "+41 31 300 00 00"),
            ],
        ),
        3..7 => (
            "contact",
            vec![
                Write::put("first_name", "Maria"),
                Write::put("last_name", format!("Muster {seq}")),
                Write::put("owner", owner),
                Write::put("account", customer.trim_start_matches("account:").to_owned()),
                Write::put("email", format!("m{seq}@example.com")),
                Write::put("job_title", "Purchasing"),
            ],
        ),
        _ => (
            "opportunity",
            vec![
                Write::put("topic", format!("Opportunity {seq}")),
                Write::put("owner", owner),
                Write::put("customer", customer),
                Write::put("stage", "propose"),
                Write::put("est_value", format!("{{\"amount\":\"{seq}\"}}")),
                Write::put("est_close_date", format!("2026-{:02}-{:02}", seq % 12 + 1, seq % 28 + 1)),
            ],
        ),
    };
    let record = find(kind).unwrap();
    let mut doc = document::create(record, id, &[(seq % 40 + 1) as u8; 16]).unwrap();
    let genesis = doc.get_heads().first().unwrap().0;
    let mut changes: Vec<WireChange> = Vec::new();
    let edit = vec![Write::put("owner", format!("user:00000000-0000-4000-8000-{:012}", 99))];
    for writes in std::iter::once(writes).chain((seq % 10 == 5).then_some(edit)) {
        let change = document::write(&mut doc, &writes, 1_700_000_000_000, None).unwrap().unwrap();
        let previous = changes.last().map(|change| change.hash);
        changes.push(WireChange::from_change(&change, &genesis, previous.as_ref()).unwrap());
    }
    Entry { seq, group: seq, body: EntryBody::Changes { kind: kind.to_owned(), doc: id.0, changes } }
}

struct Pages(Vec<u8>);

impl Pages {
    fn make(records: u64) -> Vec<Vec<u8>> {
        let mut pages = Vec::new();
        for from in (0..records).step_by(PAGE_ENTRIES as usize) {
            let to = (from + PAGE_ENTRIES).min(records);
            let entries = (from + 1..=to).map(entry).collect();
            let page = Page { scope: "org".to_owned(), from, to, more: to < records, entries };
            pages.push(frame::encode(&ServerMessage::Page(page)).unwrap());
        }
        let cursors = vec![Cursor { scope: "org".to_owned(), seq: records }];
        pages.push(frame::encode(&ServerMessage::CaughtUp { cursors, more: false }).unwrap());
        pages
    }

    fn welcome(book: &Book) -> Vec<u8> {
        let actor = Uuid::try_parse(&book.status().unwrap().actor).unwrap().into_bytes();
        let welcome = Welcome {
            actor,
            server_ms: 0,
            epoch: Uuid::from_u128(1),
            acked_dseq: 0,
            incarnation: Incarnation::Keep,
            limits: Limits::default(),
            scopes: vec!["org".to_owned()],
        };
        frame::encode(&ServerMessage::Welcome(welcome)).unwrap()
    }
}

impl Carrier for Pages {
    async fn exchange(&mut self, _: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(std::mem::take(&mut self.0))
    }
}

fn main() {
    let records = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(50_000);
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("book.db");
    let pages = Pages::make(records);
    let book = Book::open(&path, Host::real("bench")).unwrap();
    book.login("http://localhost", TOKEN).unwrap();
    let frames = [vec![Pages::welcome(&book)], pages].concat();
    let bytes = frames.iter().map(Vec::len).sum::<usize>();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();

    let started = Instant::now();
    let report = runtime.block_on(book.sync_over(&mut Pages(frames.concat()))).unwrap();
    let taken = started.elapsed();

    assert_eq!(report.pulled_records as u64, records);
    let per_second = |taken: Duration| u128::from(records) * 1_000_000 / taken.as_micros().max(1);
    let floor = bulk_insert(&path, &folder.path().join("floor.db"));
    println!("first sync: {records} records in {taken:?}, {} records/s, {bytes} bytes", per_second(taken));
    println!("bulk insert of the same rows: {floor:?}, {} records/s", per_second(floor));
    let started = Instant::now();
    let page = book.list(&Query::of("account").sort("name", fieldbook_device::Direction::Ascending).limit(50)).unwrap();
    println!("list of {} sorted by name: {:?}", page.len(), started.elapsed());
}

/// Ids and bodies.
type Rows = Vec<(Vec<u8>, String)>;

/// The same rows into the same tables with the same pragmas, and nothing else.
fn bulk_insert(book: &Path, copy: &Path) -> Duration {
    let connection = Connection::open(copy).unwrap();
    connection.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA cache_size = -16384;").unwrap();
    let source = Connection::open(book).unwrap();
    let mut tables: Vec<(String, Rows)> = Vec::new();
    for kind in ["account", "contact", "opportunity"] {
        let name = format!("record_{kind}");
        let sql = "SELECT sql FROM sqlite_schema WHERE tbl_name = ?1 AND sql IS NOT NULL ORDER BY type DESC";
        let mut statement = source.prepare(sql).unwrap();
        for sql in statement.query_map([&name], |row| row.get::<_, String>(0)).unwrap() {
            connection.execute_batch(&sql.unwrap()).unwrap();
        }
        let mut statement = source.prepare(&format!("SELECT id, body FROM {name} ORDER BY id")).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let rows = rows.map(Result::unwrap).collect();
        tables.push((name, rows));
    }
    let started = Instant::now();
    for (table, rows) in &tables {
        for chunk in rows.chunks(PAGE_ENTRIES as usize) {
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            let mut insert = connection.prepare_cached(&format!("INSERT INTO {table} (id, body) VALUES (?1, ?2)")).unwrap();
            chunk.iter().for_each(|row| assert_eq!(insert.execute((&row.0, &row.1)).unwrap(), 1));
            connection.execute_batch("COMMIT").unwrap();
        }
    }
    started.elapsed()
}
