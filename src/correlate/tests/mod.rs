//! Folding against the obvious: every subset of events within every window.

mod cases;
mod folding;
mod naive;
mod order;
mod storing;
