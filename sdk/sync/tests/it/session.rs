//! What each end does, told event by event.

use fieldbook_sync::change::{ActorBytes, Dep, WireChange, WireOp, WireOpId, WireValue};
use fieldbook_sync::client::{ClientFacts, ClientInput, ClientOutput, ClientSession};
use fieldbook_sync::frame::{CHANGES_MAX, CURSORS_MAX, Limits, NAME_BYTES_MAX, PARTS_MAX, decode, encode};
use fieldbook_sync::message::{
    Answer, ClientMessage, Cursor, Entry, EntryBody, Hello, Incarnation, Intent, PROTOCOL_VERSION, Page, Part, ServerMessage,
    Status, Welcome,
};
use fieldbook_sync::server::{PUSHES_WAITING_MAX, ServerInput, ServerOutput, ServerSession, WINDOW_BYTES, WelcomeFacts};
use proptest::prelude::*;
use uuid::Uuid;

use crate::samples::{ADA, toy_change, toy_intent};

const EPOCH: Uuid = Uuid::from_u128(7);
const NEW_NAME: ActorBytes = [0xDA; 16];

fn scopes() -> Vec<String> {
    let id = Uuid::from_u128(u128::MAX);
    ["user", "team", "territory", "catalogue"].iter().map(|scope| format!("{scope}/{id}")).collect()
}

fn cursors(seq: u64) -> Vec<Cursor> {
    scopes().into_iter().map(|scope| Cursor { scope, seq }).collect()
}

fn facts(live: bool) -> ClientFacts {
    ClientFacts {
        device: Uuid::from_u128(1),
        device_name: "Ada's phone".into(),
        actor: ADA,
        schema: 1,
        epoch: Some(EPOCH),
        cursors: cursors(100_000),
        last_dseq: 0,
        live,
    }
}

fn terms(incarnation: Incarnation) -> WelcomeFacts {
    WelcomeFacts { server_ms: 1_780_000_000_000, epoch: EPOCH, acked_dseq: 0, incarnation, scopes: scopes() }
}

fn renew() -> Incarnation {
    Incarnation::Renew { reason: "rolled_back".into() }
}

fn answer(dseq: u64, status: Status) -> Answer {
    Answer { dseq, status, code: String::new(), message: String::new(), seq: 0 }
}

fn nothing_after(scope: &str, from: u64) -> Page {
    Page { scope: scope.into(), from, to: from, more: false, entries: Vec::new() }
}

fn page(scope: &str, from: u64, to: u64) -> Page {
    Page { to, ..nothing_after(scope, from) }
}

/// A connected client that has been welcomed.
fn welcomed(live: bool) -> ClientSession {
    let mut client = ClientSession::new(facts(live));
    client.handle(ClientInput::Connected { clock_ms: 0 });
    hears(&mut client, &welcome(ADA, Incarnation::Keep));
    client
}

fn welcome(actor: ActorBytes, incarnation: Incarnation) -> ServerMessage {
    welcome_to(actor, incarnation, scopes())
}

fn welcome_to(actor: ActorBytes, incarnation: Incarnation, scopes: Vec<String>) -> ServerMessage {
    ServerMessage::Welcome(Welcome {
        actor,
        server_ms: 0,
        epoch: EPOCH,
        acked_dseq: 0,
        incarnation,
        limits: Limits::default(),
        scopes,
    })
}

fn hears(client: &mut ClientSession, message: &ServerMessage) -> Vec<ClientOutput> {
    client.handle(ClientInput::Frame(encode(message).unwrap()))
}

fn is_told(server: &mut ServerSession, message: &ClientMessage) -> Vec<ServerOutput> {
    server.handle(ServerInput::Frame(encode(message).unwrap()))
}

fn hello(actor: ActorBytes, live: bool) -> Hello {
    Hello {
        protocol: PROTOCOL_VERSION,
        device: Uuid::from_u128(1),
        device_name: "Ada's phone".into(),
        actor,
        schema: 1,
        clock_ms: 0,
        epoch: Some(EPOCH),
        cursors: cursors(5),
        last_dseq: 0,
        live,
    }
}

