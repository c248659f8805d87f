//! The end at the office.

use super::{
    EPOCH, NEW_NAME, answer, bye_code, greeted, hello, is_told, noise, nothing_after, open, page, reads, renew, said, scopes,
    terms,
};
use crate::samples::{ADA, toy_intent};
use fieldbook_sync::frame::{CURSORS_MAX, Limits, NAME_BYTES_MAX};
use fieldbook_sync::message::{ClientMessage, Cursor, Entry, EntryBody, Hello, Incarnation, Page, ServerMessage, Status};
use fieldbook_sync::server::{PUSHES_WAITING_MAX, ServerInput, ServerOutput, ServerSession, WINDOW_BYTES, WelcomeFacts};

#[test]
fn nothing_is_taken_before_hello() {
    let push = ClientMessage::Push { actor: ADA, intents: vec![toy_intent(ADA, 1)] };
    for message in [push, ClientMessage::Pull { cursors: Vec::new() }] {
        let told = is_told(&mut ServerSession::new(Limits::default()), &message);

        assert_eq!(bye_code(&told).as_deref(), Some("hello_first"));
    }
}

#[test]
fn work_that_comes_with_hello_waits_until_the_device_is_known() {
    let mut server = greeted();

    let early = is_told(&mut server, &ClientMessage::Push { actor: ADA, intents: vec![toy_intent(ADA, 1)] });
    let known = server.handle(ServerInput::Registered(terms(Incarnation::Keep)));

    assert_eq!(early, vec![]);
    assert!(matches!(known.as_slice(), [ServerOutput::Send(_), ServerOutput::Admit(_), ServerOutput::Read { .. }, ..]));
}

#[test]
fn only_so_many_pushes_may_wait() {
    let push = |server: &mut ServerSession, count: usize| {
        let push = ClientMessage::Push { actor: ADA, intents: vec![toy_intent(ADA, 1)] };
        (0..count).flat_map(|_| is_told(server, &push)).collect::<Vec<_>>()
    };
    let mut server = greeted();

    assert_eq!(push(&mut server, PUSHES_WAITING_MAX), vec![]);
    assert_eq!(bye_code(&push(&mut server, 1)).as_deref(), Some("busy"));
}

#[test]
fn a_device_told_to_renew_gets_no_page_and_its_old_work_is_not_admitted() {
    let mut server = greeted();
    let push = ClientMessage::Push { actor: ADA, intents: vec![toy_intent(ADA, 1)] };
    is_told(&mut server, &push);

    let told = server.handle(ServerInput::Registered(terms(renew())));
    assert!(matches!(said(&told).as_slice(), [ServerMessage::Welcome(_)]));
    assert_eq!(told.len(), 1);
    assert_eq!(is_told(&mut server, &push), vec![]);
    assert_eq!(server.handle(ServerInput::LogMoved), vec![]);

    is_told(&mut server, &ClientMessage::Hello(hello(NEW_NAME, true)));
    assert_eq!(is_told(&mut server, &push), vec![]);
    let told = server.handle(ServerInput::Registered(terms(Incarnation::Keep)));
    assert_eq!(reads(&told).len(), scopes().len());
    assert!(!told.iter().any(|output| matches!(output, ServerOutput::Admit(_))));
}

#[test]
fn a_page_read_for_the_old_name_is_not_sent_to_the_new_one() {
    let mut server = open();
    is_told(&mut server, &ClientMessage::Hello(hello(NEW_NAME, true)));
    let told = server.handle(ServerInput::Registered(terms(Incarnation::Keep)));
    assert_eq!(reads(&told), vec![], "one page of a scope is read at a time");

    let told = server.handle(ServerInput::Read(page(&scopes()[0], 5, 6)));

    assert_eq!(said(&told), vec![]);
    assert_eq!(reads(&told), vec![(scopes()[0].clone(), 5)]);
}

#[test]
fn answers_to_the_old_name_carry_it() {
    let mut server = open();
    is_told(&mut server, &ClientMessage::Push { actor: ADA, intents: vec![toy_intent(ADA, 1)] });
    is_told(&mut server, &ClientMessage::Hello(hello(NEW_NAME, true)));

    let told = server.handle(ServerInput::Answered(vec![answer(1, Status::Accepted)]));

    assert_eq!(said(&told), vec![ServerMessage::Answers { actor: ADA, answers: vec![answer(1, Status::Accepted)] }]);
}

#[test]
fn news_during_a_read_are_read_after_it() {
    let mut server = open();
    let scope = scopes()[0].clone();
    assert_eq!(server.handle(ServerInput::LogMoved), vec![]);

    let told = server.handle(ServerInput::Read(nothing_after(&scope, 5)));
    assert_eq!(reads(&told), vec![(scope.clone(), 5)]);
    let told = server.handle(ServerInput::Read(page(&scope, 5, 6)));
    assert_eq!(said(&told), vec![ServerMessage::Page(page(&scope, 5, 6))]);
    assert_eq!(reads(&told), vec![]);
    let told = server.handle(ServerInput::ScopeMoved { scope: scope.clone() });
    assert_eq!(reads(&told), vec![(scope, 6)]);
}

