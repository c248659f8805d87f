//! A simple byte mutator: what a hostile hand does to an input.

use crate::seed::Numbers;
use fieldbook_sync::frame::HEADER_BYTES;

/// Numbers at the edge of something, as they travel.
const EDGES: [&[u8]; 8] = [
    &[0],
    &[0xff],
    &[0x7f],
    &[0x80, 0x80, 0x80, 0x80, 0x08],
    // 4,294,967,294 and 4,294,967,295.
    &[0xfe, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
];
/// The longest input the mutator grows.
const BYTES_MAX: usize = 64 << 10;

/// An input, changed in one to four places; where it is a frame, mostly with a length that is right again.
pub(super) fn mutated(input: &[u8], corpus: &[Vec<u8>], dice: &mut Numbers) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..1 + dice.below(4) {
        change(&mut bytes, corpus, dice);
    }
    if bytes.starts_with(b"FB") && bytes.len() > HEADER_BYTES && !dice.one_in(4) {
        let length = u32::try_from(bytes.len() - HEADER_BYTES).unwrap_or(u32::MAX).to_le_bytes();
        bytes.splice(HEADER_BYTES - length.len()..HEADER_BYTES, length);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Numbers) {
    let at = dice.below(bytes.len() + 1);
    let until = (at + 1 + dice.below(16)).min(bytes.len());
    match dice.below(8) {
        0 | 1 => {
            let bit = 1 << dice.below(8);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= bit;
            }
        }
        2 => {
            let any = dice.next().to_le_bytes().first().copied().unwrap_or(0);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = any;
            }
        }
        3 => {
            let edge = EDGES.get(dice.below(EDGES.len())).copied().unwrap_or_default();
            let end = (at + edge.len().min(dice.below(2) * edge.len())).min(bytes.len());
            bytes.splice(at.min(end)..end, edge.iter().copied());
        }
        4 => drop(bytes.drain(at.min(until)..until)),
        5 if bytes.len() < BYTES_MAX => {
            let again = bytes.get(at..until).unwrap_or_default().to_vec();
            let many = 1 + dice.below(40);
            bytes.splice(at..at, again.repeat(many));
        }
        6 => bytes.truncate(at),
        _ => {
            let other = corpus.get(dice.below(corpus.len())).map(Vec::as_slice).unwrap_or_default();
            let from = dice.below(other.len() + 1);
            let part = other.get(from..(from + 32).min(other.len())).unwrap_or_default();
            bytes.splice(at.min(until)..until, part.iter().copied());
        }
    }
}
