//! A record's lines and totals, worked out from what the record itself says: the one answer on every phone and the server.
//!
//! Nothing is looked up here. What the catalogue said when a line was priced stands in the line's `basis`.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::discount::{self, Off};
use super::document::{self, Header, Line, LineAmounts, Terms, Totals};
use super::error::{MISSING_PRICE_LIST, MISSING_PRODUCT, MISSING_UNIT_PRICE, OUT_OF_RANGE, PRICING_ERRORS};
use super::quantity::{self as selling, Selling};
use super::{PRICING_PRECISION, PricingError, currency};
use crate::body::{self, Body, children, id, quantity, text};
use crate::field::decimal;
use crate::ids::RecordId;
use crate::money;

/// The prices of an opportunity, quote, order or invoice, step by step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "PriceSheet"))]
pub struct Sheet {
    /// The lines, in the order they stand on paper.
    pub lines: Vec<SheetLine>,
    /// What they come to; nothing where the header's figures give no total.
    pub totals: Option<Totals>,
    /// How much of the catalogue's price is given away by hand, in percent.
    pub effective_discount: Decimal,
    /// The first thing that keeps it from being priced.
    pub error: Option<PricingError>,
}

/// One line, step by step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "PriceSheetLine"))]
pub struct SheetLine {
    /// The line.
    pub id: RecordId,
    /// How many.
    pub quantity: Option<Decimal>,
    /// What the catalogue asks for one.
    pub catalogue_price: Option<Decimal>,
    /// Whether a person said another price than the catalogue.
    pub overridden: bool,
    /// What one costs before discounts.
    pub unit_price: Option<Decimal>,
    /// What the quantity takes off one.
    pub volume_discount: Decimal,
    /// The amounts, where the line can be priced.
    pub amounts: Option<LineAmounts>,
    /// Whether it counts: a required component is paid for with its bundle.
    pub counted: bool,
    /// Why it cannot be priced.
    pub error: Option<PricingError>,
}

/// Works a record of this type out from its body.
#[must_use]
pub fn of(kind: &str, body: &Body) -> Sheet {
    let code = body::part(body, "pricing", "currency").unwrap_or("");
    let terms = Terms { precision: currency::precision(code), taxed: kind != "opportunity", ..Terms::default() };
    let list = body.get("pricing").and_then(|pricing| pricing.get("price_list"));
    let bodies: Vec<&Body> = children(body, "lines").collect();
    let (lines, bases): (Vec<SheetLine>, Vec<Decimal>) =
        bodies.iter().filter_map(|line| priced(line, &bodies, list, &terms)).unzip();
    let mut error = lines.iter().filter(|line| line.counted).find_map(|line| line.error);
    let amounts: Vec<LineAmounts> = lines.iter().filter(|line| line.counted).filter_map(|line| line.amounts).collect();
    let figure = |name: &str| decimal(body.get(name)).unwrap_or_default();
    let header = Header {
        discount_percentage: figure("discount_percentage"),
        discount_amount: figure("discount_amount"),
        freight: figure("freight_amount"),
    };
    let totals = document::totals(&amounts, &header, &terms);
    error = error.or(totals.err());
    let effective_discount = totals.map(|totals| given_away(&lines, &bases, &totals)).unwrap_or_default();
    Sheet { lines, totals: totals.ok(), effective_discount, error }
}

/// `bases` is what each line would come to at the catalogue's price.
fn given_away(lines: &[SheetLine], bases: &[Decimal], totals: &Totals) -> Decimal {
    let counted =
        || lines.iter().zip(bases).filter_map(|(line, base)| Some((*base, line.amounts.filter(|_| line.counted)?.base)));
    let catalogue = money::sum(counted().map(|(at_catalogue, _)| at_catalogue));
    let overridden = money::sum(counted().map(|(at_catalogue, base)| money::below(at_catalogue, base)));
    money::round(document::effective_discount(totals, overridden, catalogue), money::MONEY_SCALE)
}

/// A line's own figures, before they are worked out.
struct Given<'a> {
    line: &'a Body,
    basis: Option<&'a Body>,
    quantity: Option<Decimal>,
    typed: Option<Decimal>,
    catalogue: bool,
}

/// The line, and what it would come to at the catalogue's price.
fn priced(line: &Body, all: &[&Body], list: Option<&Value>, terms: &Terms) -> Option<(SheetLine, Decimal)> {
    let (id, quantity) = (id(line, "id")?, quantity(line));
    let typed = decimal(line.get("price_per_unit"));
    let given = Given { line, basis: basis_of(line, list), quantity, typed, catalogue: text(line, "product").is_some() };
    let orphan = text(line, "bundle").is_some_and(|bundle| !all.iter().any(|other| text(other, "id") == Some(bundle)));
    let counted = !orphan && text(line, "role") != Some("required");
    let catalogue_price = given.basis.and_then(|basis| decimal(basis.get("unit_price")));
    let mut sheet = SheetLine {
        id,
        quantity,
        catalogue_price,
        overridden: given.catalogue && typed.is_some(),
        unit_price: None,
        volume_discount: Decimal::ZERO,
        amounts: None,
        counted,
        error: None,
    };
    let mut catalogue_base = Decimal::ZERO;
    if counted {
        match work_out(&given, list, terms, &mut sheet) {
            Ok(base) => {
                catalogue_base = base;
                // What left the catalogue keeps the price it had, beside the error that says so (INV-41).
                sheet.error = kept_error(&given);
            }
            Err(error) => sheet.error = Some(error),
        }
    }
    Some((sheet, catalogue_base))
}