/// A server session that has welcomed a live device, with a read of every scope under way.
fn open() -> ServerSession {
    let mut server = ServerSession::new(Limits::default());
    is_told(&mut server, &ClientMessage::Hello(hello(ADA, true)));
    server.handle(ServerInput::Registered(terms(Incarnation::Keep)));
    server
}

fn said(outputs: &[ServerOutput]) -> Vec<ServerMessage> {
    let frames = outputs.iter().filter_map(|output| if let ServerOutput::Send(bytes) = output { Some(bytes) } else { None });
    frames.map(|bytes| decode(bytes).unwrap()).collect()
}

fn asked(outputs: &[ClientOutput]) -> Vec<ClientMessage> {
    let frames = outputs.iter().filter_map(|output| if let ClientOutput::Send(bytes) = output { Some(bytes) } else { None });
    frames.map(|bytes| decode(bytes).unwrap()).collect()
}

fn reads(outputs: &[ServerOutput]) -> Vec<(String, u64)> {
    let read = |output: &ServerOutput| {
        if let ServerOutput::Read { scope, from, .. } = output { Some((scope.clone(), *from)) } else { None }
    };
    outputs.iter().filter_map(read).collect()
}

fn bye_code(outputs: &[ServerOutput]) -> Option<String> {
    let is_closed = outputs.iter().any(|output| matches!(output, ServerOutput::Close { .. }));
    said(outputs)
        .into_iter()
        .find_map(|message| if let ServerMessage::Bye { code, .. } = message { Some(code) } else { None })
        .filter(|_| is_closed)
}

/// Carries out one request on a fresh server session whose log ends at 100,000; gives the response.
fn request(frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut server = ServerSession::new(Limits::default());
    let mut orders: Vec<_> = frames.iter().flat_map(|frame| server.handle(ServerInput::Frame(frame.clone()))).collect();
    orders.extend(server.handle(ServerInput::Finished));
    let mut response = Vec::new();
    let mut done = false;
    while !orders.is_empty() {
        match orders.remove(0) {
            ServerOutput::Register(_) => orders.extend(server.handle(ServerInput::Registered(terms(Incarnation::Keep)))),
            ServerOutput::Admit(intents) => {
                let answers = intents.iter().map(|intent| answer(intent.dseq, Status::Accepted)).collect();
                orders.extend(server.handle(ServerInput::Answered(answers)));
            }
            ServerOutput::Read { scope, from, .. } => {
                orders.extend(server.handle(ServerInput::Read(nothing_after(&scope, from))))
            }
            ServerOutput::Send(bytes) => response.push(bytes),
            ServerOutput::Done => done = true,
            ServerOutput::Close { code, .. } => panic!("{code}"),
        }
    }
    assert!(done);
    response
}

/// Runs a one-shot conversation; gives the bytes of every request and response, and whether it ended well.
fn one_shot(client: &mut ClientSession, mut outbox: Vec<Intent>) -> (Vec<(usize, usize)>, bool) {
    let mut orders = client.handle(ClientInput::Connected { clock_ms: 1_780_000_000_000 });
    let (mut trips, mut caught_up) = (Vec::new(), false);
    loop {
        let mut frames = Vec::new();
        while !orders.is_empty() {
            match orders.remove(0) {
                ClientOutput::Send(bytes) => frames.push(bytes),
                ClientOutput::NextIntents { .. } => {
                    let intents = std::mem::take(&mut outbox);
                    orders.extend(client.handle(ClientInput::Outbox { intents, more: false }));
                }
                ClientOutput::CaughtUp => caught_up = true,
                ClientOutput::Failed { code, .. } => panic!("{code}"),
                ClientOutput::StorePage(_)
                | ClientOutput::Answers(_)
                | ClientOutput::Welcomed { .. }
                | ClientOutput::Renew { .. }
                | ClientOutput::EpochChanged { .. }
                | ClientOutput::Close
                | ClientOutput::Reconnect => {}
            }
        }
        if frames.is_empty() {
            return (trips, caught_up);
        }
        let response = request(&frames);
        trips.push((frames.concat().len(), response.concat().len()));
        orders.extend(response.into_iter().flat_map(|frame| client.handle(ClientInput::Frame(frame))));
    }
}

