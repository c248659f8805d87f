//! A phone that writes and syncs without pause and says on stdout what it was told is saved; made to be killed.

use anyhow::{Context, Result};
use fieldbook_device::{Book, Host};
use serde_json::{Map, Value};
use std::io::Write;
use std::path::Path;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let book = args.next().context("the book's path")?;
    let run = args.next().context("the run's name")?;
    let book = Book::open(Path::new(&book), Host::real("killed phone"))?;
    let runtime = tokio::runtime::Runtime::new()?;
    for number in 0u64.. {
        let subject = format!("{run}-{number}");
        let fields: Map<String, Value> = [("subject".to_owned(), Value::from(subject.as_str()))].into_iter().collect();
        let id = book.create("task", fields)?;
        say(&format!("saved {id} {subject}"))?;
        if number % 5 == 2 {
            let was = book.get("task", id)?;
            let mut now = was.clone();
            now.insert("description".to_owned(), Value::from(format!("more about {subject}")));
            book.save("task", id, &was, &now)?;
            book.act("task", id, "complete", Map::new())?;
            say(&format!("completed {id} {subject}"))?;
        }
        if number % 4 == 3 {
            say("syncing")?;
            // While there is no server it goes on writing.
            say(if runtime.block_on(book.sync()).is_ok() { "synced" } else { "offline" })?;
        }
    }
    Ok(())
}

fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
