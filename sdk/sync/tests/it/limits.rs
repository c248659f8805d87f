//! Every named limit on both sides: as much as it says is taken, and not one more.

use std::path::{Path, PathBuf};

use fieldbook_sync::change::{CHANGE_OPS_MAX, PREDS_MAX, VALUE_BYTES_MAX, WireChange, WireOp, WireOpId, WireValue};
use fieldbook_sync::client::{ClientFacts, ClientInput, ClientOutput, ClientSession, PUSH_BYTES_MAX};
use fieldbook_sync::frame::{
    CHANGES_MAX, CLIENT_UNPACKED_BYTES_MAX, CURSORS_MAX, FRAME_BYTES_MAX, Limits, NAME_BYTES_MAX, decode, encode,
};
use fieldbook_sync::message::{ClientMessage, Cursor, Hello, Incarnation, Intent, PROTOCOL_VERSION, Part, ServerMessage, Status};
use fieldbook_sync::server::{READ_BYTES_MAX, READ_ENTRIES_MAX, ServerInput, ServerOutput, ServerSession, WelcomeFacts};
use uuid::Uuid;

use crate::samples::{ADA, toy_change, toy_intent};

/// What stands around the intents of a push, at most; a push of one intent must fit into a frame with it.
const SURROUNDINGS_BYTES_MAX: usize = 64;

fn hello(scopes: Vec<String>) -> Hello {
    Hello {
        protocol: PROTOCOL_VERSION,
        device: Uuid::from_u128(1),
        device_name: "Ada's phone".into(),
        actor: ADA,
        schema: 1,
        clock_ms: 0,
        epoch: None,
        cursors: scopes.into_iter().map(|scope| Cursor { scope, seq: 0 }).collect(),
        last_dseq: 0,
        live: true,
    }
}

fn terms(scopes: usize) -> WelcomeFacts {
    let scopes = (0..scopes).map(|scope| scope.to_string()).collect();
    WelcomeFacts { server_ms: 0, epoch: Uuid::nil(), acked_dseq: 0, incarnation: Incarnation::Keep, scopes }
}

/// What an open session does with a message.
fn told(message: &ClientMessage) -> Vec<ServerOutput> {
    let mut server = ServerSession::new(Limits::default());
    server.handle(ServerInput::Frame(encode(&ClientMessage::Hello(hello(Vec::new()))).unwrap()));
    server.handle(ServerInput::Registered(terms(1)));
    server.handle(ServerInput::Frame(encode(message).unwrap()))
}

/// The word with which a session ends, if it does.
fn bye(outputs: &[ServerOutput]) -> Option<String> {
    outputs.iter().find_map(|output| if let ServerOutput::Close { code, .. } = output { Some(code.clone()) } else { None })
}

/// An intent of exactly so many bytes, of values within their limit.
fn intent_of(bytes: usize, dseq: u64) -> Intent {
    let put = |text: String| WireOp::Put { key: "note".into(), value: WireValue::Str(text), pred: Vec::new() };
    let make = |values: &[usize]| {
        let ops = values.iter().map(|length| put("v".repeat(*length))).collect();
        let changes = vec![WireChange { ops, ..toy_change(ADA, 1) }];
        Intent { parts: vec![Part { changes, ..toy_intent(ADA, dseq).parts[0].clone() }], ..toy_intent(ADA, dseq) }
    };
    let size = |intent: &Intent| postcard::to_stdvec(intent).unwrap().len();
    // Two values at the end take what is left, so that neither crosses a length of its length.
    let mut values = Vec::new();
    while size(&make(&values)) + 3 * VALUE_BYTES_MAX < bytes {
        values.push(VALUE_BYTES_MAX);
    }
    values.extend([20_000, 20_000, 20_000]);
    for place in values.len() - 3..values.len() {
        let left = bytes - size(&make(&values));
        values[place] += left.min(VALUE_BYTES_MAX - values[place]);
    }
    let intent = make(&values);
    assert_eq!(size(&intent), bytes);
    intent
}

/// What a welcomed phone does with its outbox.
fn sends(intents: Vec<Intent>) -> Vec<ClientOutput> {
    let facts = ClientFacts {
        device: Uuid::from_u128(1),
        device_name: "Ada's phone".into(),
        actor: ADA,
        schema: 1,
        epoch: None,
        cursors: Vec::new(),
        last_dseq: 0,
        live: true,
    };
    let mut client = ClientSession::new(facts);
    client.handle(ClientInput::Connected { clock_ms: 0 });
    client.handle(ClientInput::Outbox { intents, more: false })
}

