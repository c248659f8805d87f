//! A server put back from an old backup: what a phone was given in the part that was lost leaves it; what its user did there is back.

use super::{House, account, customer};
use fieldbook_tests::world::{Phone, refer};
use serde_json::json;

#[test]
fn inv_17_what_was_given_in_the_lost_part_leaves_and_what_was_made_there_is_brought_back() {
    let mut house = House::of("own", "organisation");
    let (globex, initech) = (customer(&house.ada, "Globex"), customer(&house.ben, "Initech"));
    house.level();
    let backup = house.world.back_up();
    house.maya.act("account", initech.account, "assign", json!({ "owner": refer("user", house.ada.user) }));
    house.level();
    let (hooli, second) = (account(&house.ada, "Hooli"), house.world.phone("Ada"));
    house.world.sync(&house.ada);
    house.world.sync(&second);
    let held = |phone: &Phone| [initech.held_by(phone), globex.held_by(phone), usize::from(phone.holds("account", hooli))];
    assert_eq!([held(&house.ada), held(&second)], [[6, 6, 1]; 2]);
    house.ada.set("note", initech.note, json!({ "title": "They want red ones" }));

    house.world.put_back(&backup, &[&house.omar, &house.ada, &house.ben, &house.maya, &second]);
    for phone in [&house.ada, &second, &house.ben] {
        house.world.sync(phone);
        house.world.sync(phone);
    }

    assert_eq!(house.ben.field("note", initech.note, "title"), "They want red ones", "it was delivered first");
    assert_eq!([held(&house.ada), held(&second)], [[0, 6, 1]; 2], "what was given leaves, what she made is back");
    assert_eq!(house.ada.book.status().unwrap().pending, 0);
    assert_eq!(house.ada.book.aside().unwrap(), [], "what is not hers is not set aside either");
    assert_eq!(held(&house.ben)[0], 6, "what had left him is his again, also what he wrote himself");
    assert_eq!(held(&house.world.phone("Ada")), [0, 6, 1], "what she did in the lost part is back");
    assert_eq!(house.world.app.check(house.world.org).unwrap().broken, []);
}
