//! trailgate: a compliance gate for AWS CloudTrail audit logs.

pub mod codec;
pub mod diagnostic;
pub mod event;
pub mod explain;
pub mod finding;
pub mod output;
pub mod pack;
pub mod reference;
pub mod rule;
pub mod shape;
pub mod testing;
pub mod yaml;