/// The push among what a phone does, as a frame, and how many intents it carries.
fn push(outputs: &[ClientOutput]) -> Option<(Vec<u8>, usize)> {
    outputs.iter().find_map(|output| {
        let ClientOutput::Send(frame) = output else { return None };
        let ClientMessage::Push { intents, .. } = decode(frame).ok()? else { return None };
        Some((frame.clone(), intents.len()))
    })
}

#[test]
fn a_push_is_filled_to_a_mebibyte_and_one_intent_may_be_bigger() {
    let half = PUSH_BYTES_MAX / 2;
    let pushed = |sizes: [usize; 2]| push(&sends(vec![intent_of(sizes[0], 1), intent_of(sizes[1], 2)])).unwrap().1;

    assert_eq!(pushed([half, half]), 2);
    assert_eq!(pushed([half, half + 1]), 1);
    assert_eq!(pushed([PUSH_BYTES_MAX + 1, 1_000_000]), 1);
}

#[test]
fn the_biggest_intent_fits_into_a_frame_the_server_takes_and_a_bigger_one_is_answered_on_the_phone() {
    let biggest = CLIENT_UNPACKED_BYTES_MAX.min(FRAME_BYTES_MAX) - SURROUNDINGS_BYTES_MAX;

    let (frame, count) = push(&sends(vec![intent_of(biggest, 1)])).unwrap();
    assert_eq!(count, 1);
    assert_eq!(bye(&told(&decode(&frame).unwrap())), None);
    let outputs = sends(vec![intent_of(biggest + 1, 1)]);
    let refused =
        outputs.iter().find_map(|output| if let ClientOutput::Answers(answers) = output { Some(answers) } else { None });
    let refused = refused.unwrap();
    assert_eq!((refused[0].status, refused[0].code.as_str()), (Status::Refused, "too_large"));
    assert!(push(&outputs).is_none());
}

#[test]
fn what_a_device_says_may_unpack_to_four_mebibytes_and_not_one_byte_more() {
    let plain = |scope: usize| {
        // Letters that keep the ratio honest, then none that do not.
        let honest: String =
            (0..200_000_u64).map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 13) as u8 % 26)).collect();
        let scope = honest.clone() + &"a".repeat(scope - honest.len());
        ClientMessage::Pull { cursors: vec![Cursor { scope, seq: 0 }] }
    };
    let around = postcard::to_stdvec(&plain(3_000_000)).unwrap().len() - 3_000_000;
    let fits = CLIENT_UNPACKED_BYTES_MAX - around;

    assert_eq!(bye(&told(&plain(fits))), None);
    assert_eq!(bye(&told(&plain(fits + 1))).as_deref(), Some("too_large"));
}

#[test]
fn names_of_scopes_and_record_types_hold_their_limit() {
    let following = |bytes: usize| {
        let mut server = ServerSession::new(Limits::default());
        bye(&server.handle(ServerInput::Frame(encode(&ClientMessage::Hello(hello(vec!["s".repeat(bytes)]))).unwrap())))
    };
    let of_kind = |bytes: usize| {
        let parts = vec![Part { kind: "k".repeat(bytes), ..toy_intent(ADA, 1).parts[0].clone() }];
        bye(&told(&ClientMessage::Push { actor: ADA, intents: vec![Intent { parts, ..toy_intent(ADA, 1) }] }))
    };

    assert_eq!((following(NAME_BYTES_MAX), of_kind(NAME_BYTES_MAX)), (None, None));
    assert_eq!(following(NAME_BYTES_MAX + 1).as_deref(), Some("too_large"));
    assert_eq!(of_kind(NAME_BYTES_MAX + 1).as_deref(), Some("too_large"));
}

#[test]
fn the_changes_of_a_push_are_counted_over_all_its_intents() {
    let intent = |dseq: u64, changes: usize| {
        let part = Part { changes: vec![toy_change(ADA, 1); changes], ..toy_intent(ADA, 1).parts[0].clone() };
        Intent { parts: vec![part], ..toy_intent(ADA, dseq) }
    };
    let pushing = |last: usize| {
        let intents = vec![intent(1, CHANGES_MAX / 2), intent(2, CHANGES_MAX / 2 - 1), intent(3, last)];
        bye(&told(&ClientMessage::Push { actor: ADA, intents }))
    };

    assert_eq!(pushing(1), None);
    assert_eq!(pushing(2).as_deref(), Some("too_large"));
}

