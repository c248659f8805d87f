//! The price vectors of the domain, V01 to V15, with exact decimals; and what holds for every price there is.

use fieldbook_domain::money;
use fieldbook_domain::pricing::apportion::share;
use fieldbook_domain::pricing::currency::base_amount;
use fieldbook_domain::pricing::discount::{Off, Tier, overlap, volume};
use fieldbook_domain::pricing::document::{Header, Line, LineAmounts, Terms, effective_discount, line, totals};
use fieldbook_domain::pricing::error::{INVALID_ROUNDING_AMOUNT, OUT_OF_RANGE, PRICING_ERRORS};
use fieldbook_domain::pricing::method::{Figures, METHOD_NAMES, METHODS, find};
use fieldbook_domain::pricing::quantity::{self, Selling};
use fieldbook_domain::pricing::rounding::{Policy, Rounding, Shape, apply};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn d(text: &str) -> Decimal {
    money::parse(text).unwrap()
}

fn rounding(policy: Policy, shape: Shape) -> Rounding {
    Rounding { policy, shape }
}

fn ends_in(policy: Policy, amount: &str) -> Rounding {
    rounding(policy, Shape::EndsIn(d(amount)))
}

fn multiple_of(policy: Policy, amount: &str) -> Rounding {
    rounding(policy, Shape::MultipleOf(d(amount)))
}

fn rounded(raw: &str, by: Rounding) -> Decimal {
    apply(d(raw), &by, 2).unwrap()
}

fn price(method: &str, percentage: &str, cost: &str, by: Rounding) -> Decimal {
    let figures = Figures {
        amount: None,
        percentage: Some(d(percentage)),
        list_price: Some(d(cost)),
        current_cost: Some(d(cost)),
        standard_cost: Some(d(cost)),
    };
    find(method).unwrap().unit_price(&figures, &by).unwrap()
}

fn amounts(quantity: &str, price_per_unit: &str, volume_discount: &str, manual: &str, tax: &str) -> LineAmounts {
    let priced = Line {
        quantity: d(quantity),
        price_per_unit: d(price_per_unit),
        volume_discount: d(volume_discount),
        manual_discount: d(manual),
        tax: d(tax),
        base: None,
    };
    line(&priced, &Terms::default()).unwrap()
}

fn tiers() -> [Tier; 2] {
    [Tier { low: d("10"), high: d("49"), off: d("5") }, Tier { low: d("50"), high: d("999"), off: d("12") }]
}

#[test]
fn v01_an_amount_with_tax() {
    let figures = Figures { amount: Some(d("19.99")), ..Figures::default() };
    assert_eq!(find("amount").unwrap().unit_price(&figures, &Rounding::default()), Ok(d("19.99")));

    let line = amounts("3", "19.99", "0", "0", "4.20");

    assert_eq!((line.base, line.extended), (d("59.97"), d("64.17")));
}

#[test]
fn v02_a_percentage_of_the_list_price() {
    let unit = price("percent_of_list", "85", "217.39", Rounding::default());

    assert_eq!(unit, d("184.78"));
    assert_eq!(amounts("7", "184.78", "0", "0", "0").base, d("1293.46"));
}

#[test]
fn v03_prices_that_end_in_nothing() {
    assert_eq!(price("percent_of_list", "100", "217.39", ends_in(Policy::Up, "0.00")), d("218"));
    assert_eq!(price("percent_of_list", "100", "217.39", ends_in(Policy::Down, "0.00")), d("217"));
}

#[test]
fn v04_a_markup_with_every_rounding() {
    let marked_up = |by| price("percent_markup_current", "25", "599.00", by);
    let vectors = [
        (ends_in(Policy::Up, "15"), "815"),
        (ends_in(Policy::Up, "10"), "810"),
        (ends_in(Policy::Up, "99"), "799"),
        (ends_in(Policy::Down, "0.99"), "747.99"),
        (ends_in(Policy::Nearest, "0.99"), "748.99"),
        (multiple_of(Policy::Nearest, "5"), "750"),
        (multiple_of(Policy::Down, "5"), "745"),
    ];
    for (by, expected) in vectors {
        assert_eq!(marked_up(by), d(expected), "{by:?}");
    }
}

