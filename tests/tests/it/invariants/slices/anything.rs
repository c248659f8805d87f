//! Whatever happens in an organisation, in whatever order: phones hold what their users read (INV-17).

use super::{Customer, House, customer, grants};
use fieldbook_domain::access::Level;
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{FIVE, World, refer};
use serde_json::{Value, json};

/// Dice that fall alike in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// What somebody does in an organisation nobody thought out. What is refused is refused for a reason: what counts is what the phones
/// hold in the end.
fn something_happens(house: &House, dice: &mut Dice, sold: &mut Vec<Customer>) {
    let sellers = [&house.ada, &house.ben, &house.maya];
    if sold.is_empty() || dice.below(8) == 0 {
        sold.push(customer(dice.pick(&sellers), "Globex"));
    }
    let (of, there) = (&sold[dice.below(sold.len())], &sold[dice.below(sold.len())]);
    let user = house.world.user(dice.pick(&["Ada", "Ben", "Maya", "Fay"]));
    let owner = dice.pick(&[refer("user", house.ada.user), refer("user", house.ben.user), refer("team", house.team)]);
    let territory = dice.pick(&[Some(house.territory), None]);
    let (omar, maya, seller) = (&house.omar, &house.maya, dice.pick(&sellers));
    match dice.below(17) {
        0 => drop(maya.try_act("account", of.account, "assign", json!({ "owner": owner }))),
        1 => drop(omar.try_set("opportunity", of.opportunity, json!({ "owner": owner }))),
        2 => omar.set("user", user, json!({ "business_unit": dice.pick(&[house.north, house.south]) })),
        3 => omar.set("user", user, json!({ "territory": territory })),
        4 => drop(omar.try_set("account", of.account, json!({ "territory": territory }))),
        5 => {
            let levels = [dice.pick(Level::NAMES), dice.pick(Level::NAMES)];
            omar.set("security_role", house.role, json!({ "read": levels[0], "write": levels[1] }));
        }
        6 => {
            let members: Value = ["Ada", "Ben"].iter().filter(|_| dice.coin()).map(|name| house.member(name)).collect();
            omar.set("team", house.team, json!({ "members": members }));
        }
        7 => {
            let roles: &[RecordId] = if dice.coin() { &[house.role] } else { &[] };
            omar.set("user", user, json!({ "security_roles": grants(user, roles) }));
        }
        8 => drop(omar.try_set("contact", of.contact, json!({ "account": there.account }))),
        9 => drop(maya.try_set("opportunity", of.opportunity, json!({ "customer": refer("account", there.account) }))),
        10 => drop(seller.try_set("contact", of.contact, json!({ "job_title": "Buyer" }))),
        11 => drop(seller.try_set("task", of.task, json!({ "subject": "Call again" }))),
        12 => {
            // What somebody does who has not heard that their level was cut waits for whoever leads them.
            for level in ["organisation", "own"] {
                house.world.sync(seller);
                omar.set("security_role", house.role, json!({ "read": level, "write": level }));
                house.world.sync(omar);
            }
            let amount = dice.below(1_000).to_string();
            drop(seller.try_set("opportunity", of.opportunity, json!({ "est_value": { "amount": amount } })));
            house.world.sync(seller);
        }
        13 => {
            house.world.sync(maya);
            if let Some(item) = maya.book.review().unwrap().first() {
                let answer = json!({ "item": item.id, "choice": dice.pick(&item.choices).name });
                maya.act(&item.record.kind, item.record.id, "decide", answer);
            }
        }
        14 => drop(omar.try_set("user", seller.user, json!({ "manager": dice.pick(&[omar.user, maya.user]) }))),
        _ => house.world.sync(dice.pick(&house.phones())),
    }
}

#[test]
fn inv_17_phones_hold_what_their_users_read_whatever_happens_in_which_order() {
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let house = House::in_world(World::in_memory(&FIVE), "own", "own");
        let fay = house.world.phone("Fay");
        let mut sold = Vec::new();
        if dice.coin() {
            house.omar.set("user", house.maya.user, json!({ "security_roles": grants(house.maya.user, &[house.role]) }));
        }
        for _ in 0..40 {
            something_happens(&house, &mut dice, &mut sold);
            house.world.pass(60_000, &house.phones());
        }
        house.level();
        house.world.level(&[&fay]);
        house.agree();
        house.world.assert_agreement(&[&fay, &house.world.phone("Ada"), &house.world.phone("Ben")]);
    }
}
