#![no_main]

#[path = "../checks/shape.rs"]
mod shape;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    shape::check(data);
});
