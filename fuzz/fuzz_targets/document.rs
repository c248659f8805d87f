//! Bytes as received changes of a document.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _word = fieldbook_tests::fuzz::document(bytes);
});
