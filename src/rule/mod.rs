//! The typed model of a rule, and the way from its text to it.
//!
//! In comes the spanned tree of a rules file; out go [`Rule`]s whose every part
//! remembers where it was written, and diagnostics about what did not fit.
//! Nothing behind the model knows which front end a rule came from.

pub mod clause;
mod model;
pub mod selector;
pub mod value;

pub use model::{
    Exception, Expectation, FrameworkControls, Origin, Rule, RuleTest, Severity, SeverityWhen,
    Template, TemplatePart, TestEvent, TestEventBase,
};
