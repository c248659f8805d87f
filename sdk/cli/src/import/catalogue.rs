//! `products.csv`: the unit, the products and the price list they are sold by.

use super::held::Held;
use super::names::Names;
use super::plan::{Planned, fields, id_value};
use super::report::{Place, Report};
use super::source::Row;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::money;
use fieldbook_domain::record::price_list::PriceListItem;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const FILE: &str = "products.csv";
pub(super) const COLUMNS: &[&str] = &["product", "series", "sales_price"];
/// The currency of every amount in the files.
pub(super) const CURRENCY: &str = "USD";

const UNIT: &str = "Piece";
const PRICE_LIST: &str = "Standard 2017";
const HEADING: Place = Place { file: FILE, line: 1 };

/// What opportunities are made of.
#[derive(Debug)]
pub(super) struct Catalogue {
    /// The unit everything is sold in.
    pub(super) unit: Option<RecordId>,
    /// The price list.
    pub(super) price_list: Option<RecordId>,
    /// The products by name, with their price.
    pub(super) products: Names<(RecordId, Decimal)>,
}

/// Plans the catalogue.
pub(super) fn plan(rows: &[Row], held: &Held, planned: &mut Vec<Planned>, report: &mut Report) -> Catalogue {
    let (unit, price_list) = (held.settle("unit", UNIT), held.settle("price_list", PRICE_LIST));
    for (kind, name, id) in [("unit", UNIT, unit), ("price list", PRICE_LIST, price_list)] {
        if id.is_none() {
            let message = format!("only an administrator's import creates the {kind} \"{name}\"; opportunities go without");
            report.warn_of_file(FILE, message, 1);
        }
    }
    if let Some(unit) = unit {
        planned.push(Planned::mentioned("unit", unit, fields([("name", Value::from(UNIT))]), HEADING));
    }
    let mut products = Names::default();
    let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
    let mut items = Vec::new();
    for row in rows {
        match product(row, &lines, held) {
            Ok(product) => {
                lines.insert(product.name, row.place.line);
                products.add(product.name, (product.id, product.price));
                items.push((product.id, product.price));
                planned.push(product.planned(row, unit));
            }
            Err(reason) => report.reject(row.place, reason),
        }
    }
    if let Some(list) = price_list {
        let fields = fields([("name", Value::from(PRICE_LIST)), ("currency", Value::from(CURRENCY))]);
        planned.push(Planned::mentioned("price_list", list, fields, HEADING));
    }
    if let (Some(list), Some(unit), true) = (price_list, unit, held.may_make("price_list_item")) {
        planned.extend(items.into_iter().map(|(product, price)| item(list, unit, product, price)));
    }
    Catalogue { unit, price_list, products }
}

struct Product<'r> {
    id: RecordId,
    name: &'r str,
    price: Decimal,
}

fn product<'r>(row: &'r Row, lines: &BTreeMap<&str, u64>, held: &Held) -> Result<Product<'r>, String> {
    let name = row.needed("product")?;
    if let Some(line) = lines.get(name) {
        return Err(format!("product \"{name}\" is in line {line} already"));
    }
    let price = row.amount("sales_price")?.ok_or("sales_price is empty")?;
    let id = held.settle("product", name);
    let id = id.ok_or_else(|| format!("the product {name} is not here, and only an administrator's import creates products"))?;
    Ok(Product { id, name, price })
}

impl Product<'_> {
    fn planned(&self, row: &Row, unit: Option<RecordId>) -> Planned {
        let product = fields([
            ("name", Value::from(self.name)),
            ("family", Value::from(row.text("series"))),
            ("default_unit", unit.map_or(Value::Null, id_value)),
            ("quantity_decimals", Value::from(0)),
            ("list_price", Value::from(money::spell(self.price))),
        ]);
        Planned::of_row("product", self.id, product, row.place)
    }
}

/// The price of a product, where the importer may set one.
fn item(list: RecordId, unit: RecordId, product: RecordId, price: Decimal) -> Planned {
    let fields = fields([
        ("price_list", id_value(list)),
        ("product", id_value(product)),
        ("unit", id_value(unit)),
        ("amount", Value::from(money::spell(price))),
    ]);
    Planned::mentioned("price_list_item", PriceListItem::id_of(list, product, unit), fields, HEADING)
}
