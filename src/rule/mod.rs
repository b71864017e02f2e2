//! The typed model of a rule, and the way from its text to it.
//!
//! In comes the spanned tree of a rules file; out go [`Rule`]s whose every part
//! remembers where it was written, and diagnostics about what did not fit.
//! Nothing behind the model knows which front end a rule came from.

mod choose;
pub mod clause;
mod files;
mod lint;
mod lower;
mod model;
mod schema;
pub mod selector;
mod set;
pub mod value;

pub use choose::Choice;
pub(crate) use files::read_at_most;
pub use files::read_rules;
pub use lint::expired_exceptions;
pub(crate) use lower::{ACCEPTANCE_KEYS, Lowerer, Scope, get};
pub use lower::{Definitions, ListDefinition, ListFile, MacroDefinition, OPERATORS, RULE_KEYS};
pub use model::{
    Acceptance, Exception, Expectation, FrameworkControls, Origin, Rule, RuleTest, Severity,
    SeverityWhen, Template, TemplatePart, TestEvent, TestEventBase,
};
pub use schema::json_schema;
pub use set::{FailedRule, InactiveRule, Loaded, RuleSet, RulesFile, load, load_beside};
