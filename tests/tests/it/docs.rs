//! The generated pages of `docs/` say what the tables say. `make docs` writes them anew.

use crate::tidy::{files, root};
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

/// The code blocks of a language in a page, without the indentation they share.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).filter_map(|rest| rest.split("\n```").next()).map(flat).collect()
}

/// Lines without the indentation and the empty lines around them, so that a block fits wherever it stands.
fn flat(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_snippet_of_the_guides_is_compiled_code() {
    let sources = [("ios.md", "swift", "bindings/swift/Snippets"), ("android.md", "kotlin", "bindings/kotlin/snippets")];
    for (page, language, folder) in sources {
        let mut found = Vec::new();
        files(&root().join(folder), if language == "swift" { ".swift" } else { ".kt" }, &mut found);
        let compiled: Vec<String> = found.iter().map(|file| flat(&std::fs::read_to_string(file).unwrap())).collect();
        let text = std::fs::read_to_string(root().join("docs").join(page)).unwrap();
        let blocks = blocks(&text, language);
        assert!(blocks.len() > 3, "docs/{page} has {} {language} blocks", blocks.len());
        let unknown = blocks.iter().find(|block| !compiled.iter().any(|file| file.contains(block.as_str())));
        assert!(unknown.is_none(), "docs/{page}: no file of {folder} holds this block:\n{}", unknown.unwrap());
    }
}
