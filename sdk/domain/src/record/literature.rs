//! Sales literature: what we hand to customers and what we keep to ourselves about products and competitors.

use super::attachment::Attachment;
use super::declare::{part, record};
use crate::field::{Kind, choice, long_text, of, reference, text};
use crate::ids::RecordId;
use crate::lifecycle;
use crate::permission::Access;
use chrono::NaiveDate;

part! {
    /// A product that literature is about.
    LiteratureProduct keyed by id;
    /// The product.
    product: Option<RecordId> = reference(&["product"]).required();
}

part! {
    /// A competitor that literature is about.
    LiteratureCompetitor keyed by id;
    /// The competitor.
    competitor: Option<RecordId> = reference(&["competitor"]).required();
}

record! {
    /// Brochures, price sheets, manuals: what sellers read and customers are given.
    SalesLiterature is "sales_literature", titled "title", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// What it is called.
    title: String = text(100).required().indexed();
    /// What kind of literature it is.
    literature_type: Option<String> = choice(TYPES).indexed();
    /// What it is about, as a heading to find it under.
    subject: Option<String> = text(100).indexed();
    /// The last day it may be used.
    expiration_date: Option<NaiveDate> = of(Kind::Date).indexed();
    /// Words to find it by.
    keywords: Option<String> = text(500);
    /// Whether customers may see it.
    is_customer_viewable: Option<bool> = of(Kind::Bool);
    /// The colleague who knows more.
    employee_contact: Option<RecordId> = reference(&["user"]);
    /// What it says, in short.
    description: String = long_text(2_000);

    collection
    /// The files themselves; open even when the literature is out of use.
    attachments of Attachment;

    collection
    /// The products it is about.
    products of LiteratureProduct;

    collection
    /// The competitors it is about.
    competitors of LiteratureCompetitor;
}

/// The kinds of literature.
const TYPES: &[&str] = &[
    "presentation",
    "product_sheet",
    "policies_and_procedures",
    "sales_literature",
    "spreadsheets",
    "news",
    "bulletins",
    "price_sheets",
    "manuals",
    "company_background",
    "marketing_collateral",
];
