//! What each end does, told event by event.

use fieldbook_sync::change::{ActorBytes, Dep, WireChange, WireOp, WireOpId, WireValue};
use fieldbook_sync::client::{ClientFacts, ClientInput, ClientOutput, ClientSession};
use fieldbook_sync::frame::{Limits, decode, encode};
use fieldbook_sync::message::{
    Answer, ClientMessage, Cursor, Hello, Incarnation, Intent, PROTOCOL_VERSION, Page, Part, ServerMessage, Status, Welcome,
};
use fieldbook_sync::server::{ServerInput, ServerOutput, ServerSession, WelcomeFacts};
use proptest::prelude::*;
use uuid::Uuid;

use crate::samples::{ADA, toy_change, toy_intent};

mod client;
mod server;

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

/// Gives a client all there is in its outbox.
fn offers(client: &mut ClientSession, intents: Vec<Intent>) -> Vec<ClientOutput> {
    client.handle(ClientInput::Outbox { intents, more: false })
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

/// A server session that a live device has said Hello to.
fn greeted() -> ServerSession {
    let mut server = ServerSession::new(Limits::default());
    is_told(&mut server, &ClientMessage::Hello(hello(ADA, true)));
    server
}

/// The same once it has welcomed the device, with a read of every scope under way.
fn open() -> ServerSession {
    let mut server = greeted();
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

fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(next(&seed), next).map(|state| (state >> 56) as u8)
}