#[test]
fn v05_margins_and_a_markup() {
    assert_eq!(price("percent_margin_current", "40", "60.00", Rounding::default()), d("100"));
    assert_eq!(price("percent_margin_standard", "35", "37.50", Rounding::default()), d("57.69"));
    assert_eq!(price("percent_margin_current", "35", "37.50", multiple_of(Policy::Nearest, "0.05")), d("57.70"));
    assert_eq!(price("percent_markup_standard", "35", "37.50", Rounding::default()), d("50.63"));
}

#[test]
fn v06_nearest_and_up_on_small_prices() {
    assert_eq!(rounded("2.88", ends_in(Policy::Nearest, "0.99")), d("2.99"));
    assert_eq!(rounded("3.02", ends_in(Policy::Nearest, "0.99")), d("2.99"));
    assert_eq!(rounded("3.65", multiple_of(Policy::Up, "0.25")), d("3.75"));
    assert_eq!(rounded("2.87", multiple_of(Policy::Up, "0.25")), d("3"));
}

#[test]
fn v07_volume_tiers_are_rounded_per_unit_first() {
    for (quantity, off, base) in [("9", "0", "111.15"), ("24", "0.62", "281.52"), ("50", "1.48", "543.50")] {
        let discount = volume(d("12.35"), d(quantity), Off::Percent, &tiers(), 2).unwrap();
        assert_eq!(discount, d(off), "{quantity}");
        assert_eq!(amounts(quantity, "12.35", off, "0", "0").base, d(base), "{quantity}");
    }
}

#[test]
fn v08_an_amount_tier() {
    let tier = [Tier { low: d("5"), high: d("9"), off: d("10") }];

    assert_eq!(volume(d("100"), d("5"), Off::Amount, &tier, 2), Ok(d("10")));
    assert_eq!(amounts("5", "100", "10", "0", "0").base, d("450"));
}

#[test]
fn v09_a_manual_discount_for_the_line_or_for_each_unit() {
    let priced = Line { quantity: d("11"), price_per_unit: d("100"), manual_discount: d("10"), ..Line::default() };
    let per_unit = Terms { manual_per_unit: true, ..Terms::default() };

    assert_eq!(line(&priced, &Terms::default()).unwrap().net, d("1090"));
    assert_eq!(line(&priced, &per_unit).unwrap().net, d("990"));
}

#[test]
fn v10_a_whole_quote() {
    let lines = [
        amounts("2", "749.00", "0", "50.00", "115.84"),
        amounts("24", "12.35", "0.62", "0", "22.52"),
        amounts("1.5", "57.70", "0", "6.55", "6.40"),
    ];
    let header = Header { discount_percentage: d("5"), discount_amount: d("25.00"), freight: d("35.00") };

    let totals = totals(&lines, &header, &Terms::default()).unwrap();

    assert_eq!(lines.map(|line| line.base), [d("1498"), d("281.52"), d("86.55")]);
    assert_eq!(lines.map(|line| line.extended), [d("1563.84"), d("304.04"), d("86.40")]);
    assert_eq!((totals.detail, totals.line_discount), (d("1809.52"), d("56.55")));
    assert_eq!((totals.header_discount, totals.total_discount), (d("115.48"), d("172.03")));
    assert_eq!((totals.pre_freight, totals.tax, totals.total), (d("1694.04"), d("144.76"), d("1873.80")));
    let effective = effective_discount(&totals, Decimal::ZERO, d("1866.07"));
    assert_eq!(money::round(effective, 2), d("9.22"));
}

#[test]
fn v11_a_bundle_prices_its_optional_components_only() {
    let bundle = amounts("1", "500", "0", "0", "0");
    let optional = [amounts("5", "40", "0", "0", "0"), amounts("5", "50", "0", "0", "0")];
    let total = |lines: &[LineAmounts]| totals(lines, &Header::default(), &Terms::default()).unwrap().total;

    assert_eq!(total(&[&[bundle][..], &optional].concat()), d("950"));
    assert_eq!(total(&[bundle]), d("500"));
}

