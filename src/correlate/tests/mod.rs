//! Folding against the obvious: every subset of events within every window.

mod cases;
mod folding;
mod live;
mod naive;
mod nights;
mod order;
mod storing;