fn work_out(given: &Given<'_>, list: Option<&Value>, terms: &Terms, sheet: &mut SheetLine) -> Result<Decimal, PricingError> {
    let unit_price = unit_price(given, list)?;
    sheet.unit_price = Some(unit_price);
    let word = |name: &str| given.basis.and_then(|basis| text(basis, name)).unwrap_or("");
    let decimals = given.basis.and_then(|basis| basis.get("decimals")).and_then(Value::as_u64);
    let decimals = decimals.and_then(|places| u32::try_from(places).ok()).unwrap_or(5);
    let quantity = selling::check(given.quantity, Selling::named(word("selling")), decimals)?;
    sheet.volume_discount = volume(given, unit_price, quantity)?;
    let figure = |name: &str| decimal(given.line.get(name)).unwrap_or_default();
    let line = Line {
        quantity,
        price_per_unit: unit_price,
        volume_discount: sheet.volume_discount,
        manual_discount: figure("manual_discount"),
        tax: figure("tax"),
        base: share(given.line, quantity),
    };
    let amounts = document::line(&line, terms)?;
    let catalogue_base = match sheet.catalogue_price.filter(|_| sheet.overridden) {
        Some(price) => {
            let volume_discount = volume(given, price, quantity)?;
            let (manual_discount, base) = (Decimal::ZERO, None);
            document::line(&Line { price_per_unit: price, volume_discount, manual_discount, base, ..line }, terms)?.base
        }
        None => amounts.base,
    };
    sheet.amounts = Some(amounts);
    Ok(catalogue_base)
}

fn unit_price(given: &Given<'_>, list: Option<&Value>) -> Result<Decimal, PricingError> {
    if !given.catalogue && text(given.line, "description").is_none() {
        return Err(MISSING_PRODUCT);
    }
    if let Some(typed) = given.typed {
        return Ok(typed);
    }
    if !given.catalogue {
        return Err(MISSING_UNIT_PRICE);
    }
    let Some(basis) = given.basis else { return Err(if list.is_none() { MISSING_PRICE_LIST } else { MISSING_UNIT_PRICE }) };
    let kept = decimal(basis.get("unit_price"));
    kept.ok_or_else(|| basis_error(basis).unwrap_or(MISSING_UNIT_PRICE))
}

/// Why the catalogue gave no price, or gives none any more.
fn basis_error(basis: &Body) -> Option<PricingError> {
    let code = basis.get("error").and_then(Value::as_i64)?;
    Some(error(code).unwrap_or(OUT_OF_RANGE))
}

/// The error of a line that is priced as it was once: a price somebody says needs no catalogue.
fn kept_error(given: &Given<'_>) -> Option<PricingError> {
    given.basis.filter(|_| given.typed.is_none()).and_then(basis_error)
}

/// The error of this code.
#[must_use]
pub fn error(code: i64) -> Option<PricingError> {
    PRICING_ERRORS.iter().copied().find(|known| known.code == code)
}

fn volume(given: &Given<'_>, unit_price: Decimal, quantity: Decimal) -> Result<Decimal, PricingError> {
    let Some(basis) = given.basis else { return Ok(Decimal::ZERO) };
    if let Some(settled) = decimal(basis.get("volume_discount")) {
        return Ok(settled.min(unit_price));
    }
    let tiers = discount::parse_tiers(text(basis, "tiers").unwrap_or(""));
    let kind = if text(basis, "discount_kind") == Some("amount") { Off::Amount } else { Off::Percent };
    discount::volume(unit_price, quantity, kind, &tiers, PRICING_PRECISION)
}

/// The basis, if it still is about this product in this unit on this list.
fn basis_of<'a>(line: &'a Body, list: Option<&Value>) -> Option<&'a Body> {
    let basis = line.get("basis")?.as_object()?;
    let unit = line.get("quantity").and_then(|quantity| quantity.get("unit"));
    let fits = basis.get("product") == line.get("product") && basis.get("unit") == unit && basis.get("price_list") == list;
    fits.then_some(basis)
}

/// The part of an order line that an invoice line settles, as long as it is about the same quantity.
fn share(line: &Body, quantity: Decimal) -> Option<Decimal> {
    let share = line.get("share")?;
    decimal(share.get("base")).filter(|_| decimal(share.get("quantity")) == Some(quantity))
}
