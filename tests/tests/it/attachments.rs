//! Attached files from phone to phone through a real server, over a line that can be cut at any byte.

use fieldbook_device::{Content, Error, NewAttachment, RecordId, Unsent};
use fieldbook_domain::permission::Role;
use fieldbook_server::org::provision::NewUser;
use fieldbook_tests::world::{Phone, World};
use serde_json::json;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A line to the server that carries so many bytes and is then cut; it counts them.
struct Wire {
    url: String,
    up: Arc<Meter>,
    down: Arc<Meter>,
}

#[derive(Default)]
struct Meter {
    carried: AtomicU64,
    most: AtomicU64,
}

impl Meter {
    fn allow(&self, bytes: u64) {
        self.carried.store(0, Ordering::SeqCst);
        self.most.store(bytes, Ordering::SeqCst);
    }

    fn carried(&self) -> u64 {
        self.carried.load(Ordering::SeqCst)
    }

    fn carry(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 16_384];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let left = self.most.load(Ordering::SeqCst).saturating_sub(self.carried());
            let passed = usize::try_from(left).unwrap_or(usize::MAX).min(read);
            self.carried.fetch_add(passed as u64, Ordering::SeqCst);
            if to.write_all(&buffer[..passed]).is_err() || passed < read {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}

impl Wire {
    fn to(server: &str) -> Wire {
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (up, down) = (Arc::<Meter>::default(), Arc::<Meter>::default());
        up.allow(u64::MAX);
        down.allow(u64::MAX);
        let (sending, receiving) = (up.clone(), down.clone());
        std::thread::spawn(move || {
            for phone in listener.incoming() {
                let (phone, server) = (phone.unwrap(), TcpStream::connect(&server).unwrap());
                let (back, onward) = (server.try_clone().unwrap(), phone.try_clone().unwrap());
                let (sending, receiving) = (sending.clone(), receiving.clone());
                std::thread::spawn(move || sending.carry(phone, server));
                std::thread::spawn(move || receiving.carry(back, onward));
            }
        });
        Wire { url, up, down }
    }

