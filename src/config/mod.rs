//! Configuration: what a project says once, for all its runs.
//!
//! In comes the text of a `trailgate.yaml`; out come a [`Config`] whose every
//! setting remembers where it was written, and diagnostics for what does not fit.
//! Paths in it start at its folder. Nothing here applies a setting: that is for
//! those who load rules, judge and write.

mod accounts;
mod expect;
mod fail_on;
mod find;
mod model;
mod overrides;
mod read;
mod schema;
mod settings;

pub use find::find;
pub use model::{Account, Config, ConfigFile, Expect, FailOnByEnvironment, Waivers};
pub use read::{CONFIG_KEYS, Folders, load, parse};
pub use schema::json_schema;
pub use settings::{Setting, settings};

#[cfg(test)]
mod tests;
