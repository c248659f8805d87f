//! A believable organisation out of one number: the same seed gives the same records.

#![expect(clippy::indexing_slicing, reason = "what is drawn from is never empty")]

use fieldbook_device::{Book, Error};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::price_list::PriceListItem;
use serde_json::{Map, Value, json};
use uuid::Uuid;

mod words;

use words::{CITIES, COMPANY_ENDS, COMPANY_STARTS, COMPETITORS, FIRST_NAMES, INDUSTRIES, LAST_NAMES, PRODUCTS, PROJECTS, TASKS};

/// One record to create, and what is done to it in the same bundle.
#[derive(Clone, Debug)]
pub struct Planted {
    /// The record's type.
    pub kind: &'static str,
    /// Its id.
    pub id: RecordId,
    /// Its fields.
    pub fields: Map<String, Value>,
    /// An action performed right after creating it.
    pub action: Option<(&'static str, Map<String, Value>)>,
}

/// The people who own the records.
#[derive(Clone, Copy, Debug)]
pub struct Owners<'a> {
    /// The reps, in order.
    pub reps: &'a [RecordId],
}

/// A small, fast generator whose numbers are the same everywhere (SplitMix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).unwrap_or(0)
    }

    pub(crate) fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

struct Garden<'a> {
    numbers: Numbers,
    seed: u64,
    owners: Owners<'a>,
    planted: Vec<Planted>,
}

/// Plants the records of an organisation; about 2,300 at size 1.
#[must_use]
pub fn organisation(seed: u64, size: usize, owners: Owners<'_>) -> Vec<Planted> {
    let mut garden = Garden { numbers: Numbers(seed), seed, owners, planted: Vec::new() };
    let catalogue = garden.catalogue();
    let competitors = garden.competitors();
    let accounts = garden.accounts(300 * size);
    let contacts = garden.contacts(600 * size, &accounts);
    garden.leads(250 * size);
    garden.opportunities(500 * size, &accounts, &contacts, &catalogue, &competitors);
    garden.activities(600 * size, &accounts, &contacts);
    garden.planted
}

/// Writes planted records into a book, each as a bundle of its own; `done` hears how many more are in.
///
/// # Errors
/// The device's.
pub fn plant(book: &Book, planted: &[Planted], mut done: impl FnMut(usize)) -> Result<(), Error> {
    for some in planted.chunks(200) {
        let (some, count) = (some.to_vec(), some.len());
        book.batch(move |batch| {
            for planted in some {
                batch.bundle(|bundle| {
                    bundle.create(planted.kind, Some(planted.id), planted.fields)?;
                    if let Some((action, args)) = planted.action {
                        bundle.act(planted.kind, planted.id, action, args)?;
                    }
                    Ok(())
                })?;
            }
            Ok(())
        })?;
        done(count);
    }
    Ok(())
}

struct Catalogue {
    unit: RecordId,
    price_list: RecordId,
    products: Vec<(RecordId, u64)>,
}

