//! The effective settings one by one, for those who ask where each comes from.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::model::Config;
use crate::diagnostic::Span;
use crate::finding::FailOn;
use crate::rule::{Change, ListValues};

/// A setting in effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its key, with dots between the keys of mappings.
    pub name: String,
    /// What it is.
    pub value: Value,
    /// Where it is written; `None` for a default.
    pub place: Option<Span>,
}

/// All of them, in the order they are documented.
pub fn settings(config: &Config) -> Vec<Setting> {
    let mut all = rules(config);
    all.extend(fail_on(config));
    for entry in &config.overrides {
        let reason = &entry.reason;
        let value = match entry.change {
            Change::Off => json!({"enabled": false, "reason": reason}),
            Change::Severity(severity) => json!({"severity": severity.name(), "reason": reason}),
        };
        let name = format!("overrides.{}", entry.rule.value);
        all.push(said(name, value, entry.rule.span));
    }
    all.extend(files(config));
    for account in &config.accounts {
        let label = &account.label;
        let value = json!({"name": label.name, "environment": label.environment});
        let name = format!("accounts.{}", account.id.value);
        all.push(said(name, value, account.span));
    }
    let expect = &config.expect;
    for account in &expect.accounts {
        all.push(said(
            "expect.accounts",
            account.value.as_str(),
            account.span,
        ));
    }
    for region in &expect.regions {
        all.push(said("expect.regions", region.value.as_str(), region.span));
    }
    for trail in &expect.trails {
        all.push(said("expect.trails", trail.value.name(), trail.span));
    }
    all
}

fn rules(config: &Config) -> Vec<Setting> {
    let paths = config.rules.iter();
    let paths = paths.map(|path| said("rules", path.value.to_string_lossy(), path.span));
    let mut all: Vec<Setting> = paths.collect();
    all.push(match &config.default_rules {
        Some(wanted) => said("default_rules", wanted.value, wanted.span),
        None => default("default_rules", true),
    });
    all.push(match &config.rule_profile {
        Some(profile) => said("rule_profile", profile.value.as_str(), profile.span),
        None => default("rule_profile", "default"),
    });
    for list in &config.lists {
        let value = match &list.values {
            ListValues::Written(values) => {
                values.iter().map(|value| value.value.as_str()).collect()
            }
            ListValues::File(file, _) => {
                let mut value = json!({"file": file.path.to_string_lossy()});
                if let Some(column) = &file.column {
                    value["column"] = column.as_str().into();
                }
                value
            }
        };
        all.push(Setting {
            name: format!("lists.{}", list.name),
            value,
            place: list.name_span,
        });
    }
    all
}

fn fail_on(config: &Config) -> Vec<Setting> {
    let word = |fail_on: FailOn| match fail_on {
        FailOn::Never => "none",
        FailOn::At(severity) => severity.name(),
    };
    let mut all = vec![match &config.fail_on.default {
        Some(fail_on) => said("fail_on", word(fail_on.value), fail_on.span),
        None => default("fail_on", word(FailOn::default())),
    }];
    for (environment, fail_on) in &config.fail_on.environments {
        let name = format!("fail_on.{environment}");
        all.push(said(name, word(fail_on.value), fail_on.span));
    }
    all
}

fn files(config: &Config) -> Vec<Setting> {
    let named = [
        ("waivers.file", &config.waivers.file),
        ("baseline", &config.baseline),
        ("state", &config.state),
    ];
    let named = named.into_iter().filter_map(|(name, path)| {
        let path = path.as_ref()?;
        Some(said(name, path.value.to_string_lossy(), path.span))
    });
    let longest = config.waivers.longest.as_ref();
    let longest = longest.map(|of| said("waivers.longest", in_days(of.value), of.span));
    named.chain(longest).collect()
}

/// `90d`, or with smaller units where it is no number of days.
fn in_days(duration: SignedDuration) -> String {
    match (duration.as_hours() / 24, duration.as_secs() % 86_400) {
        (days, 0) => format!("{days}d"),
        _ => format!("{duration:#}"),
    }
}

fn said(name: impl Into<String>, value: impl Into<Value>, place: Span) -> Setting {
    Setting {
        name: name.into(),
        value: value.into(),
        place: Some(place),
    }
}

fn default(name: &str, value: impl Into<Value>) -> Setting {
    Setting {
        name: name.to_owned(),
        value: value.into(),
        place: None,
    }
}
