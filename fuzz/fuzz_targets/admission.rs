//! Bytes as an intent before a server that has a few records.

#![no_main]

use fieldbook_tests::fuzz::Gatehouse;
use std::cell::RefCell;

/// Inputs a server is tried with before it is looked over and another takes its place: it keeps what it refuses.
const INPUTS_MAX: u32 = 5_000;

thread_local! {
    static GATEHOUSE: RefCell<(Gatehouse, u32)> = RefCell::new((Gatehouse::new(), 0));
}

libfuzzer_sys::fuzz_target!(
    // libFuzzer ends at every panic, also at those behind a fence; one that gets out still ends it.
    init: drop(std::panic::take_hook()),
    |bytes: &[u8]| {
        GATEHOUSE.with_borrow_mut(|(gatehouse, inputs)| {
            let _word = gatehouse.admission(bytes);
            *inputs += 1;
            if *inputs == INPUTS_MAX {
                gatehouse.is_whole();
                (*gatehouse, *inputs) = (Gatehouse::new(), 0);
            }
        });
    }
);