#[test]
fn coming_back_to_nothing_new_is_one_round_trip_of_at_most_512_bytes_each_way() {
    let mut client = ClientSession::new(facts(false));

    let (trips, caught_up) = one_shot(&mut client, Vec::new());

    assert!(caught_up);
    assert_eq!(trips.len(), 1);
    assert!(trips[0].0 <= 512 && trips[0].1 <= 512, "{trips:?}");
}

#[test]
fn pushing_a_thousand_edits_is_one_round_trip() {
    let mut client = ClientSession::new(facts(false));
    let outbox = (1..=1_000).map(edit).collect();

    let (trips, caught_up) = one_shot(&mut client, outbox);

    assert!(caught_up);
    assert_eq!(trips.len(), 1);
    assert!(trips[0].0 <= 120 * 1_000 && trips[0].1 <= 10 * 1_000, "{trips:?}");
}

/// An edit of one field of an old record, with names and hashes as little compressible as real ones.
fn edit(dseq: u64) -> Intent {
    let mut noise = noise(dseq);
    let mut hash = || std::array::from_fn::<u8, 32, _>(|_| noise.next().unwrap_or(0));
    let pred = vec![WireOpId { counter: 20, actor: NEW_NAME }];
    let op = WireOp::Put { key: "phone".into(), value: WireValue::Str(format!("+49 30 {dseq}")), pred };
    let deps = vec![Dep::Hash(hash())];
    let change = WireChange { deps, start_op: 21, time_ms: 1_780_000_000_000, ops: vec![op], hash: hash(), ..toy_change(ADA, 1) };
    let ids = hash();
    let id = |half: &[u8]| Uuid::from_slice(half).unwrap();
    let part = Part { kind: "contact".into(), doc: id(&ids[..16]), changes: vec![change] };
    Intent { dseq, id: id(&ids[16..]), parts: vec![part], forecast: None }
}

fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(next(&seed), next).map(|state| (state >> 56) as u8)
}

#[test]
fn hello_and_the_first_push_do_not_wait_for_the_welcome() {
    let mut client = ClientSession::new(facts(true));

    let mut orders = client.handle(ClientInput::Connected { clock_ms: 0 });
    assert!(matches!(orders.last(), Some(ClientOutput::NextIntents { after_dseq: 0, .. })));
    orders.extend(client.handle(ClientInput::Outbox { intents: vec![toy_intent(ADA, 1)], more: false }));

    assert!(matches!(asked(&orders).as_slice(), [ClientMessage::Hello(_), ClientMessage::Push { .. }]));
}

#[test]
fn unanswered_intents_are_sent_again_after_a_cut_and_answers_are_told_once() {
    let mut client = welcomed(true);
    client.handle(ClientInput::Outbox { intents: vec![toy_intent(ADA, 1)], more: false });
    client.handle(ClientInput::Disconnected);

    client.handle(ClientInput::Connected { clock_ms: 0 });
    let again = client.handle(ClientInput::Outbox { intents: vec![toy_intent(ADA, 1)], more: false });
    assert!(matches!(asked(&again).as_slice(), [ClientMessage::Push { .. }]));
    hears(&mut client, &welcome(ADA, Incarnation::Keep));
    let answers = ServerMessage::Answers { actor: ADA, answers: vec![answer(1, Status::Accepted)] };

    assert_eq!(hears(&mut client, &answers), vec![ClientOutput::Answers(vec![answer(1, Status::Accepted)])]);
    assert_eq!(hears(&mut client, &answers), vec![]);
}

#[test]
fn after_a_refusal_nothing_is_pushed_until_the_work_is_authored_again() {
    for status in [Status::Refused, Status::Waiting] {
        let mut client = welcomed(true);
        client.handle(ClientInput::Outbox { intents: vec![toy_intent(ADA, 1)], more: true });
        let refused = ServerMessage::Answers { actor: ADA, answers: vec![answer(1, status)] };

        assert_eq!(hears(&mut client, &refused), vec![ClientOutput::Answers(vec![answer(1, status)])]);
        assert_eq!(client.handle(ClientInput::LocalWork), vec![]);
        client.handle(ClientInput::Disconnected);
        let outputs = client.handle(ClientInput::Connected { clock_ms: 0 });
        assert!(matches!(outputs.as_slice(), [ClientOutput::Send(_)]), "Hello and no question for work");

        let outputs = client.handle(ClientInput::Renewed { actor: NEW_NAME, last_dseq: 1, clock_ms: 0 });
        assert!(matches!(asked(&outputs).as_slice(), [ClientMessage::Hello(hello)] if hello.actor == NEW_NAME));
        assert!(matches!(outputs.last(), Some(ClientOutput::NextIntents { after_dseq: 0, .. })));
    }
}