    fn phone(&self, world: &World, name: &str) -> Phone {
        let phone = world.unsynced_phone(name);
        phone.book.login(&self.url, &world.app.token(world.org, phone.user, 30).unwrap()).unwrap();
        phone
    }
}

/// Bytes that do not repeat.
fn content(size: u32) -> Vec<u8> {
    (0..size / 4).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn attach(phone: &Phone, note: RecordId, bytes: &[u8]) -> RecordId {
    phone.book.attach("note", note, NewAttachment::new("plan.bin", Content::Bytes(bytes.to_vec()))).unwrap()
}

fn fetch(world: &World, phone: &Phone, note: RecordId, attachment: RecordId) -> Result<u64, Error> {
    world.wait(phone.book.fetch("note", note, attachment))
}

const MB: u64 = 1 << 20;

#[test]
fn a_file_attached_offline_reaches_whoever_looks_at_it_and_nobody_else() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let file = content(3_000_000);
    let note = ada.create("note", json!({ "title": "The fair" }));
    let attachment = attach(&ada, note, &file);
    assert_eq!(ada.book.status().unwrap().uploads, 1);

    let report = world.try_sync(&ada).unwrap();
    world.sync(&ben);

    assert_eq!((report.uploaded, ada.book.status().unwrap().uploads), (1, 0));
    assert_eq!(ben.book.attachments("note", note).unwrap()[0].held, 0, "it comes when somebody looks at it");
    assert_eq!(ben.book.attachment_bytes("note", note, attachment).unwrap_err().code(), "attachment.not_held");
    assert_eq!(fetch(&world, &ben, note, attachment).unwrap(), 3_000_000);
    assert_eq!(fetch(&world, &ben, note, attachment).unwrap(), 0);
    assert!(ben.book.attachment_bytes("note", note, attachment).unwrap() == file);
    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
}

#[test]
fn a_file_that_is_still_on_its_way_is_said_to_be() {
    let world = World::new();
    let wire = Wire::to(&world.url);
    let (ada, ben) = (wire.phone(&world, "Ada"), world.phone("Ben"));
    world.sync(&ada);
    let note = ada.create("note", json!({ "title": "The fair" }));
    let attachment = attach(&ada, note, &content(2_000_000));
    wire.up.allow(MB);

    assert!(matches!(world.try_sync(&ada), Err(Error::Offline { .. })));
    world.sync(&ben);

    assert_eq!(ada.book.status().unwrap().pending, 0, "a large file holds up no record");
    assert_eq!(fetch(&world, &ben, note, attachment).unwrap_err().code(), "attachment.not_sent");
    wire.up.allow(u64::MAX);
    world.sync(&ada);
    assert_eq!(fetch(&world, &ben, note, attachment).unwrap(), 2_000_000);
}

#[test]
fn an_upload_that_is_cut_goes_on_where_it_was() {
    let world = World::new();
    let wire = Wire::to(&world.url);
    let ada = wire.phone(&world, "Ada");
    let note = ada.create("note", json!({ "title": "The fair" }));
    world.sync(&ada);
    let file = content(5_000_000);
    let attachment = attach(&ada, note, &file);
    let mut carried = 0;

    for most in [700_000, 1_100_000, 900_000] {
        wire.up.allow(most);
        assert!(matches!(world.try_sync(&ada), Err(Error::Offline { .. })));
        carried += wire.up.carried();
        assert_eq!(ada.book.status().unwrap().uploads, 1);
    }
    wire.up.allow(u64::MAX);
    world.sync(&ada);
    carried += wire.up.carried();

    assert_eq!(ada.book.status().unwrap().uploads, 0);
    // What was under way in the three cuts, and the requests around the bytes.
    assert!((5_000_000..5_000_000 + 500_000).contains(&carried), "{carried} bytes for 5,000,000");
    let ben = world.phone("Ben");
    fetch(&world, &ben, note, attachment).unwrap();
    assert!(ben.book.attachment_bytes("note", note, attachment).unwrap() == file);
}

#[test]
fn a_download_that_is_cut_goes_on_where_it_was() {
    let world = World::new();
    let wire = Wire::to(&world.url);
    let (ada, ben) = (world.phone("Ada"), wire.phone(&world, "Ben"));
    let note = ada.create("note", json!({ "title": "The fair" }));
    let file = content(5_000_000);
    let attachment = attach(&ada, note, &file);
    world.sync(&ada);
    world.sync(&ben);
    let held = || ben.book.attachments("note", note).unwrap()[0].held;
    let (mut carried, mut before) = (0, 0);

    for most in [1_000_000, 1_500_000] {
        wire.down.allow(most);
        assert!(matches!(fetch(&world, &ben, note, attachment), Err(Error::Offline { .. })));
        carried += wire.down.carried();
        assert!(held() > before, "what came is kept");
        before = held();
    }
    wire.down.allow(u64::MAX);
    let came = fetch(&world, &ben, note, attachment).unwrap();
    carried += wire.down.carried();

    assert_eq!(before + came, 5_000_000);
    assert!((5_000_000..5_000_000 + 500_000).contains(&carried), "{carried} bytes for 5,000,000");
    assert!(ben.book.attachment_bytes("note", note, attachment).unwrap() == file);
}

/// The folder of the organisation's files on the server's disk.
fn shelf(world: &World) -> PathBuf {
    world.dir.path().join("server/orgs").join(format!("{}.blobs", world.org))
}

fn name(phone: &Phone, note: RecordId) -> String {
    phone.book.attachments("note", note).unwrap()[0].attachment.blob.clone().unwrap()
}

#[test]
fn a_file_spoiled_on_its_way_up_is_not_taken_and_is_sent_again() {
    let world = World::new();
    let ada = world.phone("Ada");
    let note = ada.create("note", json!({ "title": "The fair" }));
    let (file, other) = (content(600_000), content(40_000));
    let attachment = attach(&ada, note, &file);
    attach(&ada, note, &other);
    let incoming = shelf(&world).join("incoming");
    fs::create_dir_all(&incoming).unwrap();
    fs::write(incoming.join(name(&ada, note)), "not what the file starts with").unwrap();

    let report = world.try_sync(&ada).unwrap();

    let status = ada.book.status().unwrap();
    assert_eq!((report.uploaded, status.uploads, status.uploads_refused), (1, 1, 1), "the other file went through");
    world.sync(&ada);
    assert_eq!((ada.book.status().unwrap().uploads, ada.book.status().unwrap().uploads_refused), (0, 0));
    let ben = world.phone("Ben");
    fetch(&world, &ben, note, attachment).unwrap();
    assert!(ben.book.attachment_bytes("note", note, attachment).unwrap() == file);
}

#[test]
fn a_file_spoiled_on_its_way_down_is_thrown_away() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let note = ada.create("note", json!({ "title": "The fair" }));
    let file = content(600_000);
    let attachment = attach(&ada, note, &file);
    world.level(&[&ada, &ben]);
    let name = name(&ada, note);
    let path = shelf(&world).join(&name[..2]).join(&name);
    assert!(fs::read(&path).unwrap() == file);
    fs::write(&path, vec![0; file.len()]).unwrap();

    assert_eq!(fetch(&world, &ben, note, attachment).unwrap_err().code(), "blob.mismatch");
    assert_eq!(ben.book.attachments("note", note).unwrap()[0].held, 0);
    fs::write(&path, &file).unwrap();
    assert_eq!(fetch(&world, &ben, note, attachment).unwrap(), 600_000);
    assert!(ben.book.attachment_bytes("note", note, attachment).unwrap() == file);
}

