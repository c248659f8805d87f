//! A shop: what is sold in which currency, to whom, and the offers, orders and invoices made of it.

use super::{Phone, World, object, refer};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::price_list::PriceListItem;
use serde_json::{Map, Value, json};

/// Two products in a list of euros and one of pounds, a customer, and a sale to them.
pub struct Shop {
    /// In every list.
    pub hose: RecordId,
    /// Not in the second list of euros.
    pub clamp: RecordId,
    /// What both are sold by.
    pub unit: RecordId,
    /// The customer's list.
    pub euros: RecordId,
    /// Another list of the same currency.
    pub more_euros: RecordId,
    /// A list of another currency.
    pub pounds: RecordId,
    /// The customer.
    pub customer: RecordId,
    /// The sale.
    pub sale: RecordId,
}

/// One product on one price list, and a customer who buys from it.
pub struct Stock {
    /// Who keeps the catalogue.
    pub omar: Phone,
    /// The list.
    pub list: RecordId,
    /// The product.
    pub product: RecordId,
    /// What it is sold by.
    pub unit: RecordId,
    /// The customer.
    pub customer: RecordId,
}

/// An order of one line.
pub struct Sold {
    /// What it is an order of.
    pub stock: Stock,
    /// The order.
    pub order: RecordId,
    /// Its line.
    pub line: RecordId,
}

impl World {
    /// Omar opens a shop; Ada has a sale in it.
    #[must_use]
    pub fn shop(&self, ada: &Phone) -> Shop {
        let omar = self.phone("Omar");
        let unit = omar.create("unit", json!({ "name": "Piece" }));
        let [hose, clamp] = ["Hose", "Clamp"].map(|name| omar.product(name, unit));
        let list = |name: &str, currency: &str| omar.create("price_list", json!({ "name": name, "currency": currency }));
        let (euros, more_euros, pounds) = (list("2026", "EUR"), list("2026 south", "EUR"), list("Britain", "GBP"));
        for (list, product, amount) in
            [(euros, hose, "12.35"), (euros, clamp, "2"), (more_euros, hose, "11"), (pounds, hose, "10"), (pounds, clamp, "1.5")]
        {
            omar.prices(list, product, unit, amount);
        }
        let customer = omar.create("account", json!({ "name": "Globex", "default_price_list": euros }));
        self.level(&[&omar, ada]);
        let pricing = json!({ "currency": "EUR", "price_list": euros });
        let fields = json!({ "topic": "Hoses", "customer": refer("account", customer), "pricing": pricing });
        let sale = ada.create("opportunity", fields);
        Shop { hose, clamp, unit, euros, more_euros, pounds, customer, sale }
    }

    /// Omar puts a product on sale at this price; Ada knows of it.
    #[must_use]
    pub fn stock(&self, ada: &Phone, price: &str) -> Stock {
        let omar = self.phone("Omar");
        let unit = omar.create("unit", json!({ "name": "Piece" }));
        let list = omar.create("price_list", json!({ "name": "2026", "currency": "EUR" }));
        let product = omar.product("Pump", unit);
        omar.prices(list, product, unit, price);
        let customer = omar.create("account", json!({ "name": "Globex", "default_price_list": list }));
        self.level(&[&omar, ada]);
        Stock { omar, list, product, unit, customer }
    }

    /// Ada's order of so many, at this price each.
    #[must_use]
    pub fn sold(&self, ada: &Phone, quantity: &str, price: &str) -> Sold {
        self.sold_with(ada, quantity, price, json!({}), json!({}))
    }

    /// The same, with what its line and its header say besides.
    #[must_use]
    pub fn sold_with(&self, ada: &Phone, quantity: &str, price: &str, line: Value, header: Value) -> Sold {
        let stock = self.stock(ada, price);
        let (order, line) = stock.of(ada, "order", quantity, line, header);
        Sold { stock, order, line }
    }

    /// Ada's invoice of one pump at 98.80, issued.
    #[must_use]
    pub fn issued(&self, ada: &Phone) -> RecordId {
        let (invoice, _) = self.stock(ada, "98.80").of(ada, "invoice", "1", json!({}), json!({}));
        self.issue(ada, invoice).unwrap_or_else(|error| panic!("issuing an invoice: {error}"));
        invoice
    }

    /// Somebody's draft is sent, and Maya issues it.
    ///
    /// # Errors
    /// The device's error.
    pub fn issue(&self, of: &Phone, invoice: RecordId) -> Result<RecordId, fieldbook_device::Error> {
        self.sync(of);
        self.at_office(&self.phone("Maya"), "invoice", invoice, "issue")
    }
}

impl Shop {
    /// A line of so many of a product, under an id of its own.
    #[must_use]
    pub fn line(&self, product: RecordId, many: &str, seed: &str) -> Value {
        json!({ "id": product.derived(seed), "product": product, "quantity": { "value": many, "unit": self.unit } })
    }

    /// Adds such a line.
    pub fn add(&self, phone: &Phone, target: (&str, RecordId), product: RecordId, many: &str, seed: &str) {
        phone.add_child(target, "lines", self.line(product, many, seed));
    }