#[test]
fn a_slow_device_is_sent_one_window_and_the_rest_when_it_asks() {
    let scope = scopes()[0].clone();
    let mut server = greeted();
    server.handle(ServerInput::Registered(WelcomeFacts { scopes: vec![scope.clone()], ..terms(Incarnation::Keep) }));
    let mut sent = 0;
    let mut from = 5;

    let last = loop {
        let told = server.handle(ServerInput::Read(Page { more: true, ..heavy(&scope, from) }));
        from += 1;
        sent += told.iter().map(|output| if let ServerOutput::Send(bytes) = output { bytes.len() } else { 0 }).sum::<usize>();
        if reads(&told).is_empty() {
            break told;
        }
        assert!(sent < WINDOW_BYTES);
    };

    assert!(sent >= WINDOW_BYTES);
    assert!(matches!(said(&last).last(), Some(ServerMessage::CaughtUp { more: true, .. })));
    assert_eq!(server.handle(ServerInput::LogMoved), vec![]);
    let told = is_told(&mut server, &ClientMessage::Pull { cursors: vec![Cursor { scope: scope.clone(), seq: from }] });
    assert_eq!(reads(&told), vec![(scope, from)]);
}

/// A page of one mebibyte that does not compress.
fn heavy(scope: &str, from: u64) -> Page {
    let body = noise(from).map(|byte| char::from(b' ' + byte % 64)).take(1 << 20).collect();
    let entry = Entry { seq: from + 1, group: 0, body: EntryBody::Notice { id: EPOCH, body } };
    Page { entries: vec![entry], ..page(scope, from, from + 1) }
}

#[test]
fn terms_can_change_while_a_session_is_open() {
    let mut server = open();
    let more = [scopes(), vec!["region".to_owned()]].concat();

    let told = server.handle(ServerInput::Registered(WelcomeFacts { scopes: more, ..terms(Incarnation::Keep) }));

    assert!(matches!(said(&told).as_slice(), [ServerMessage::Welcome(welcome)] if welcome.scopes.len() == 5));
    assert_eq!(reads(&told), vec![("region".to_owned(), 0)]);
}

#[test]
fn a_page_of_a_scope_withdrawn_meanwhile_is_not_sent() {
    let mut server = open();
    server.handle(ServerInput::Registered(WelcomeFacts { scopes: scopes()[1..].to_vec(), ..terms(Incarnation::Keep) }));

    let told = server.handle(ServerInput::Read(page(&scopes()[0], 5, 6)));

    assert_eq!(told, vec![]);
}

#[test]
fn a_page_that_was_not_asked_for_ends_the_conversation() {
    let told = open().handle(ServerInput::Read(page(&scopes()[0], 4, 6)));

    assert_eq!(bye_code(&told).as_deref(), Some("internal"));
}

#[test]
fn a_device_that_is_not_let_in_hears_why() {
    let mut server = greeted();

    let told = server.handle(ServerInput::Dismiss { code: "device.revoked".into(), message: "ask Omar".into(), retry_ms: None });

    assert_eq!(bye_code(&told).as_deref(), Some("device.revoked"));
    assert_eq!(server.handle(ServerInput::LogMoved), vec![]);
}

#[test]
fn a_request_without_a_hello_is_over_at_once() {
    assert_eq!(ServerSession::new(Limits::default()).handle(ServerInput::Finished), vec![ServerOutput::Done]);
}

#[test]
fn the_bounds_of_what_a_device_says_hold_on_both_sides() {
    let say = |message: ClientMessage, limits: Limits| {
        let mut server = ServerSession::new(limits);
        let mut told = is_told(&mut server, &ClientMessage::Hello(hello(ADA, true)));
        told.extend(is_told(&mut server, &message));
        bye_code(&told)
    };
    let named =
        |bytes: usize| say(ClientMessage::Hello(Hello { device_name: "n".repeat(bytes), ..hello(ADA, true) }), Limits::default());
    let following = |count: usize| {
        let cursors = vec![Cursor { scope: "s".into(), seq: 0 }; count];
        say(ClientMessage::Hello(Hello { cursors, ..hello(ADA, true) }), Limits::default())
    };
    let pushing = |count: u64| {
        let intents = (1..=count).map(|dseq| toy_intent(ADA, dseq)).collect();
        let limits = Limits { intents_max: 3, ..Limits::default() };
        say(ClientMessage::Push { actor: ADA, intents }, limits)
    };

    assert_eq!(named(NAME_BYTES_MAX), None);
    assert_eq!(named(NAME_BYTES_MAX + 1).as_deref(), Some("too_large"));
    assert_eq!(following(CURSORS_MAX), None);
    assert_eq!(following(CURSORS_MAX + 1).as_deref(), Some("frame.malformed"));
    assert_eq!(pushing(3), None);
    assert_eq!(pushing(4).as_deref(), Some("too_large"));
}
