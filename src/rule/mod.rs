//! The typed model of a rule, and the way from its text to it.
//!
//! In comes the spanned tree of a rules file, native or
//! [Sigma](crate::sigma); out go [`Rule`]s whose every part
//! remembers where it was written, and diagnostics about what did not fit.
//! Nothing behind the model knows which front end a rule came from.

pub mod attack;
mod choose;
pub mod clause;
pub mod correlation;
mod files;
mod kept;
mod lint;
mod lower;
mod measure;
mod model;
mod overrides;
mod scalars;
mod schema;
pub mod selector;
mod set;
mod test;
pub mod value;

pub use choose::{Choice, LeftOut, Profile};
pub(crate) use files::read_at_most;
pub use files::{CONFIGURATION_NAMES, read_rules};
pub(crate) use kept::Either;
pub use kept::Kept;
pub(crate) use lint::lint;
pub use lint::{expired_exceptions, named_calls, unknown_calls};
pub(crate) use lower::{
    ACCEPTANCE_KEYS, Known, Lowerer, Neighbours, Scope, beginning, inside, is_framework,
    is_technique, misread_glob, set_lists, unknown_field,
};
pub use lower::{
    ControlDefinition, Definitions, Evidence, FrameworkDefinition, ListDefinition, ListFile,
    ListValues, MacroDefinition, OPERATORS, ProfileDefinition, RULE_KEYS, SetList,
};
pub use model::{
    Acceptance, Attribution, CorrelatedPart, Exception, FrameworkControls, Origin, Rule, Severity,
    SeverityWhen, Template, TemplatePart,
};
pub use overrides::{Change, Override, SeveritySet, SwitchedOff};
pub(crate) use scalars::scalars_matter;
pub use schema::json_schema;
pub(crate) use schema::parts as schema_parts;
pub(crate) use set::Foreign;
pub use set::{
    FailedRule, InactiveRule, Loaded, NotApplicable, RuleSet, RulesFile, RulesText, Settings, load,
    load_beside, load_with,
};
pub use test::{
    Expectation, RuleTest, TestEvent, TestEventBase, TestEvents, TestInput, TestOccurrence,
};
