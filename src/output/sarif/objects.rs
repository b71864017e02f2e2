//! The objects of SARIF 2.1.0 that are written; section 3 of the standard
//! describes them. The order of fields here is the order written.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Log<'a> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a> {
    pub(super) tool: Tool<'a>,
    pub(super) automation_details: AutomationDetails,
    pub(super) column_kind: &'static str,
    pub(super) invocations: [Invocation; 1],
    pub(super) results: Vec<&'a Result>,
}

#[derive(Serialize)]
pub(super) struct Tool<'a> {
    pub(super) driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver<'a> {
    pub(super) name: &'static str,
    pub(super) semantic_version: &'static str,
    pub(super) rules: Vec<Descriptor<'a>>,
}

/// A rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor<'a> {
    pub(super) id: &'a str,
    pub(super) name: String,
    pub(super) short_description: Message,
    pub(super) full_description: Message,
    pub(super) help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help_uri: Option<&'a str>,
    pub(super) default_configuration: Configuration,
    pub(super) properties: RuleProperties<'a>,
}

#[derive(Serialize)]
pub(super) struct Help {
    pub(super) text: String,
    pub(super) markdown: String,
}

#[derive(Serialize)]
pub(super) struct Configuration {
    pub(super) enabled: bool,
    pub(super) level: &'static str,
}

/// What code-scanning services read beside the standard.
#[derive(Serialize)]
pub(super) struct RuleProperties<'a> {
    #[serde(rename = "security-severity")]
    pub(super) security_severity: &'static str,
    pub(super) precision: &'static str,
    pub(super) tags: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AutomationDetails {
    pub(super) id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub(super) execution_successful: bool,
    pub(super) exit_code: u8,
    pub(super) tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) descriptor: Option<Reference>,
    pub(super) level: &'static str,
    pub(super) message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) locations: Vec<Location>,
}

impl Notification {
    /// Of the run as a whole.
    pub(super) fn of_run(level: &'static str, text: String) -> Self {
        Notification {
            descriptor: None,
            level,
            message: Message { text },
            locations: Vec::new(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Reference {
    pub(super) id: String,
}

#[derive(Serialize)]
pub(super) struct Message {
    pub(super) text: String,
}

/// A finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Result {
    pub(super) rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_index: Option<usize>,
    pub(super) level: &'static str,
    pub(super) message: Message,
    pub(super) locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) code_flows: Vec<CodeFlow>,
    pub(super) partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) suppressions: Vec<Justified>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provenance: Option<Provenance>,
    pub(super) properties: Properties,
}

/// Events of a finding that is about several, in the order of time (section 3.36 of
/// the standard).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeFlow {
    pub(super) message: Message,
    pub(super) thread_flows: [ThreadFlow; 1],
}

#[derive(Serialize)]
pub(super) struct ThreadFlow {
    pub(super) locations: Vec<FlowLocation>,
}

/// One event (section 3.38).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlowLocation {
    pub(super) location: Location,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) execution_time_utc: Option<String>,
    pub(super) importance: &'static str,
    pub(super) properties: EventProperties,
}

/// What is known of it.
#[derive(Serialize)]
pub(super) struct EventProperties {
    pub(super) step: Option<String>,
    pub(super) event_id: Option<String>,
    pub(super) event_name: Option<String>,
    pub(super) principal: Option<String>,
    pub(super) source_address: Option<String>,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) file: String,
    pub(super) record: u64,
}

/// The name is that by which code scanning knows a result again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fingerprints {
    pub(super) primary_location_line_hash: String,
}

#[derive(Serialize)]
pub(super) struct Justified {
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) justification: String,
}

/// What is known of the event.
#[derive(Serialize)]
pub(super) struct Properties {
    pub(super) severity: &'static str,
    pub(super) event_id: Option<String>,
    pub(super) event_name: Option<String>,
    pub(super) event_source: Option<String>,
    pub(super) time: Option<String>,
    pub(super) account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    pub(super) region: Option<String>,
    pub(super) principal: Option<String>,
    pub(super) source_address: Option<String>,
    pub(super) error_code: Option<String>,
    pub(super) file: String,
    pub(super) record: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recurrence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) correlation: Option<Correlation>,
}

/// What several events have in common, and what was asked of them.
#[derive(Serialize)]
pub(super) struct Correlation {
    pub(super) key: BTreeMap<String, String>,
    pub(super) asks: String,
    pub(super) measured: Option<String>,
    pub(super) values: Vec<String>,
    pub(super) events: u64,
    pub(super) first: String,
    pub(super) last: String,
}

/// When it was detected before (section 3.48 of the standard).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provenance {
    pub(super) first_detection_time_utc: String,
    pub(super) last_detection_time_utc: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Message>,
    pub(super) physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) logical_locations: Vec<Logical>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: Artifact,
    pub(super) region: Region,
}

#[derive(Serialize)]
pub(super) struct Artifact {
    pub(super) uri: String,
}

/// Lines and columns from 1.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_line: usize,
    pub(super) start_column: usize,
}

/// Who acted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Logical {
    pub(super) fully_qualified_name: String,
    pub(super) kind: &'static str,
}
