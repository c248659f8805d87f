//! A server put back from an old backup: what a phone was given in the part that was lost, and its user does not read, leaves it.

use super::{House, account, customer};
use fieldbook_tests::world::{Phone, refer};
use rusqlite::Connection;
use serde_json::json;

impl House {
    /// The server's database as it is now.
    fn back_up(&self) -> Vec<u8> {
        self.world.app.close();
        std::fs::read(self.database()).unwrap()
    }

    /// The server as it was then, under a name of its own; who works here signs in again.
    fn restore(&mut self, backup: &[u8]) {
        self.world.app.close();
        std::fs::write(self.database(), backup).unwrap();
        let store = Connection::open(self.database()).unwrap();
        assert_eq!(store.execute("UPDATE meta SET epoch = randomblob(16)", []).unwrap(), 1);
        drop(store);
        self.go_on();
    }

    fn go_on(&mut self) {
        self.world.restart();
        self.phones().into_iter().for_each(|phone| self.sign_in(phone));
    }

    fn sign_in(&self, phone: &Phone) {
        let token = self.world.app.token(self.world.org, phone.user, 30).unwrap();
        phone.book.login(&self.world.url, &token).unwrap();
    }

    fn database(&self) -> std::path::PathBuf {
        self.world.dir.path().join("server").join("orgs").join(format!("{}.db", self.world.org))
    }
}

#[test]
fn inv_17_what_was_given_in_the_lost_part_leaves_and_what_is_nowhere_else_stays() {
    let mut house = House::of("own", "organisation");
    let (globex, initech) = (customer(&house.ada, "Globex"), customer(&house.ben, "Initech"));
    house.level();
    let backup = house.back_up();
    house.go_on();
    house.maya.act("account", initech.account, "assign", json!({ "owner": refer("user", house.ada.user) }));
    house.level();
    let (hooli, second) = (account(&house.ada, "Hooli"), house.world.phone("Ada"));
    house.world.sync(&house.ada);
    house.world.sync(&second);
    let held = |phone: &Phone| [initech.held_by(phone), globex.held_by(phone), usize::from(phone.holds("account", hooli))];
    assert_eq!([held(&house.ada), held(&second)], [[6, 6, 1]; 2]);
    house.ada.set("note", initech.note, json!({ "title": "They want red ones" }));

    house.restore(&backup);
    house.sign_in(&second);
    for phone in [&house.ada, &second, &house.ben] {
        house.world.sync(phone);
        house.world.sync(phone);
    }

    assert_eq!(house.ben.field("note", initech.note, "title"), "They want red ones", "it was delivered first");
    assert_eq!([held(&house.ada), held(&second)], [[0, 6, 1]; 2], "what the office does not know is nowhere else");
    assert_eq!(house.ada.book.status().unwrap().pending, 0);
    assert_eq!(held(&house.ben)[0], 6, "what had left him is his again, also what he wrote himself");
    assert_eq!(held(&house.world.phone("Ada")), [0, 6, 0]);
    assert_eq!(house.world.app.check(house.world.org).unwrap().broken, []);
}
