//! What a CloudTrail record is.
//!
//! In comes one record as a [`serde_json::Value`]; out come the facts that every
//! finding names (id, time, account, region, principal, source address), the
//! catalogue of fixed fields that selectors are checked against ([`catalogue`]), the
//! calls of the AWS API with their parameters ([`api`]), which fields were lost on the
//! way ([`Losses`]), which calls are delivered only where a trail asks for them
//! ([`DataPlane`]), and a copy fit to be shown, without credentials ([`secret`]).
//! Nothing here fails: what a record does not carry is `None`.

pub mod api;
mod asked;
pub mod catalogue;
mod data_plane;
mod identity;
mod losses;
pub mod secret;
mod time;

pub use asked::Asked;
pub use data_plane::DataPlane;
pub use identity::{
    account, category, event_id, event_name, event_source, is_account_id, principal, region,
    source_address,
};
pub use losses::{Loss, Losses};
pub use time::{event_time, parse_duration, parse_rfc3339};