#[test]
fn v12_amounts_in_the_organisations_currency() {
    assert_eq!(base_amount(d("1000"), d("147.63"), 2), Ok(d("6.77")));
    assert_eq!(base_amount(d("1000"), d("7.25"), 2), Ok(d("137.93")));
    assert_eq!(base_amount(d("1873.80"), d("0.92"), 2), Ok(d("2036.74")));
    assert_eq!(base_amount(d("1000"), d("0"), 2), Err(OUT_OF_RANGE));
}

#[test]
fn v13_a_line_invoiced_in_three_parts() {
    let part = |total: &str, k: i64| share(d(total), Decimal::from(k - 1), Decimal::from(k), d("3"), 2).unwrap();
    let thirds = |total: &str| [1, 2, 3].map(|k| part(total, k));

    assert_eq!(thirds("10.00"), [d("3.33"), d("3.34"), d("3.33")]);
    assert_eq!(thirds("7.99"), [d("2.66"), d("2.67"), d("2.66")]);
    let invoices = [0, 1, 2].map(|k: usize| {
        let (discount, tax) = (part("10.00", k as i64 + 1), part("7.99", k as i64 + 1));
        d("33.33") - discount + tax
    });
    assert_eq!(invoices, [d("32.66"); 3]);
    assert_eq!(money::sum(invoices), d("97.98"));
}

#[test]
fn v14_the_header_shared_by_what_the_lines_come_to() {
    let parts = |total: &str| {
        let at = |from: &str, to: &str| share(d(total), d(from), d(to), d("1000"), 2).unwrap();
        [at("0", "600"), at("600", "1000")]
    };

    assert_eq!(parts("25.00"), [d("15"), d("10")]);
    assert_eq!(parts("12.00"), [d("7.20"), d("4.80")]);
}

#[test]
fn v15_what_cannot_be_priced_says_so_by_its_code() {
    let code = |checked: Result<Decimal, fieldbook_domain::pricing::PricingError>| checked.unwrap_err().code;
    let free = Figures { percentage: Some(d("100")), current_cost: Some(d("60")), ..Figures::default() };

    assert_eq!(code(quantity::check(Some(d("2.5")), Selling::Whole, 5)), 29);
    assert_eq!(code(find("percent_margin_current").unwrap().unit_price(&free, &Rounding::default())), 18);
    assert_eq!(code(quantity::check(None, Selling::NoControl, 5)), 4);
    assert_eq!(code(quantity::check(Some(d("0")), Selling::NoControl, 5)), 29);
    assert_eq!(code(quantity::check(Some(d("-1")), Selling::NoControl, 5)), 29);
    assert_eq!(quantity::check(Some(d("2.50")), Selling::WholeAndFractional, 1), Ok(d("2.5")));
    for (method, missing) in METHODS.iter().zip([12, 14, 15, 15, 16, 16]) {
        assert_eq!(code(method.unit_price(&Figures::default(), &Rounding::default())), missing, "{}", method.name);
    }
}

#[test]
fn a_rounding_that_gives_no_price_is_an_error() {
    assert_eq!(apply(d("0.50"), &ends_in(Policy::Down, "0.99"), 2), Err(INVALID_ROUNDING_AMOUNT));
    assert_eq!(apply(d("0.10"), &ends_in(Policy::Nearest, "0.99"), 2), Ok(d("0.99")), "there is none below");
    assert_eq!(apply(d("5"), &multiple_of(Policy::Up, "0"), 2), Err(INVALID_ROUNDING_AMOUNT));
    assert_eq!(apply(d("5"), &ends_in(Policy::Up, "-1"), 2), Err(INVALID_ROUNDING_AMOUNT));
}

#[test]
fn tiers_that_share_a_quantity_are_found() {
    let tier = |low: &str, high: &str| Tier { low: d(low), high: d(high), off: d("5") };

    assert_eq!(overlap(&tiers()), None);
    assert_eq!(overlap(&[tier("10", "49"), tier("60", "70"), tier("49", "59")]), Some((0, 2)));
    assert_eq!(overlap(&[tier("10", "49"), tier("60", "60")]), Some((1, 1)));
    assert_eq!(overlap(&[tier("0", "9")]), Some((0, 0)));
}