#[test]
fn scopes_hold_their_limit_wherever_they_are_named() {
    let pulling = |count: usize| {
        let cursors = (0..count).map(|scope| Cursor { scope: scope.to_string(), seq: 0 }).collect();
        bye(&told(&ClientMessage::Pull { cursors }))
    };
    let granted = |count: usize| {
        let mut server = ServerSession::new(Limits::default());
        server.handle(ServerInput::Frame(encode(&ClientMessage::Hello(hello(Vec::new()))).unwrap()));
        bye(&server.handle(ServerInput::Registered(terms(count))))
    };

    assert_eq!((pulling(CURSORS_MAX), granted(CURSORS_MAX)), (None, None));
    assert_eq!(pulling(CURSORS_MAX + 1).as_deref(), Some("frame.malformed"));
    assert_eq!(granted(CURSORS_MAX + 1).as_deref(), Some("too_large"));
}

#[test]
fn a_page_is_asked_for_within_its_limits() {
    let mut server = ServerSession::new(Limits::default());
    server.handle(ServerInput::Frame(encode(&ClientMessage::Hello(hello(Vec::new()))).unwrap()));

    let orders = server.handle(ServerInput::Registered(terms(2)));

    let asked = |order: &ServerOutput| {
        if let ServerOutput::Read { entries_max, bytes_max, .. } = order { Some((*entries_max, *bytes_max)) } else { None }
    };
    assert_eq!(orders.iter().filter_map(asked).collect::<Vec<_>>(), [(READ_ENTRIES_MAX, READ_BYTES_MAX); 2]);
}

#[test]
fn lists_in_a_change_are_not_read_beyond_their_limit() {
    let id = WireOpId { counter: 1, actor: ADA };
    let read = |op: WireOp, times: usize| {
        let wire = WireChange { ops: vec![op; times], ..toy_change(ADA, 1) };
        postcard::from_bytes::<WireChange>(&postcard::to_stdvec(&wire).unwrap()).is_ok()
    };
    let nothing = || WireOp::Delete { key: "k".into(), pred: Vec::new() };
    let replaces = |count: usize| WireOp::Put { key: "k".into(), value: WireValue::Null, pred: vec![id; count] };
    let deletes = |count: usize| WireOp::Delete { key: "k".into(), pred: vec![id; count] };
    let removes = |count: usize| WireOp::Remove { text: id, elements: vec![id; count] };

    assert!(read(nothing(), CHANGE_OPS_MAX) && !read(nothing(), CHANGE_OPS_MAX + 1));
    assert!(read(replaces(PREDS_MAX), 1) && !read(replaces(PREDS_MAX + 1), 1));
    assert!(read(deletes(PREDS_MAX), 1) && !read(deletes(PREDS_MAX + 1), 1));
    assert!(read(removes(CHANGE_OPS_MAX), 1) && !read(removes(CHANGE_OPS_MAX + 1), 1));
}

#[test]
fn a_welcome_says_the_limits_that_are_kept() {
    let mut server = ServerSession::new(Limits::default());
    server.handle(ServerInput::Frame(encode(&ClientMessage::Hello(hello(Vec::new()))).unwrap()));
    let orders = server.handle(ServerInput::Registered(terms(0)));

    let ServerOutput::Send(frame) = &orders[0] else { panic!("{orders:?}") };
    let ServerMessage::Welcome(welcome) = decode(frame).unwrap() else { panic!("a welcome") };

    assert_eq!(welcome.limits.unpacked_bytes_max as usize, CLIENT_UNPACKED_BYTES_MAX);
    assert_eq!((welcome.limits.frame_bytes_max as usize, welcome.limits.changes_max as usize), (FRAME_BYTES_MAX, CHANGES_MAX));
}

/// The text of every file below a folder.
fn texts(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = |path: PathBuf| if path.is_dir() { texts(&path) } else { vec![std::fs::read_to_string(path).unwrap()] };
    entries.flat_map(text).collect()
}

#[test]
fn no_limit_is_named_without_a_test_that_names_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = texts(&root.join("tests")).concat() + &texts(&root.join("../../server/tests")).concat();
    let sources = texts(&root.join("src"));
    let public =
        sources.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    let limits: Vec<&str> = public.filter(|name| name.ends_with("_MAX") || name.ends_with("_BYTES")).collect();

    assert!(limits.len() > 20, "{limits:?}");
    let untested: Vec<&&str> = limits.iter().filter(|name| !tests.contains(**name)).collect();
    assert!(untested.is_empty(), "without a test: {untested:?}");
}
