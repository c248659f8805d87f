//! What a frame takes, and what it refuses in which words.

use fieldbook_sync::error::Error;
use fieldbook_sync::frame::{
    CHANGES_MAX, FRAME_BYTES_MAX, HEADER_BYTES, INTENTS_MAX, PARTS_MAX, RATIO_MAX, RULE_BYTES_MAX, UNPACKED_BYTES_MAX, decode,
    decode_within, encode, split,
};
use fieldbook_sync::message::{Answer, ClientMessage, Expected, Forecast, Intent, PROTOCOL_VERSION, Part, ServerMessage, Status};
use proptest::prelude::*;

use crate::samples::{ADA, toy_change, toy_intent};

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A frame with this body, made by hand.
fn frame(flags: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![b'F', b'B', PROTOCOL_VERSION as u8, flags];
    frame.extend_from_slice(&(body.len() as u32).to_le_bytes());
    frame.extend_from_slice(body);
    frame
}

fn packed(plain: &[u8]) -> Vec<u8> {
    frame(1, &zstd::bulk::compress(plain, 3).unwrap())
}

fn is_too_large<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::TooLarge { .. }))
}

#[test]
fn a_short_message_travels_as_it_is_and_a_long_one_packed() {
    let short = encode(&"hi").unwrap();
    let long = encode(&"hello ".repeat(500)).unwrap();

    assert_eq!(short, frame(0, b"\x02hi"));
    assert_eq!(decode::<String>(&short), Ok("hi".to_owned()));
    assert!(long.len() < 100);
    assert_eq!(decode::<String>(&long), Ok("hello ".repeat(500)));
}

#[test]
fn frames_in_one_body_are_walked_in_order() {
    let frames: Vec<_> = (0u32..3).map(|n| encode(&n).unwrap()).collect();
    let body = frames.concat();

    let read: Vec<u32> = split(&body).map(|frame| decode(frame.unwrap()).unwrap()).collect();

    assert_eq!(read, vec![0, 1, 2]);
    assert_eq!(split(&[]).count(), 0);
}

#[test]
fn a_body_that_ends_inside_a_frame_gives_the_whole_frames_and_then_an_error() {
    let mut body = [encode(&1u32).unwrap(), encode(&2u32).unwrap()].concat();
    body.pop();

    let read: Vec<_> = split(&body).map(|frame| frame.and_then(decode::<u32>)).collect();

    assert_eq!(read, vec![Ok(1), Err(Error::Truncated)]);
}

#[test]
fn what_is_not_a_frame_is_named() {
    let whole = encode(&7u32).unwrap();
    let with = |at: usize, byte: u8| {
        let mut changed = whole.clone();
        changed[at] = byte;
        decode::<u32>(&changed)
    };

    assert_eq!(with(0, b'G'), Err(Error::NotAFrame));
    assert_eq!(with(2, 9), Err(Error::UpgradeNeeded { theirs: 9, ours: PROTOCOL_VERSION }));
    assert_eq!(with(3, 2), Err(Error::UnknownFlags));
    assert_eq!(decode::<u32>(&[]), Err(Error::Truncated));
    assert_eq!(decode::<u32>(b"GET / HTTP/1.1"), Err(Error::NotAFrame));
    assert_eq!(decode::<u32>(b"GET"), Err(Error::NotAFrame));
    assert_eq!(decode::<u32>(&whole[..whole.len() - 1]), Err(Error::Truncated));
    assert_eq!(decode::<u32>(&[whole.as_slice(), b"x"].concat()), Err(Error::TrailingBytes));
    assert_eq!(decode::<u32>(&frame(0, b"\x07\x07")), Err(Error::TrailingBytes));
    assert_eq!(decode::<u32>(&frame(1, b"not zstd")), Err(Error::Unpack));
    assert!(matches!(decode::<u32>(&frame(0, b"")), Err(Error::ReadMessage { .. })));
}

#[test]
fn bytes_after_the_packed_part_are_refused() {
    let mut body = zstd::bulk::compress(b"\x07", 3).unwrap();
    body.push(0);

    assert_eq!(decode::<u32>(&frame(1, &body)), Err(Error::TrailingBytes));
}

#[test]
fn a_frame_may_have_four_mebibytes_and_not_one_byte_more() {
    // Four bytes of the body are the length of the string of bytes.
    let fits = FRAME_BYTES_MAX - HEADER_BYTES - 4;
    let largest = encode(&noise(fits)).unwrap();

    assert_eq!(largest.len(), FRAME_BYTES_MAX);
    assert_eq!(decode::<Vec<u8>>(&largest), Ok(noise(fits)));
    assert!(is_too_large(&encode(&noise(fits + 1))));
    assert!(is_too_large(&decode::<Vec<u8>>(&frame(0, &noise(fits + 5)))));
}

