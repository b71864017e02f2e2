//! trailgate: a compliance gate for AWS CloudTrail audit logs.
//!
//! Rules in YAML are run over CloudTrail records and give findings that point at
//! the fields that broke the rule. This is the library behind the `trailgate`
//! command; nothing in it prints, reads the environment or exits. Those who
//! embed it turn default features off.
//!
//! Two streams meet in the engine, and imports follow them:
//!
//! ```text
//!   rule text                              bytes
//!      |                                     |
//!    yaml      spanned tree               source     files, directories, standard input
//!      |                                     |
//!    rule <- sigma  typed model, lint     codec      gzip and zstd by their magic bytes
//!      |                                     |
//!      |                                  archive    zip and tar become their members
//!      |                                     |
//!  compile    a program               shape      one record at a time
//!      |                                     |
//!      +--------------> engine <-------------+       records meet rules
//!                         |
//!    reference <----------+                          what a condition means; evidence
//!                         |
//!                      finding                       fingerprint, exceptions, masking, verdict
//!                         |
//!               waiver, baseline                      what is accepted, and what is known
//!                         |
//!                      report                        controls, on what grounds, charts
//!                         |
//!                      output                        text, JSON, SARIF, HTML, ...
//! ```
//!
//! Beside the streams: [`sigma`] (the other front end of the rules), [`diagnostic`]
//! (codes, spans and renderers), [`event`] (what a CloudTrail record is), [`config`]
//! (what a project says for all its runs), [`pack`] (the embedded rules), [`testing`]
//! (the tests beside the rules), [`explain`] (rules and verdicts in words), and, behind
//! features of their own, `integrity` (whether a copy is what CloudTrail delivered) and
//! `state` (what earlier runs read and found).
//!
//! # Example
//!
//! ```
//! use trailgate::engine::Engine;
//! use trailgate::{pack, rule};
//!
//! let loaded = rule::load(pack::rules_files(), &[]);
//! assert!(loaded.diagnostics.iter().all(|diagnostic| !diagnostic.is_error()));
//!
//! let engine = Engine::new(&loaded.set);
//! let record = serde_json::json!({
//!     "eventVersion": "1.08",
//!     "eventSource": "cloudtrail.amazonaws.com",
//!     "eventName": "StopLogging",
//!     "eventTime": "2026-01-05T09:51:36Z",
//!     "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bruno"},
//! });
//! let judgement = engine.judge(&record, "export.json", 1);
//! assert_eq!(judgement.findings[0].rule, "cis-05-cloudtrail-change");
//! ```

pub mod archive;
pub mod baseline;
pub mod codec;
mod compile;
pub mod config;
pub mod correlate;
pub mod diagnostic;
pub mod draft;
pub mod engine;
pub mod event;
pub mod explain;
pub mod finding;
#[cfg(feature = "integrity")]
pub mod integrity;
pub mod output;
pub mod pack;
pub mod reference;
pub mod report;
pub mod rule;
pub mod shape;
pub mod sigma;
pub mod source;
#[cfg(feature = "state")]
pub mod state;
pub mod testing;
pub mod waiver;
pub mod yaml;