#[test]
fn a_device_that_was_rolled_back_takes_a_new_name_and_minds_nothing_said_to_the_old_one() {
    let mut client = ClientSession::new(facts(true));
    client.handle(ClientInput::Connected { clock_ms: 0 });
    client.handle(ClientInput::Outbox { intents: vec![toy_intent(ADA, 1)], more: false });

    let told = hears(&mut client, &welcome(ADA, renew()));
    assert_eq!(told, vec![ClientOutput::Renew { reason: "rolled_back".into() }]);
    assert_eq!(hears(&mut client, &welcome(ADA, renew())), vec![]);
    client.handle(ClientInput::Renewed { actor: NEW_NAME, last_dseq: 1, clock_ms: 0 });
    client.handle(ClientInput::Outbox { intents: vec![toy_intent(NEW_NAME, 1)], more: false });

    assert_eq!(hears(&mut client, &welcome(ADA, Incarnation::Keep)), vec![]);
    assert_eq!(hears(&mut client, &ServerMessage::Page(page(&scopes()[0], 100_000, 100_001))), vec![]);
    hears(&mut client, &welcome(NEW_NAME, Incarnation::Keep));
    let old = ServerMessage::Answers { actor: ADA, answers: vec![answer(1, Status::Refused)] };
    assert_eq!(hears(&mut client, &old), vec![]);
}

#[test]
fn another_server_database_voids_every_cursor_on_both_sides() {
    let other = Uuid::from_u128(8);
    let mut client = ClientSession::new(ClientFacts { epoch: Some(other), ..facts(true) });
    client.handle(ClientInput::Connected { clock_ms: 0 });
    let told = hears(&mut client, &welcome(ADA, Incarnation::Keep));
    assert_eq!(told.first(), Some(&ClientOutput::EpochChanged { epoch: EPOCH }));
    let first = page(&scopes()[0], 0, 3);
    assert_eq!(hears(&mut client, &ServerMessage::Page(first.clone())), vec![ClientOutput::StorePage(first)]);

    let mut server = ServerSession::new(Limits::default());
    is_told(&mut server, &ClientMessage::Hello(Hello { epoch: Some(other), ..hello(ADA, true) }));
    let outputs = server.handle(ServerInput::Registered(terms(Incarnation::Keep)));
    assert!(reads(&outputs).iter().all(|(_, from)| *from == 0));
}

#[test]
fn a_scope_that_is_no_longer_granted_starts_from_nothing_when_it_comes_back() {
    let mut client = welcomed(true);
    let without = welcome_to(ADA, Incarnation::Keep, scopes()[1..].to_vec());

    hears(&mut client, &without);
    hears(&mut client, &welcome(ADA, Incarnation::Keep));

    let first = page(&scopes()[0], 0, 3);
    assert_eq!(hears(&mut client, &ServerMessage::Page(first.clone())), vec![ClientOutput::StorePage(first)]);
}

#[test]
fn a_repeated_page_is_ignored_and_a_missing_one_is_asked_for() {
    let mut client = welcomed(true);
    let scope = &scopes()[0];
    let next = ServerMessage::Page(page(scope, 100_000, 100_005));
    assert!(matches!(hears(&mut client, &next).as_slice(), [ClientOutput::StorePage(_)]));
    assert_eq!(hears(&mut client, &next), vec![]);
    client.handle(ClientInput::Stored { scope: scope.clone(), to: 100_005 });
    hears(&mut client, &ServerMessage::CaughtUp { cursors: Vec::new(), more: false });

    let outputs = hears(&mut client, &ServerMessage::Page(page(scope, 100_009, 100_010)));

    let asked = asked(&outputs);
    let [ClientMessage::Pull { cursors }] = asked.as_slice() else { panic!("{outputs:?}") };
    assert!(cursors.contains(&Cursor { scope: scope.clone(), seq: 100_005 }));
}