#[test]
fn one_content_travels_once_whoever_attaches_it() {
    let world = World::new();
    let wire = Wire::to(&world.url);
    let (ada, ben) = (world.phone("Ada"), wire.phone(&world, "Ben"));
    let file = content(2_000_000);
    let (one, other) = (ada.create("note", json!({ "title": "One" })), ben.create("note", json!({ "title": "Other" })));
    attach(&ada, one, &file);
    attach(&ada, one, &file);
    let sent = world.try_sync(&ada).unwrap();

    attach(&ben, other, &file);
    wire.up.allow(u64::MAX);
    world.sync(&ben);

    assert!((2_000_000..2_100_000).contains(&sent.bytes_up), "{}", sent.bytes_up);
    assert!(wire.up.carried() < 100_000, "{} bytes for a file the server had", wire.up.carried());
    assert_eq!(ben.book.status().unwrap().uploads, 0);
}

#[test]
fn a_watching_phone_sends_files_as_they_are_attached() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let note = ada.create("note", json!({ "title": "The fair" }));
    world.sync(&ada);
    let mut changes = ada.book.changes();
    let (book, waiting) = (ada.book.clone(), ada.book.clone());

    let attachment = world.wait(async {
        let sent = async {
            let attachment = tokio::task::spawn_blocking(move || {
                waiting.attach("note", note, NewAttachment::new("plan.bin", Content::Bytes(content(1_000_000)))).unwrap()
            });
            let attachment = attachment.await.unwrap();
            while ada.book.status().unwrap().uploads > 0 {
                changes.changed().await.unwrap();
            }
            attachment
        };
        tokio::select! {
            ended = book.watch(|_| {}) => unreachable!("the watch ended: {ended:?}"),
            attachment = sent => attachment,
        }
    });

    world.sync(&ben);
    assert_eq!(fetch(&world, &ben, note, attachment).unwrap(), 1_000_000);
}

#[test]
fn a_file_of_another_organisation_is_not_there() {
    let world = World::new();
    let ada = world.phone("Ada");
    let file = content(400_000);
    let note = ada.create("note", json!({ "title": "The fair" }));
    attach(&ada, note, &file);
    world.sync(&ada);
    let rival = world.app.create_org("Rival").unwrap();
    let rita = NewUser { name: "Rita".into(), email: None, role: Role::Rep, team: None, territory: None, manager: None };
    let rita = world.app.add_user(rival, &rita).unwrap();
    let theirs = world.phone_at("Ada", &world.dir.path().join("rita.db"), 99);
    let book = theirs.book;
    book.login(&world.url, &world.app.token(rival, rita, 30).unwrap()).unwrap();
    world.wait(book.sync()).unwrap();

    // She knows the hash, and makes a record that names it.
    let named = ada.sees("note", note)["attachments"].clone();
    let id = book.create("note", fieldbook_tests::world::object(json!({ "title": "Theirs", "attachments": named }))).unwrap();
    world.wait(book.sync()).unwrap();
    let attachment = book.attachments("note", id).unwrap()[0].attachment.id;
    let fetched = world.wait(book.fetch("note", id, attachment));

    assert_eq!(fetched.unwrap_err().code(), "attachment.not_sent");
}

#[test]
fn literature_is_kept_by_administrators_and_read_by_everybody() {
    let world = World::new();
    let (omar, ada) = (world.phone("Omar"), world.phone("Ada"));
    let product = omar.create("product", json!({ "name": "Crane" }));
    let fields = json!({ "title": "Cranes 2026", "literature_type": "product_sheet", "is_customer_viewable": true,
        "products": [{ "id": product.derived("sheet").to_string(), "product": product.to_string() }] });
    let sheet = omar.create("sales_literature", fields);
    let pdf = NewAttachment::new("cranes.pdf", Content::Bytes(content(90_000)));
    let attachment = omar.book.attach("sales_literature", sheet, pdf.clone()).unwrap();
    world.at_office(&omar, "sales_literature", sheet, "deactivate").unwrap();
    omar.book.attach("sales_literature", sheet, pdf).unwrap();
    world.level(&[&omar, &ada]);

    assert_eq!(ada.sees("sales_literature", sheet)["attachments"].as_array().unwrap().len(), 2, "attachments stay open");
    let refused = ada.book.attach("sales_literature", sheet, NewAttachment::new("x", Content::Bytes(vec![1]))).unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused:?}");
    assert_eq!(world.wait(ada.book.fetch("sales_literature", sheet, attachment)).unwrap(), 90_000);
    world.assert_agreement(&[&omar, &ada]);
    ada.book.wipe(Unsent::Keep).unwrap();
}
