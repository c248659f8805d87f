//! Bytes as the frames of a request or an answer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _word = fieldbook_tests::fuzz::frame(bytes);
});