    /// A draft of eight hoses of the sale.
    #[must_use]
    pub fn quote(&self, phone: &Phone) -> RecordId {
        let quote = phone.act("opportunity", self.sale, "create_quote", json!({})).derived("quote");
        self.add(phone, ("quote", quote), self.hose, "8", &quote.to_string());
        quote
    }

    /// The same, sent.
    #[must_use]
    pub fn offer(&self, phone: &Phone) -> RecordId {
        let quote = self.quote(phone);
        phone.act("quote", quote, "activate", json!({}));
        quote
    }

    /// Changes how many the first line of a quote is of.
    pub fn quantity(&self, phone: &Phone, quote: RecordId, many: &str) {
        phone.change_line("quote", quote, json!({ "quantity": { "value": many, "unit": self.unit } }));
    }

    /// The price and the list of another currency.
    #[must_use]
    pub fn in_pounds(&self) -> Value {
        json!({ "pricing": { "currency": "GBP", "price_list": self.pounds } })
    }
}

impl Stock {
    /// A line of so many.
    #[must_use]
    pub fn line(&self, id: RecordId, quantity: &str) -> Value {
        json!({ "id": id, "product": self.product, "quantity": { "value": quantity } })
    }

    /// An order or invoice of so many of the product, with what its line and its header say besides; gives it and its line.
    #[must_use]
    pub fn of(&self, phone: &Phone, kind: &str, quantity: &str, line: Value, header: Value) -> (RecordId, RecordId) {
        let id = self.product.derived(&format!("{}/{kind}", phone.user));
        let mut own = object(self.line(id, quantity));
        own.extend(object(line));
        let mut fields = object(json!({ "name": "Pumps", "customer": refer("account", self.customer), "lines": [own] }));
        fields.extend(object(header));
        (phone.create(kind, Value::Object(fields)), id)
    }

    /// The office changes the price.
    pub fn reprice(&self, world: &World, amount: &str) {
        let item = PriceListItem::id_of(self.list, self.product, self.unit);
        self.omar.set("price_list_item", item, json!({ "amount": amount }));
        world.sync(&self.omar);
    }
}

impl Sold {
    /// So many leave the house.
    pub fn ships(&self, phone: &Phone, quantity: &str) {
        phone.act("order", self.order, "ship", json!({ "line": self.line, "quantity": quantity }));
    }

    /// Adds a line of three.
    ///
    /// # Errors
    /// The device's error.
    pub fn adds_a_line(&self, phone: &Phone) -> Result<(), fieldbook_device::Error> {
        let more = self.stock.line(self.order.derived("more"), "3");
        phone.try_add_child(("order", self.order), "lines", more)
    }

    /// Drafts an invoice of so many.
    #[must_use]
    pub fn bills(&self, phone: &Phone, quantity: &str) -> RecordId {
        let invoice = phone.act("order", self.order, "create_invoice", json!({})).derived("invoice");
        let billed = phone.field("invoice", invoice, "lines").pointer("/0/quantity/value").cloned();
        if billed != Some(Value::from(quantity)) {
            phone.change_line("invoice", invoice, json!({ "quantity": { "value": quantity, "unit": self.stock.unit } }));
        }
        invoice
    }
}

impl Phone {
    fn product(&self, name: &str, unit: RecordId) -> RecordId {
        self.create("product", json!({ "name": name, "default_unit": unit, "quantity_decimals": 0 }))
    }

    fn prices(&self, list: RecordId, product: RecordId, unit: RecordId, amount: &str) {
        let item = object(json!({ "price_list": list, "product": product, "unit": unit, "amount": amount }));
        let id = PriceListItem::id_of(list, product, unit);
        let priced = self.book.bundle(move |bundle| bundle.create("price_list_item", Some(id), item));
        priced.unwrap_or_else(|error| panic!("pricing a product: {error}"));
    }

    /// Adds a child to a record.
    pub fn add_child(&self, target: (&str, RecordId), collection: &str, child: Value) {
        self.try_add_child(target, collection, child).unwrap_or_else(|error| panic!("adding to {collection}: {error}"));
    }

    /// Adds a child to a record, or says why not.
    ///
    /// # Errors
    /// The device's error.
    pub fn try_add_child(
        &self,
        (kind, id): (&str, RecordId),
        collection: &str,
        child: Value,
    ) -> Result<(), fieldbook_device::Error> {
        let mut list = self.field(kind, id, collection).as_array().cloned().unwrap_or_default();
        list.push(child);
        self.try_set(kind, id, json!({ collection: list }))
    }

    /// The first line of a record, as the phone shows it.
    #[must_use]
    pub fn first_line(&self, kind: &str, id: RecordId) -> Map<String, Value> {
        let lines = self.field(kind, id, "lines").as_array().cloned().unwrap_or_default();
        lines.into_iter().next().map(object).unwrap_or_else(|| panic!("the {kind} has no line"))
    }

    /// Changes the first line of a record.
    pub fn change_line(&self, kind: &str, id: RecordId, change: Value) {
        let mut lines = self.field(kind, id, "lines").as_array().cloned().unwrap_or_default();
        let first = lines.first_mut().and_then(Value::as_object_mut).unwrap_or_else(|| panic!("the {kind} has no line"));
        first.extend(object(change));
        self.set(kind, id, json!({ "lines": lines }));
    }
}
