//! The forms of records that have prices: each adds the fields they share to those of their own, so that they are declared once.

/// Declares the lines of a priced record: the shared fields and those of its own.
macro_rules! sales_line {
    (
        $(#[doc = $doc:literal])+
        $name:ident;
        $( $(#[doc = $fdoc:literal])+ $field:ident : $ty:ty = $spec:expr; )*
    ) => {
        $crate::record::declare::part! {
            $(#[doc = $doc])+
            $name keyed by id;
            /// The catalogue product.
            product: Option<RecordId> = reference(&["product"]).commercial();
            /// What a line without a product is: a write-in.
            description: Option<String> = text(500).commercial();
            /// How many of which unit.
            quantity: Option<Quantity> = of(Kind::Compound(Quantity::FIELDS)).commercial().material();
            /// Price of one unit, where a person says so: of a write-in, or instead of the catalogue's.
            price_per_unit: Option<Decimal> = money().material();
            /// Taken off the line by a person, as an amount.
            manual_discount: Option<Decimal> = money().material();
            /// The line's tax.
            tax: Option<Decimal> = money().material();
            /// Where the line stands among the others.
            sort_key: Option<i64> = of(Kind::Integer { min: 0, max: 1_000_000 }).commercial();
            $( $(#[doc = $fdoc])+ $field: $ty = $spec; )*
            /// Whether it is a product, a bundle, or a component of the bundle it names.
            role: Option<String> = choice(LINE_ROLES).commercial().computed();
            /// The line of the bundle it belongs to.
            bundle: Option<RecordId> = line().commercial().computed();
            /// The line of the earlier document it was copied from.
            source_line: Option<RecordId> = line().commercial().computed();
            /// What the catalogue said when it was priced.
            basis: Option<PriceBasis> = of(Kind::Compound(PriceBasis::FIELDS)).commercial().computed();
            /// Its number on paper.
            line_no: Option<i64> = of(Kind::Integer { min: 1, max: 1_000_000 }).server();
            /// What one costs before discounts.
            unit_price: Option<Decimal> = money().server();
            /// What the quantity takes off one.
            volume_discount: Option<Decimal> = money().server();
            /// Quantity times price, less the volume discount.
            base_amount: Option<Decimal> = money().server();
            /// What the line comes to, tax included except on opportunities.
            extended_amount: Option<Decimal> = money().server();
            /// Why it cannot be priced, as a pricing error code.
            pricing_error: Option<i64> = of(Kind::Integer { min: 0, max: 99 }).server();
        }
    };
}

/// Declares a record with lines: its own fields, the amounts of the header, and the totals that follow.
macro_rules! priced {
    (
        $(#[doc = $doc:literal])+
        $name:ident is $kind:literal, titled $title:literal, lifecycle $lifecycle:expr, lines $line:ty;
        $( $(#[doc = $fdoc:literal])+ $field:ident : $ty:ty = $spec:expr; )*
        $( constraint $constraint:expr; )*
    ) => {
        $crate::record::declare::record! {
            $(#[doc = $doc])+
            $name is $kind, titled $title, lifecycle $lifecycle, access Access::Sales;
            $( $(#[doc = $fdoc])+ $field: $ty = $spec; )*
            /// Percent off the lines' total.
            discount_percentage: Option<Decimal> = percent().commercial().material();
            /// Amount off the lines' total.
            discount_amount: Option<Decimal> = money().material();
            /// What carrying it costs.
            freight_amount: Option<Decimal> = money().material();
            /// How many units of its currency one unit of the organisation's is; an estimate until the office stamps it (INV-61).
            exchange_rate: Option<Decimal> = of(Kind::Decimal { scale: 10 }).commercial().computed();
            /// The lines without tax; derived like all totals (INV-43).
            total_line_amount: Option<Decimal> = money().server();
            /// What was taken off single lines by hand.
            total_line_discount: Option<Decimal> = money().server();
            /// What the header takes off.
            header_discount: Option<Decimal> = money().server();
            /// Both discounts together; volume discounts are not in it.
            total_discount: Option<Decimal> = money().server();
            /// The lines less the header's discount.
            total_less_freight: Option<Decimal> = money().server();
            /// The tax of all lines.
            total_tax: Option<Decimal> = money().server();
            /// What it all comes to.
            total_amount: Option<Decimal> = money().server();
            /// The same in the organisation's currency.
            total_amount_base: Option<Decimal> = money().server();
            /// How much of the catalogue's price is given away by hand, in percent (INV-16).
            effective_discount: Option<Decimal> = percent().server();
            /// Why it cannot be priced, as the first pricing error code.
            pricing_error: Option<i64> = of(Kind::Integer { min: 0, max: 99 }).server();

            collection
            /// What is sold; frozen with the record.
            lines of $line;

            collection
            /// What its lines say about the properties of their products.
            properties of PropertyValue;

            constraint $crate::constraint::each(
                "line.quantity", "lines", &["quantity.value"], $crate::constraint::Test::Positive,
                "the quantity of a line is above 0");
            constraint $crate::constraint::whole(
                "pricing.currency", &["pricing"], $crate::constraint::Test::Holds($crate::constraint::chain::one_currency),
                "a document and all it was made of and into are in one currency").rule("INV-40");
            $( constraint $constraint; )*
        }
    };
}

/// Declares a quote, order or invoice: the shared header and the fields of its own.
macro_rules! sales_document {
    (
        $(#[doc = $doc:literal])+
        $name:ident is $kind:literal, lifecycle $lifecycle:expr, lines $line:ty;
        $( $(#[doc = $fdoc:literal])+ $field:ident : $ty:ty = $spec:expr; )*
        $( constraint $constraint:expr; )*
    ) => {
        priced! {
            $(#[doc = $doc])+
            $name is $kind, titled "name", lifecycle $lifecycle, lines $line;
            /// What it is about.
            name: String = text(300).required().commercial().indexed();
            $( $(#[doc = $fdoc])+ $field: $ty = $spec; )*
            /// Who looks after it: a user or a team.
            owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
            /// Who buys: an account or a contact.
            customer: Option<RecordRef> = reference(&["account", "contact"]).commercial().material().required().indexed();
            /// The person we talk to.
            contact: Option<RecordId> = reference(&["contact"]).indexed();
            /// The opportunity it belongs to.
            opportunity: Option<RecordId> = reference(&["opportunity"]).commercial().indexed();
            /// Currency and price list, together.
            pricing: Option<Pricing> = of(Kind::Compound(Pricing::FIELDS)).commercial().material();
            /// When they pay.
            payment_terms: Option<String> = choice(&["net_30", "2_10_net_30", "net_45", "net_60"]).commercial();
            /// Who pays for carrying it.
            freight_terms: Option<String> = choice(&["fob", "no_charge"]).commercial();
            /// How it is carried.
            ship_method: Option<String> = choice(SHIP_METHODS).commercial();
            /// Where the bill goes.
            bill_to: Option<Address> = of(Kind::Compound(Address::FIELDS)).commercial();
            /// Where the goods go.
            ship_to: Option<Address> = of(Kind::Compound(Address::FIELDS)).commercial();
            /// Whether the customer collects the goods.
            will_call: Option<bool> = of(Kind::Bool).commercial();
            /// The day the customer wants it.
            requested_delivery: Option<NaiveDate> = of(Kind::Date).commercial().material();
            /// The number it has in the system it came from.
            external_number: Option<String> = text(40).indexed();
            /// Anything else worth knowing.
            description: String = long_text(20_000);
            constraint $crate::constraint::whole(
                "pricing.opportunity", &["opportunity"], $crate::constraint::Test::Holds($crate::constraint::chain::one_currency),
                "a document is in the currency of the opportunity it belongs to").rule("INV-40");
            $( constraint $constraint; )*
        }
    };
}

pub(crate) use {priced, sales_document, sales_line};
