//! trailgate: a compliance gate for AWS CloudTrail audit logs.
pub mod codec;
pub mod diagnostic;
pub mod shape;
pub mod source;