#[test]
fn a_message_may_unpack_to_sixteen_mebibytes_and_not_one_byte_more() {
    // A noisy part keeps the ratio honest.
    let message = |length: usize| [noise(100_000), vec![0; length - 100_000]].concat();
    let fits = UNPACKED_BYTES_MAX - 4;
    let largest = encode(&message(fits)).unwrap();
    let larger = packed(&postcard::to_stdvec(&message(fits + 1)).unwrap());

    assert_eq!(decode::<Vec<u8>>(&largest).map(|bytes| bytes.len()), Ok(fits));
    assert!(is_too_large(&encode(&message(fits + 1))));
    assert!(is_too_large(&decode::<Vec<u8>>(&larger)));
}

#[test]
fn a_reader_may_ask_for_less_than_the_protocol_allows() {
    let frame = encode(&noise(998)).unwrap();

    assert!(decode_within::<Vec<u8>>(&frame, 1_000).is_ok());
    assert!(is_too_large(&decode_within::<Vec<u8>>(&frame, 999)));
}

#[test]
fn a_bomb_is_refused_and_honest_monotony_is_not() {
    let plain = postcard::to_stdvec(&vec![0u8; 1 << 20]).unwrap();
    let bomb = packed(&plain);
    assert!(bomb.len() * RATIO_MAX < plain.len());

    assert!(is_too_large(&decode::<Vec<u8>>(&bomb)));
    let honest = encode(&vec![0u8; 1 << 20]).unwrap();
    assert_eq!(decode::<Vec<u8>>(&honest), Ok(vec![0; 1 << 20]));
}

#[test]
fn a_window_larger_than_eight_mebibytes_is_refused() {
    let pack = |window_log: u32| {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.window_log(window_log).unwrap();
        std::io::copy(&mut [noise(2_000), vec![0; 100_000]].concat().as_slice(), &mut encoder).unwrap();
        frame(1, &encoder.finish().unwrap())
    };

    assert!(!matches!(decode::<Vec<u8>>(&pack(23)), Err(Error::Unpack)));
    assert_eq!(decode::<Vec<u8>>(&pack(24)), Err(Error::Unpack));
}

#[test]
fn lists_of_a_push_hold_their_limits_on_both_sides() {
    let part = |changes: usize| Part { changes: vec![toy_change(ADA, 1); changes], ..toy_intent(ADA, 1).parts[0].clone() };
    let push = |intents: Vec<Intent>| {
        encode(&ClientMessage::Push { actor: ADA, intents }).and_then(|frame| decode::<ClientMessage>(&frame))
    };
    let intents = |count: usize| push(vec![Intent { parts: Vec::new(), ..toy_intent(ADA, 1) }; count]).is_ok();
    let parts = |count: usize| push(vec![Intent { parts: vec![part(0); count], ..toy_intent(ADA, 1) }]).is_ok();
    let changes = |count: usize| push(vec![Intent { parts: vec![part(count)], ..toy_intent(ADA, 1) }]).is_ok();

    assert!(intents(INTENTS_MAX) && !intents(INTENTS_MAX + 1));
    assert!(parts(PARTS_MAX) && !parts(PARTS_MAX + 1));
    assert!(changes(CHANGES_MAX) && !changes(CHANGES_MAX + 1));
}

#[test]
fn a_forecast_travels_and_the_name_of_its_rule_is_short() {
    let push = |rule: String| {
        let forecast = Some(Forecast { expected: Expected::Held, rule });
        let intents = vec![Intent { forecast, ..toy_intent(ADA, 1) }];
        let message = ClientMessage::Push { actor: ADA, intents };
        decode::<ClientMessage>(&encode(&message).unwrap()).map(|read| assert_eq!(read, message))
    };

    assert_eq!(push("INV-25".to_owned()), Ok(()));
    assert_eq!(push("x".repeat(RULE_BYTES_MAX)), Ok(()));
    assert!(matches!(push("x".repeat(RULE_BYTES_MAX + 1)), Err(Error::ReadMessage { .. })));
}

#[test]
fn a_forecast_agrees_with_the_answer_it_expected_for_the_reason_it_expected() {
    let answer = |status, code: &str| Answer { dseq: 1, status, code: code.into(), message: String::new(), seq: 1 };
    let held = Forecast { expected: Expected::Held, rule: "INV-25".to_owned() };

    assert!(Forecast::accepted().agrees_with(&answer(Status::Accepted, "accepted")));
    assert!(!Forecast::accepted().agrees_with(&answer(Status::Adjusted, "FCR")));
    assert!(held.agrees_with(&answer(Status::Held, "INV-25")));
    assert!(!held.agrees_with(&answer(Status::Held, "INV-26")) && !held.agrees_with(&answer(Status::Refused, "INV-25")));
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), flags in 0u8..2) {
        for bytes in [frame(flags, &bytes), packed(&bytes), bytes] {
            let _ = decode::<ClientMessage>(&bytes);
            let _ = decode::<ServerMessage>(&bytes);
            prop_assert!(split(&bytes).count() <= bytes.len());
        }
    }
}
