//! trailgate: a compliance gate for AWS CloudTrail audit logs.

pub mod codec;
pub mod diagnostic;
pub mod engine;
pub mod event;
pub mod finding;
pub mod output;
pub mod pack;
pub mod reference;
pub mod rule;
pub mod shape;
pub mod source;
pub mod yaml;
