#![no_main]

#[path = "../checks/glob.rs"]
mod glob;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    glob::check(data);
});
