//! Bytes as received changes of a document.

#![no_main]

libfuzzer_sys::fuzz_target!(
    // libFuzzer ends at every panic, also at those behind a fence; one that gets out still ends it.
    init: drop(std::panic::take_hook()),
    |bytes: &[u8]| {
        let _word = fieldbook_tests::fuzz::document(bytes);
    }
);
