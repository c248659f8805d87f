//! Who may do what, and who looks after what: roles, INV-12 to INV-17, INV-83.

use fieldbook_device::Error;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Decision;
use fieldbook_tests::world::{Phone, World};
use serde_json::{Value, json};

mod deciding;
mod discounts;
mod leavers;
mod owners;
mod prices;
mod roles;

/// Ada and Ben sell, Maya leads them, Omar administers; each has a phone.
struct Staff {
    world: World,
    ada: Phone,
    ben: Phone,
    maya: Phone,
    omar: Phone,
}

impl Staff {
    fn new() -> Staff {
        let world = World::new();
        let [ada, ben, maya, omar] = ["Ada", "Ben", "Maya", "Omar"].map(|name| world.phone(name));
        Staff { world, ada, ben, maya, omar }
    }

    /// A draft of eight hoses at 98.80, which all of them hold.
    fn draft(&self) -> RecordId {
        let quote = self.world.shop(&self.ada).quote(&self.ada);
        self.level();
        quote
    }

    fn phones(&self) -> [&Phone; 4] {
        [&self.ada, &self.ben, &self.maya, &self.omar]
    }

    fn level(&self) {
        self.world.level(&self.phones());
    }

    fn agree(&self) {
        self.level();
        self.world.assert_agreement(&self.phones());
    }

    /// What Ada and Ben did arrives in this order, and everybody hears of it.
    fn arrive(&self, ada_first: bool) {
        let order = if ada_first { [&self.ada, &self.ben] } else { [&self.ben, &self.ada] };
        order.into_iter().for_each(|phone| self.world.sync(phone));
        self.agree();
    }

    /// Maya's role is cut while she is offline; her phone still believes that she is a manager.
    fn cut_maya(&self) {
        self.omar.set("user", self.maya.user, json!({ "role": "rep" }));
        self.world.sync(&self.omar);
    }

    /// Ada leaves; her phone does not know it yet.
    fn ada_leaves(&self) {
        self.world.at_office(&self.omar, "user", self.ada.user, "deactivate").unwrap();
    }

    /// The phone of Ada, who has left, delivers what it holds; those who stay agree about it.
    fn ada_delivers(&self) {
        assert!(has_left(self.world.try_sync(&self.ada)));
        self.colleagues_agree();
    }

    fn colleagues_agree(&self) {
        let colleagues = [&self.ben, &self.maya, &self.omar];
        self.world.level(&colleagues);
        self.world.assert_agreement(&colleagues);
    }
}

/// The decisions of a rule, whoever is told.
fn decided(world: &World, rule: &str) -> Vec<Decision> {
    world.decisions().into_iter().filter(|decision| decision.rule == rule).collect()
}

fn has_left<T: std::fmt::Debug>(synced: Result<T, Error>) -> bool {
    matches!(synced, Err(Error::Server { code, .. }) if code == "user.left")
}

/// The state of an offer and what it comes to.
fn total(phone: &Phone, quote: RecordId) -> (Value, Value) {
    (phone.field("quote", quote, "state"), phone.field("quote", quote, "total_amount"))
}
