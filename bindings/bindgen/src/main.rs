//! Writes the Swift, Kotlin and Python faces of the SDK out of the built library and the tables of the domain.
//!
//! `uniffi_bindgen` writes what crosses the boundary; `swift.rs` and `kotlin.rs` write what makes it typed: fields a list can
//! be filtered by, the actions of each record type, the words a field takes. Nothing it writes is kept under version control.

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Parser, ValueEnum};
use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};

mod face;
mod kotlin;
mod surface;
mod swift;

/// Writes the faces of the SDK.
#[derive(Debug, Parser)]
struct Options {
    /// The built library, not stripped.
    #[arg(long)]
    library: Utf8PathBuf,
    /// The folder of the bindings.
    #[arg(long, default_value = "bindings")]
    out: Utf8PathBuf,
    /// The folder that takes what an app can see, to be compared with what was agreed on.
    #[arg(long, default_value = "target/bindings/surface")]
    surface: Utf8PathBuf,
    /// Only these languages.
    #[arg(value_enum)]
    languages: Vec<Language>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    Swift,
    Kotlin,
    Python,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let all = [Language::Swift, Language::Kotlin, Language::Python];
    let languages = if options.languages.is_empty() { all.to_vec() } else { options.languages.clone() };
    for language in languages {
        match language {
            Language::Swift => write_swift(&options)?,
            Language::Kotlin => write_kotlin(&options)?,
            Language::Python => write_python(&options)?,
        }
    }
    Ok(())
}

fn write_swift(options: &Options) -> Result<()> {
    let sources = options.out.join("swift/Sources");
    let generated = sources.join("Fieldbook/Generated");
    anew(&generated)?;
    uniffi(&options.library, TargetLanguage::Swift, &generated)?;
    // The package keeps each header where its module map is.
    for module in ["FieldbookFFI", "FieldbookRecordsFFI"] {
        let header = format!("{module}.h");
        let to = sources.join(module).join(&header);
        std::fs::rename(generated.join(&header), &to).with_context(|| format!("moving {header} to {to}"))?;
    }
    write(&generated.join("RecordTypes.swift"), &swift::record_types())?;
    write(&options.surface.join("swift.txt"), &surface::swift(&sources.join("Fieldbook"))?)
}

fn write_kotlin(options: &Options) -> Result<()> {
    let sources = options.out.join("kotlin/fieldbook/src/main");
    let generated = options.out.join("kotlin/fieldbook/generated");
    anew(&generated)?;
    uniffi(&options.library, TargetLanguage::Kotlin, &generated)?;
    let structs = generated.join("app/fieldbook/records/fieldbook_domain.kt");
    let structs = std::fs::read_to_string(&structs).with_context(|| format!("reading {structs}"))?;
    write(&generated.join("app/fieldbook/RecordTypes.kt"), &kotlin::record_types(&structs)?)?;
    write(&options.surface.join("kotlin.txt"), &surface::kotlin(&[&sources, &generated])?)
}

fn write_python(options: &Options) -> Result<()> {
    let generated = options.out.join("python/fieldbook/generated");
    anew(&generated)?;
    uniffi(&options.library, TargetLanguage::Python, &generated)?;
    // Python looks for the library beside the module.
    let name = options.library.file_name().context("the library is a file")?;
    std::fs::copy(&options.library, generated.join(name)).with_context(|| format!("copying {}", options.library))?;
    let named = |record: &face::Record| format!("    \"{}\": \"{}\",\n", record.name, record.kind);
    let kinds: String = face::records().iter().map(named).collect();
    let page = format!("# Written by `make bindings` from the tables in sdk/domain; never edited.\n\nKINDS = {{\n{kinds}}}\n");
    write(&generated.join("kinds.py"), &page)?;
    write(&generated.join("__init__.py"), "")
}

fn uniffi(library: &Utf8Path, language: TargetLanguage, out: &Utf8Path) -> Result<()> {
    let options = GenerateOptions {
        languages: vec![language],
        source: library.to_owned(),
        out_dir: out.to_owned(),
        config_override: None,
        format: false,
        crate_filter: None,
        metadata_no_deps: false,
    };
    generate(options).with_context(|| format!("reading {library}: is it built, and not stripped?"))
}

/// An empty folder, whatever stood there.
fn anew(folder: &Utf8Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("emptying {folder}"))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("making {folder}"))
}

fn write(path: &Utf8Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("making {folder}"))?;
    std::fs::write(path, text).with_context(|| format!("writing {path}"))
}
