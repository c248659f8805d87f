//! Bytes as an intent before a server that has a few records.

#![no_main]

use fieldbook_tests::fuzz::Gatehouse;
use std::cell::RefCell;

thread_local! {
    static GATEHOUSE: RefCell<Gatehouse> = RefCell::new(Gatehouse::new());
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _word = GATEHOUSE.with_borrow_mut(|gatehouse| gatehouse.admission(bytes));
});