#[test]
fn caught_up_waits_until_every_page_is_durable() {
    let mut client = welcomed(true);
    let scope = scopes()[0].clone();
    hears(&mut client, &ServerMessage::Page(page(&scope, 100_000, 100_005)));

    let before = hears(&mut client, &ServerMessage::CaughtUp { cursors: Vec::new(), more: false });
    let after = client.handle(ClientInput::Stored { scope, to: 100_005 });

    assert_eq!(before, vec![]);
    assert_eq!(after, vec![ClientOutput::CaughtUp]);
}

#[test]
fn a_page_lost_at_the_end_is_noticed_and_asked_for_but_not_for_ever() {
    let mut client = welcomed(true);
    let scope = scopes()[0].clone();
    let ahead = ServerMessage::CaughtUp { cursors: vec![Cursor { scope: scope.clone(), seq: 100_009 }], more: false };
    hears(&mut client, &ServerMessage::Page(page(&scope, 100_000, 100_005)));
    client.handle(ClientInput::Stored { scope, to: 100_005 });

    assert!(matches!(asked(&hears(&mut client, &ahead)).as_slice(), [ClientMessage::Pull { .. }]));
    assert_eq!(hears(&mut client, &ahead), vec![]);
}

#[test]
fn hello_waits_until_the_pages_of_the_last_connection_are_durable() {
    let mut client = welcomed(true);
    let scope = scopes()[0].clone();
    hears(&mut client, &ServerMessage::Page(page(&scope, 100_000, 100_005)));
    client.handle(ClientInput::Disconnected);

    assert_eq!(client.handle(ClientInput::Connected { clock_ms: 0 }), vec![]);
    assert_eq!(client.handle(ClientInput::LocalWork), vec![]);
    let outputs = client.handle(ClientInput::Stored { scope: scope.clone(), to: 100_005 });

    let held = Cursor { scope, seq: 100_005 };
    assert!(matches!(asked(&outputs).as_slice(), [ClientMessage::Hello(hello)] if hello.cursors.contains(&held)));
}

#[test]
fn a_page_that_was_not_handed_out_does_not_move_a_cursor() {
    let mut client = welcomed(true);

    client.handle(ClientInput::Stored { scope: scopes()[0].clone(), to: 200_000 });

    client.handle(ClientInput::Disconnected);
    let outputs = client.handle(ClientInput::Connected { clock_ms: 0 });
    assert!(
        matches!(asked(&outputs).as_slice(), [ClientMessage::Hello(hello)] if hello.cursors.iter().all(|c| c.seq == 100_000))
    );
}

#[test]
fn an_intent_no_server_can_take_is_answered_here_and_those_before_it_are_pushed() {
    let part = |changes: usize| Part { changes: vec![toy_change(ADA, 1); changes], ..toy_intent(ADA, 1).parts[0].clone() };
    let too_many = |dseq: u64| Intent { parts: vec![part(CHANGES_MAX + 1)], ..toy_intent(ADA, dseq) };
    let mut client = welcomed(true);

    let pushed = client.handle(ClientInput::Outbox { intents: vec![toy_intent(ADA, 1), too_many(2)], more: false });
    assert!(matches!(asked(&pushed).as_slice(), [ClientMessage::Push { intents, .. }] if intents.len() == 1));
    let next = hears(&mut client, &ServerMessage::Answers { actor: ADA, answers: vec![answer(1, Status::Accepted)] });
    assert!(matches!(next.as_slice(), [ClientOutput::Answers(_), ClientOutput::NextIntents { after_dseq: 1, .. }]));
    let refused = client.handle(ClientInput::Outbox { intents: vec![too_many(2), toy_intent(ADA, 3)], more: false });

    let [ClientOutput::Answers(answers)] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!((answers[0].dseq, answers[0].status, answers[0].code.as_str()), (2, Status::Refused, "too_large"));
}

