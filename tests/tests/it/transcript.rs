//! `docs/lead-to-invoice.md` is true: its commands are run as they stand, in a real shell, and print what it says.

use crate::processes::{Server, program};
use crate::tidy::root;
use std::process::Command;

/// A command of the transcript and what it prints, line by line.
struct Step {
    command: String,
    printed: Vec<String>,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let blocks = page.split("```console\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    for line in blocks.flat_map(str::lines) {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.to_owned(), printed: Vec::new() }),
            (None, Some(step)) => step.printed.push(line.to_owned()),
            (None, None) => panic!("the transcript starts with a command, not with {line}"),
        }
    }
    steps
}

/// One shell for all of it, as a reader has; a line between the steps says where one ends.
fn script(steps: &[Step]) -> String {
    let mut script = "shopt -s expand_aliases\n".to_owned();
    for (number, step) in steps.iter().enumerate() {
        script.push_str(&format!("{}\necho \"@@ {number} $?\"\n", step.command));
    }
    script
}

/// Whether what was printed is what the transcript says; `…` is anything.
fn fits(said: &str, wanted: &str) -> bool {
    let mut rest = said;
    let mut parts = wanted.split('…');
    let first = parts.next().unwrap_or("");
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    let mut open = false;
    for part in parts {
        open = true;
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || (open && wanted.ends_with('…'))
}

fn agrees(printed: &[&str], wanted: &[String]) -> bool {
    if wanted.len() == 1 && wanted[0] == "…" {
        return true;
    }
    printed.len() == wanted.len() && printed.iter().zip(wanted).all(|(said, wanted)| fits(said.trim_end(), wanted))
}

#[test]
fn the_transcript_from_lead_to_invoice_is_true() {
    let page = std::fs::read_to_string(root().join("docs/lead-to-invoice.md")).unwrap();
    let steps = steps(&page);
    assert!(steps.len() > 40, "{} steps", steps.len());
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let programs = program("fieldbook").parent().unwrap().to_owned();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());

    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1\n{}", script(&steps))])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("SERVER", &server.url)
        .output()
        .unwrap();

    let said = String::from_utf8(output.stdout).unwrap();
    let mut lines = said.lines();
    for (number, step) in steps.iter().enumerate() {
        let mark = format!("@@ {number} ");
        let printed: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with(&mark)).collect();
        let wanted = &step.printed;
        assert!(agrees(&printed, wanted), "$ {}\nprinted {printed:#?}\nthe page says {wanted:#?}", step.command);
    }
}