impl Garden<'_> {
    fn plant(&mut self, kind: &'static str, fields: Value) -> RecordId {
        self.plant_as(kind, self.id(kind), fields)
    }

    fn plant_as(&mut self, kind: &'static str, id: RecordId, fields: Value) -> RecordId {
        let fields = fields.as_object().cloned().unwrap_or_default();
        self.planted.push(Planted { kind, id, fields, action: None });
        id
    }

    fn id(&self, kind: &str) -> RecordId {
        let name = format!("{kind}/{}", self.planted.len());
        RecordId(Uuid::new_v5(&Uuid::from_u64_pair(self.seed, 1), name.as_bytes()))
    }

    fn owner(&mut self) -> String {
        let owner = self.owners.reps[self.numbers.below(self.owners.reps.len())];
        RecordRef::new("user", owner).to_string()
    }

    fn catalogue(&mut self) -> Catalogue {
        let unit = self.plant("unit", json!({ "name": "Piece" }));
        let mut products = Vec::new();
        for (number, (name, family, price)) in PRODUCTS.iter().enumerate() {
            let fields = json!({
                "name": name, "family": family, "product_number": format!("P-{:03}", number + 1), "default_unit": unit.to_string(),
                "list_price": price.to_string(), "quantity_decimals": 0
            });
            products.push((self.plant("product", fields), *price));
        }
        let price_list = self.plant("price_list", json!({ "name": "Standard", "currency": "EUR" }));
        for (product, price) in &products {
            let item = json!({
                "price_list": price_list.to_string(), "product": product.to_string(), "unit": unit.to_string(), "amount": price.to_string()
            });
            self.plant_as("price_list_item", PriceListItem::id_of(price_list, *product, unit), item);
        }
        Catalogue { unit, price_list, products }
    }

    fn competitors(&mut self) -> Vec<RecordId> {
        COMPETITORS
            .iter()
            .map(|(name, strength)| self.plant("competitor", json!({ "name": name, "strengths": strength })))
            .collect()
    }

    fn accounts(&mut self, count: usize) -> Vec<RecordId> {
        let mut accounts: Vec<RecordId> = Vec::new();
        for _ in 0..count {
            let name = format!("{} {}", self.numbers.pick(COMPANY_STARTS), self.numbers.pick(COMPANY_ENDS));
            let (city, country) = CITIES[self.numbers.below(CITIES.len())];
            let mut fields = json!({
                "name": name, "city": city, "country": country, "industry": self.numbers.pick(INDUSTRIES), "owner": self.owner(),
                "employees": 5 + self.numbers.below(4_000), "phone": format!("+47 {:08}", self.numbers.below(100_000_000))
            });
            if accounts.len() > 20 && self.numbers.one_in(8) {
                let parent = accounts[self.numbers.below(20)];
                fields["parent_account"] = Value::from(parent.to_string());
            }
            accounts.push(self.plant("account", fields));
        }
        accounts
    }

    fn contacts(&mut self, count: usize, accounts: &[RecordId]) -> Vec<(RecordId, RecordId)> {
        let mut contacts = Vec::new();
        for number in 0..count {
            let (first, last) = (self.numbers.pick(FIRST_NAMES), self.numbers.pick(LAST_NAMES));
            let account = accounts[self.numbers.below(accounts.len())];
            let fields = json!({
                "first_name": first, "last_name": last, "account": account.to_string(), "owner": self.owner(),
                "email": format!("{}.{}{number}@example.com", first.to_lowercase(), last.to_lowercase()).replace('ø', "o").replace('å', "a"),
                "role": self.numbers.pick(&["decision_maker", "influencer", "employee"])
            });
            contacts.push((self.plant("contact", fields), account));
        }
        contacts
    }

    fn leads(&mut self, count: usize) {
        for number in 0..count {
            let company = format!("{} {}", self.numbers.pick(COMPANY_STARTS), self.numbers.pick(COMPANY_ENDS));
            let fields = json!({
                "topic": self.numbers.pick(PROJECTS), "first_name": self.numbers.pick(FIRST_NAMES), "last_name": self.numbers.pick(LAST_NAMES),
                "company_name": company, "owner": self.owner(), "email": format!("lead{number}@example.com"), "currency": "EUR",
                "source": self.numbers.pick(&["trade_show", "web", "referral", "partner"]),
                "rating": self.numbers.pick(&["hot", "warm", "cold"]),
                "est_value": (1_000 + 50 * self.numbers.below(900)).to_string()
            });
            self.plant("lead", fields);
            if self.numbers.one_in(6) {
                self.then("disqualify", json!({}), "reason", &["lost", "cannot_contact", "no_longer_interested"]);
            }
        }
    }

    /// Adds an action to the record planted last; `choose` is drawn from `words`.
    fn then(&mut self, action: &'static str, args: Value, choose: &str, words: &[&str]) {
        let mut args = args.as_object().cloned().unwrap_or_default();
        args.insert(choose.to_owned(), Value::from(self.numbers.pick(words)));
        if let Some(last) = self.planted.last_mut() {
            last.action = Some((action, args));
        }
    }

    fn opportunities(
        &mut self,
        count: usize,
        accounts: &[RecordId],
        contacts: &[(RecordId, RecordId)],
        catalogue: &Catalogue,
        competitors: &[RecordId],
    ) {
        for number in 0..count {
            let (contact, account) = contacts[self.numbers.below(contacts.len())];
            // Some sales are to an account nobody there is known of yet.
            let (contact, account) = match self.numbers.one_in(5) {
                true => (Value::Null, accounts[self.numbers.below(accounts.len())]),
                false => (Value::from(contact.to_string()), account),
            };
            let id = self.id("opportunity");
            let lines = self.lines(id, catalogue);
            let fields = json!({
                "topic": self.numbers.pick(PROJECTS), "customer": format!("account:{account}"), "contact": contact, "owner": self.owner(),
                "pricing": { "currency": "EUR", "price_list": catalogue.price_list.to_string() }, "est_value": { "system_calculated": true },
                "stage": self.numbers.pick(&["qualify", "develop", "propose", "close"]), "external_number": format!("O-{number:05}"),
                "est_close_date": format!("2026-{:02}-{:02}", 1 + self.numbers.below(12), 1 + self.numbers.below(28)), "lines": lines
            });
            self.plant("opportunity", fields);
            let closed = format!("2025-{:02}-{:02}", 1 + self.numbers.below(12), 1 + self.numbers.below(28));
            match self.numbers.below(10) {
                0..=3 => self.then(
                    "win",
                    json!({ "actual_close_date": closed }),
                    "description",
                    &["Signed.", "They took all of it.", "Close, but ours."],
                ),
                4 => {
                    let competitor = competitors[self.numbers.below(competitors.len())].to_string();
                    self.then("lose", json!({ "actual_close_date": closed, "competitor": competitor }), "reason", &["out_sold"]);
                }
                5 => self.then("lose", json!({ "actual_close_date": closed }), "reason", &["canceled"]),
                _ => {}
            }
        }
    }

    fn lines(&mut self, opportunity: RecordId, catalogue: &Catalogue) -> Vec<Value> {
        let line = |garden: &mut Self, number: usize| {
            let (product, price) = catalogue.products[garden.numbers.below(catalogue.products.len())];
            json!({
                "id": opportunity.derived(&format!("line/{number}")).to_string(), "product": product.to_string(), "sort_key": number,
                "quantity": { "value": (1 + garden.numbers.below(40)).to_string(), "unit": catalogue.unit.to_string() },
                "price_per_unit": price.to_string()
            })
        };
        let count = 1 + self.numbers.below(4);
        (1..=count).map(|number| line(self, number)).collect()
    }

    fn activities(&mut self, count: usize, accounts: &[RecordId], contacts: &[(RecordId, RecordId)]) {
        for number in 0..count {
            let (contact, _) = contacts[self.numbers.below(contacts.len())];
            let account = accounts[self.numbers.below(accounts.len())];
            let regarding = if self.numbers.one_in(2) { format!("contact:{contact}") } else { format!("account:{account}") };
            if number % 4 == 0 {
                let text = format!("{} Spoke about {}.", self.numbers.pick(TASKS), self.numbers.pick(PROJECTS).to_lowercase());
                self.plant("note", json!({ "title": "Visit", "regarding": regarding, "text": text }));
            } else {
                let due = format!("2026-{:02}-{:02}T09:00:00Z", 1 + self.numbers.below(12), 1 + self.numbers.below(28));
                let task =
                    json!({ "subject": self.numbers.pick(TASKS), "regarding": regarding, "owner": self.owner(), "due": due });
                self.plant("task", task);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(seed: u64) -> Vec<Planted> {
        let reps = [RecordId(Uuid::from_u128(1)), RecordId(Uuid::from_u128(2))];
        organisation(seed, 1, Owners { reps: &reps })
    }

    #[test]
    fn the_same_seed_gives_the_same_records_and_another_seed_others() {
        let (one, same, other) = (planted(7), planted(7), planted(8));

        assert!(one.len() >= 2_000, "{}", one.len());
        assert!(one.iter().zip(&same).all(|(a, b)| a.id == b.id && a.fields == b.fields));
        assert!(one.iter().zip(&other).any(|(a, b)| a.fields != b.fields));
    }
}