#[test]
fn a_push_is_filled_to_its_limits_and_no_further() {
    let part = |changes: usize| Part { changes: vec![toy_change(ADA, 1); changes], ..toy_intent(ADA, 1).parts[0].clone() };
    let pushed = |intents: Vec<Intent>| {
        let outputs = welcomed(true).handle(ClientInput::Outbox { intents, more: false });
        asked(&outputs)
            .into_iter()
            .find_map(|message| if let ClientMessage::Push { intents, .. } = message { Some(intents.len()) } else { None })
    };
    let of = |parts: Vec<Part>, dseq: u64| Intent { parts, ..toy_intent(ADA, dseq) };

    assert_eq!(pushed(vec![of(vec![part(CHANGES_MAX - 1)], 1), of(vec![part(1)], 2)]), Some(2));
    assert_eq!(pushed(vec![of(vec![part(CHANGES_MAX)], 1), of(vec![part(1)], 2)]), Some(1));
    assert_eq!(pushed(vec![of(vec![part(0); PARTS_MAX], 1)]), Some(1));
    assert_eq!(pushed(vec![of(vec![part(0); PARTS_MAX + 1], 1)]), None);
}

#[test]
fn the_server_says_good_bye_in_words_the_client_passes_on() {
    let mut client = welcomed(true);

    let outputs = hears(&mut client, &ServerMessage::Bye { code: "busy".into(), message: "later".into(), retry_ms: Some(5) });

    let failed = ClientOutput::Failed { code: "busy".into(), message: "later".into(), retry_ms: Some(5) };
    assert_eq!(outputs, vec![failed, ClientOutput::Close]);
}

#[test]
fn another_version_ends_the_conversation_on_both_sides() {
    let mut frame = encode(&ServerMessage::CaughtUp { cursors: Vec::new(), more: false }).unwrap();
    frame[2] = PROTOCOL_VERSION as u8 + 1;
    let outputs = welcomed(true).handle(ClientInput::Frame(frame.clone()));
    assert!(
        matches!(outputs.as_slice(), [ClientOutput::Failed { code, retry_ms: None, .. }, ClientOutput::Close] if code == "upgrade_needed")
    );

    let told = ServerSession::new(Limits::default()).handle(ServerInput::Frame(frame));
    assert_eq!(bye_code(&told).as_deref(), Some("upgrade_needed"));
    let other = ClientMessage::Hello(Hello { protocol: PROTOCOL_VERSION + 1, ..hello(ADA, true) });
    let told = is_told(&mut ServerSession::new(Limits::default()), &other);
    assert_eq!(bye_code(&told).as_deref(), Some("upgrade_needed"));
}

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
    let mut server = ServerSession::new(Limits::default());
    is_told(&mut server, &ClientMessage::Hello(hello(ADA, true)));

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
    let mut server = ServerSession::new(Limits::default());
    is_told(&mut server, &ClientMessage::Hello(hello(ADA, true)));

    assert_eq!(push(&mut server, PUSHES_WAITING_MAX), vec![]);
    assert_eq!(bye_code(&push(&mut server, 1)).as_deref(), Some("busy"));
}

#[test]
fn a_device_told_to_renew_gets_no_page_and_its_old_work_is_not_admitted() {
    let mut server = ServerSession::new(Limits::default());
    is_told(&mut server, &ClientMessage::Hello(hello(ADA, true)));
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
    let mut server = ServerSession::new(Limits::default());
    is_told(&mut server, &ClientMessage::Hello(hello(ADA, true)));
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
    let mut server = ServerSession::new(Limits::default());
    is_told(&mut server, &ClientMessage::Hello(hello(ADA, true)));

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

proptest! {
    #[test]
    fn garbage_ends_the_conversation_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), flip in any::<(u16, u8)>()) {
        let mut damaged = encode(&ClientMessage::Push { actor: ADA, intents: vec![toy_intent(ADA, 1)] }).unwrap();
        let at = flip.0 as usize % damaged.len();
        damaged[at] ^= flip.1;

        prop_assert!(bye_code(&open().handle(ServerInput::Frame(bytes.clone()))).is_some());
        open().handle(ServerInput::Frame(damaged.clone()));
        let told = welcomed(true).handle(ClientInput::Frame(bytes));
        let ended = matches!(told.as_slice(), [ClientOutput::Reconnect] | [ClientOutput::Failed { .. }, ClientOutput::Close]);
        prop_assert!(ended);
        welcomed(true).handle(ClientInput::Frame(damaged));
    }
}
