//! What the demo says, and how.

#![expect(clippy::print_stdout, reason = "the demo talks to a person")]

/// A chapter of the story.
pub(super) fn heading(text: &str) {
    println!("\n== {text}");
}

/// A sentence of the story.
pub(super) fn say(text: &str) {
    println!("   {text}");
}
