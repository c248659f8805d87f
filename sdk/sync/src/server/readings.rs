//! How far each scope of one connection has been sent.
//!
//! At most one page of a scope is being read at a time, so a slow device holds back nothing but itself. When the device
//! restarts from elsewhere while a page is being read, that page is void. It never looks inside a page.

use std::collections::BTreeMap;

use crate::message::{Cursor, Page};

/// The scopes of one connection, in the order in which they were granted.
#[derive(Debug, Clone, Default)]
pub(super) struct Readings(Vec<Reading>);

#[derive(Debug, Clone)]
struct Reading {
    scope: String,
    /// The last position sent.
    sent: u64,
    /// The position after which a page is being read.
    reading: Option<u64>,
    /// The page being read is no longer wanted.
    void: bool,
    /// The log grew while a page was being read.
    moved: bool,
    /// As far as is known, everything is sent.
    drained: bool,
    /// The device may still read the scope.
    granted: bool,
}

/// What to do with a page that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Send it.
    Send,
    /// It is empty or no longer wanted.
    Drop,
    /// It is not what was asked for.
    Wrong,
}

impl Readings {
    /// Takes note of the scopes the device may read; one that is new starts at its cursor.
    pub(super) fn grant(&mut self, scopes: &[String], cursors: &[Cursor]) {
        let mut known: BTreeMap<_, _> =
            std::mem::take(&mut self.0).into_iter().map(|reading| (reading.scope.clone(), reading)).collect();
        for scope in scopes {
            let granted = known.remove(scope).filter(|reading| reading.granted);
            self.0.push(granted.unwrap_or_else(|| Reading::new(scope, seek(cursors, scope))));
        }
        // A read that is under way is still answered, and the answer must find the scope it belongs to.
        for mut reading in known.into_values().filter(|r| r.reading.is_some()) {
            reading.granted = false;
            reading.void = true;
            self.0.push(reading);
        }
    }

    /// Continues every scope after the device's own cursors.
    pub(super) fn rewind(&mut self, cursors: &[Cursor]) {
        for reading in &mut self.0 {
            reading.seek(seek(cursors, &reading.scope));
        }
    }

    /// Notes that one scope, or any, may have grown.
    pub(super) fn moved(&mut self, scope: Option<&str>) {
        for reading in &mut self.0 {
            if scope.is_none_or(|scope| scope == reading.scope) {
                reading.drained = false;
                reading.moved = true;
            }
        }
    }

    /// Starts every read that is due: the scope and the position after which to read.
    pub(super) fn start(&mut self) -> Vec<(String, u64)> {
        let mut started = Vec::new();
        for reading in &mut self.0 {
            if reading.granted && !reading.drained && reading.reading.is_none() {
                reading.reading = Some(reading.sent);
                reading.moved = false;
                started.push((reading.scope.clone(), reading.sent));
            }
        }
        started
    }

    /// Takes the page that was being read.
    pub(super) fn finish(&mut self, page: &Page) -> Use {
        let of_page = |r: &&mut Reading| r.scope == page.scope && r.reading.is_some();
        let Some(reading) = self.0.iter_mut().find(of_page) else {
            return Use::Drop;
        };
        let asked = reading.reading.take();
        if std::mem::take(&mut reading.void) {
            self.0.retain(|r| r.granted || r.reading.is_some());
            return Use::Drop;
        }
        let moves = page.to > page.from;
        if asked != Some(page.from) || !page.is_sound() || (page.more && !moves) {
            return Use::Wrong;
        }
        reading.drained = !page.more && !reading.moved;
        if !moves {
            return Use::Drop;
        }
        reading.sent = page.to;
        Use::Send
    }

    /// Whether a page is being read.
    pub(super) fn is_reading(&self) -> bool {
        self.0.iter().any(|reading| reading.reading.is_some())
    }

    /// Whether there may be something that was not sent.
    pub(super) fn has_more(&self) -> bool {
        self.0.iter().any(|r| r.granted && !r.drained)
    }

    /// How far each scope was sent.
    pub(super) fn cursors(&self) -> Vec<Cursor> {
        let granted = self.0.iter().filter(|reading| reading.granted);
        granted.map(|reading| Cursor { scope: reading.scope.clone(), seq: reading.sent }).collect()
    }
}

impl Reading {
    fn new(scope: &str, sent: u64) -> Self {
        Self { scope: scope.to_owned(), sent, reading: None, void: false, moved: false, drained: false, granted: true }
    }

    fn seek(&mut self, sent: u64) {
        self.void |= self.reading.is_some();
        self.sent = sent;
        self.drained = false;
    }
}

fn seek(cursors: &[Cursor], scope: &str) -> u64 {
    let cursor = cursors.iter().find(|cursor| cursor.scope == scope);
    cursor.map_or(0, |cursor| cursor.seq)
}