#[test]
fn the_tables_name_every_row_once() {
    let names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    assert_eq!(names, METHOD_NAMES);
    assert!(METHODS.iter().zip(1..).all(|(method, code)| method.code == code));
    assert!(PRICING_ERRORS.windows(2).all(|pair| matches!(pair, [one, other] if one.code < other.code)));
}

fn cents(max: i64) -> impl Strategy<Value = Decimal> {
    (0..=max).prop_map(|cents| Decimal::new(cents, 2))
}

fn any_line() -> impl Strategy<Value = Line> {
    (1..100_000_i64, cents(1_000_000), cents(1_000_000), 0..=100_u8, cents(100_000)).prop_map(|(q, ppu, off, manual, tax)| {
        let quantity = Decimal::new(q, 2);
        let volume_discount = off.min(ppu);
        let base = money::round(quantity * (ppu - volume_discount), 2);
        let manual_discount = money::round(base * Decimal::from(manual) / Decimal::ONE_HUNDRED, 2);
        Line { quantity, price_per_unit: ppu, volume_discount, manual_discount, tax, base: None }
    })
}

proptest! {
    #[test]
    fn a_total_is_never_negative_and_a_discount_never_raises_it(
        lines in prop::collection::vec(any_line(), 0..20), percent in 0..=100_u8, amount in cents(100_000), freight in cents(100_000)
    ) {
        let terms = Terms::default();
        let worked: Vec<LineAmounts> = lines.iter().map(|one| line(one, &terms).unwrap()).collect();
        let plain = totals(&worked, &Header { freight, ..Header::default() }, &terms).unwrap();
        let header = Header { discount_percentage: Decimal::from(percent), discount_amount: amount, freight };
        match totals(&worked, &header, &terms) {
            Ok(less) => {
                prop_assert!(less.total >= Decimal::ZERO && less.total <= plain.total);
                prop_assert_eq!(less.total, less.detail - less.header_discount + less.freight + less.tax);
                prop_assert!([less.total, less.detail, less.header_discount].iter().all(|amount| amount.scale() <= 2));
            }
            Err(error) => prop_assert_eq!(error, OUT_OF_RANGE, "only a discount above the lines is refused"),
        }
        for (one, worked) in lines.iter().zip(&worked) {
            let without = line(&Line { manual_discount: Decimal::ZERO, volume_discount: Decimal::ZERO, ..*one }, &terms).unwrap();
            prop_assert!(worked.extended <= without.extended && worked.net >= Decimal::ZERO);
        }
    }

    #[test]
    fn partial_invoices_come_to_the_whole_whatever_the_split(
        total in cents(100_000_000), parts in prop::collection::vec(1..1_000_i64, 1..12)
    ) {
        let whole = Decimal::from(parts.iter().sum::<i64>());
        let mut before = Decimal::ZERO;
        let mut shares = Vec::new();
        for part in parts {
            let until = before + Decimal::from(part);
            shares.push(share(total, before, until, whole, 2).unwrap());
            before = until;
        }
        prop_assert_eq!(money::sum(shares.iter().copied()), total);
        prop_assert!(shares.iter().all(|share| *share >= Decimal::ZERO));
    }

    #[test]
    fn a_rounded_price_has_its_shape_and_lies_on_its_side(raw in cents(10_000_000), amount in cents(20_000), nearest in any::<bool>()) {
        let shapes = [Shape::EndsIn(amount), Shape::MultipleOf(amount + Decimal::new(1, 2))];
        for shape in shapes {
            let up = apply(raw, &rounding(Policy::Up, shape), 2).unwrap();
            prop_assert!(up >= raw);
            if let Ok(down) = apply(raw, &rounding(Policy::Down, shape), 2) {
                prop_assert!(down <= raw);
                let near = apply(raw, &rounding(Policy::Nearest, shape), 2).unwrap();
                prop_assert!(near == up || near == down);
                prop_assert!((near - raw).abs() <= (up - raw).min(raw - down));
            }
            if nearest {
                prop_assert_eq!(apply(up, &rounding(Policy::Nearest, shape), 2), Ok(up), "rounding twice changes nothing");
            }
        }
    }
}
