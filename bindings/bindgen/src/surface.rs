//! What an app can see, one declaration a line, so that a change of it shows in a review.
//!
//! Read from the sources with plain text means: enough for code that a formatter or a generator has written.

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

/// What belongs to the machinery of the boundary, not to the app.
const MACHINERY: &[&str] =
    &["FfiConverter", "uniffi", "Uniffi", "UniFFI", "Ffi", "RustBuffer", "_lift", "_lower", "NoHandle", "buf: inout"];

/// The public declarations of the Swift sources.
///
/// # Errors
/// A source that cannot be read.
pub(crate) fn swift(sources: &Utf8Path) -> Result<String> {
    surface(&[sources], "swift", |line| {
        line.starts_with("public ") || line.starts_with("open ") || line.starts_with("case ") || line.starts_with("extension ")
    })
}

/// The public declarations of the Kotlin sources.
///
/// # Errors
/// A source that cannot be read.
pub(crate) fn kotlin(sources: &[&Utf8Path]) -> Result<String> {
    let starts = ["public ", "data class ", "sealed class ", "object ", "enum class ", "class ", "open class ", "var `", "val `"];
    let more = ["interface ", "fun ", "suspend fun ", "override suspend fun ", "typealias ", "data object ", "abstract "];
    surface(sources, "kt", |line| starts.iter().chain(&more).any(|start| line.starts_with(start)))
}

fn surface(sources: &[&Utf8Path], ending: &str, shows: impl Fn(&str) -> bool) -> Result<String> {
    let mut files = Vec::new();
    for folder in sources {
        find(folder, ending, &mut files)?;
    }
    files.sort_by(|left, right| left.file_name().cmp(&right.file_name()));
    let mut page = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {file}"))?;
        let declared = declarations(&text);
        let shown = declared.iter().filter(|line| shows(line));
        let shown: Vec<&String> = shown.filter(|line| !MACHINERY.iter().any(|word| line.contains(word))).collect();
        if !shown.is_empty() {
            page.push_str(&format!("# {}\n", file.file_name().unwrap_or_default()));
            for line in shown {
                page.push_str(line.trim_end_matches(['{', ' ']));
                page.push('\n');
            }
        }
    }
    Ok(page)
}

/// The lines, those that a declaration is spread over as one.
fn declarations(text: &str) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    let mut unfinished = false;
    for line in text.lines().map(str::trim).filter(|line| !is_comment(line)) {
        match whole.last_mut() {
            Some(begun) if unfinished => {
                begun.push(' ');
                begun.push_str(line);
            }
            _ => whole.push(line.to_owned()),
        }
        unfinished = whole.last().is_some_and(|line| goes_on(line));
    }
    whole
}

fn is_comment(line: &str) -> bool {
    line.starts_with("//") || line.starts_with("/*") || line.starts_with('*')
}

fn goes_on(line: &str) -> bool {
    let count = |wanted: char| line.chars().filter(|found| *found == wanted).count();
    count('(') > count(')') || line.ends_with([':', ','])
}

fn find(folder: &Utf8Path, ending: &str, found: &mut Vec<Utf8PathBuf>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in folder.read_dir_utf8().with_context(|| format!("reading {folder}"))? {
        let path = entry?.into_path();
        if path.is_dir() {
            find(&path, ending, found)?;
        } else if path.extension() == Some(ending) {
            found.push(path);
        }
    }
    Ok(())
}
