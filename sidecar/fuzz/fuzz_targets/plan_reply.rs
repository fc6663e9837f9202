//! Any bytes as a planning model's answer: the reader and the rules make a sound plan of them, or none.

#![no_main]

libfuzzer_sys::fuzz_target!(|answer: &[u8]| {
    rozet_sidecar::fuzz::plan_reply(&String::from_utf8_lossy(answer));
});
