//! The generated pages of `docs/` say what the tables say. `make docs` writes them anew.

use crate::tidy::root;
use fieldbook_domain::describe;

fn page(name: &str, generated: String) {
    let path = root().join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == generated, "docs/{name} is not what the tables say; run `make docs`");
}

#[test]
fn records_page_is_generated_from_the_declarations() {
    page("records.md", describe::records());
}

#[test]
fn lifecycles_page_is_generated_from_the_tables() {
    page("lifecycles.md", describe::lifecycles());
}

#[test]
fn invariants_page_is_generated_from_the_registry() {
    page("invariants.md", describe::invariants());
}
