//! Results of CloudTrail Lake queries, which come with a signed list of hashes.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Deserialize;

use super::content::{decoded, hash_stored, hex};
use super::evidence::Evidence;
use super::files::{Files, name_of};
use super::report::{Level, QueryResultReport, Report};
use super::signature::{ALGORITHM, Checked, check};
use super::{Options, logs::HASH_ALGORITHM};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::parse_rfc3339;
use crate::source::Input;

/// What the list is called.
pub(super) const SIGN_FILE: &str = "result_sign.json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    region: Option<String>,
    query_complete_time: Option<String>,
    files: Vec<ResultFile>,
    hash_algorithm: String,
    signature_algorithm: String,
    hash_signature: String,
    public_key_fingerprint: String,
}

impl Written {
    /// The region whose key signed it, and when, so far as it says so.
    pub(super) fn signed_in(&self) -> Option<(String, Timestamp)> {
        let time = parse_rfc3339(self.query_complete_time.as_deref()?)?;
        Some((self.region.clone()?, time))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResultFile {
    file_hash_value: String,
    file_name: String,
}

/// Verifies every signed list and the files beside it. Gives all files that belong
/// to query results.
pub(super) fn verify(
    files: &Files<'_>,
    evidence: &Evidence,
    options: &Options,
    report: &mut Report,
) -> HashSet<usize> {
    let mut listed = HashSet::new();
    let lists: Vec<usize> = files
        .paths()
        .enumerate()
        .filter(|(_, path)| name_of(path) == SIGN_FILE)
        .map(|(file, _)| file)
        .collect();
    for list in lists {
        listed.insert(list);
        match read(files.input(list), options) {
            Ok(written) => {
                let result = one(files, list, &written, evidence, report, &mut listed);
                report.query_results.push(result);
            }
            Err(problem) => report.problems.push(*problem),
        }
    }
    unlisted(files, &mut listed, report);
    listed
}

/// Reads a signed list.
///
/// # Errors
///
/// Says that it cannot be read, or is something else.
pub(super) fn read(input: &Input, options: &Options) -> Result<Written, Box<Diagnostic>> {
    let (bytes, fault) = decoded(input, options.limits, options.max_digest)?;
    let damaged = |why: String| {
        let message = format!("this is no whole list of query results: {why}");
        Box::new(
            Diagnostic::new(Code::DigestDamaged, message)
                .in_place(&input.name)
                .help("what it listed cannot be verified; copy it from the bucket again"),
        )
    };
    if let Some(fault) = fault {
        return Err(damaged(fault.to_string()));
    }
    serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))
}

/// Verifies the files of one list, then the signature over their hashes.
fn one(
    files: &Files<'_>,
    list: usize,
    written: &Written,
    evidence: &Evidence,
    report: &mut Report,
    listed: &mut HashSet<usize>,
) -> QueryResultReport {
    let input = files.input(list);
    let folder = files.path(list).trim_end_matches(SIGN_FILE);
    let mut result = QueryResultReport {
        list: input.name.clone(),
        files: written.files.len() as u64,
        intact: 0,
        level: Level::HashChain,
    };
    let mut intact = Vec::new();
    for file in &written.files {
        let place = format!("{folder}{}", file.file_name);
        let Some(found) = files.at(&place) else {
            report.problems.push(
                Diagnostic::new(Code::FileMissing, "a query result is missing")
                    .in_place(place)
                    .help(format!("{} lists it", input.name)),
            );
            continue;
        };
        listed.insert(found);
        match hash_stored(files.input(found)) {
            Ok(hash) if file.file_hash_value.eq_ignore_ascii_case(&hex(&hash)) => {
                result.intact += 1;
                intact.push(found);
            }
            Ok(_) => report.problems.push(
                Diagnostic::new(Code::FileAltered, "the query result was altered")
                    .in_place(&files.input(found).name)
                    .help(
                        "the hash is over the file as it was delivered: one that was compressed \
                         anew is another one",
                    ),
            ),
            Err(problem) => report.problems.push(*problem),
        }
    }
    result.level = signed(written, &input.name, evidence, report);
    for file in intact {
        report.vouch(file, result.level);
    }
    result
}

fn signed(written: &Written, list: &str, evidence: &Evidence, report: &mut Report) -> Level {
    let known =
        written.signature_algorithm == ALGORITHM && written.hash_algorithm == HASH_ALGORITHM;
    if !known {
        let message = format!(
            "the algorithms `{}` and `{}` are not known",
            written.signature_algorithm, written.hash_algorithm
        );
        let problem = Diagnostic::new(Code::NotVerifiable, message).in_place(list);
        let help = "CloudTrail signs with SHA256withRSA and hashes with SHA-256";
        report.problems.push(problem.help(help));
        return Level::Unverifiable;
    }
    let Some(keys) = &evidence.keys else {
        return Level::HashChain;
    };
    let hashes: Vec<&str> = written
        .files
        .iter()
        .map(|file| file.file_hash_value.as_str())
        .collect();
    let fingerprint = &written.public_key_fingerprint;
    let (code, message, help) = match check(
        keys,
        fingerprint,
        &hashes.join(" "),
        &written.hash_signature,
        None,
    ) {
        Checked::Valid => return Level::Signed,
        Checked::OutOfTime | Checked::Invalid => (
            Code::BadSignature,
            "the signature does not fit the list of query results".to_owned(),
            "a hash in the list, their order or the signature was altered",
        ),
        Checked::KeyMissing => (
            Code::KeyMissing,
            format!("the public key {fingerprint} of the list is not among those given"),
            "list the keys of the time and the region of the query, and give them with \
             `--public-keys`; the text of the list says both",
        ),
    };
    let level = match code {
        Code::KeyMissing => Level::HashChain,
        _ => Level::Unverifiable,
    };
    let problem = Diagnostic::new(code, message).in_place(list);
    report.problems.push(problem.help(help));
    level
}

/// Results that lie beside a list and are not in it.
fn unlisted(files: &Files<'_>, listed: &mut HashSet<usize>, report: &mut Report) {
    for (file, path) in files.paths().enumerate() {
        let name = name_of(path);
        let folder = &path[..path.len() - name.len()];
        let is_result = name.starts_with("result_") && name.ends_with(".csv.gz");
        let has_list = files.at(&format!("{folder}{SIGN_FILE}")).is_some();
        if is_result && has_list && listed.insert(file) {
            report.problems.push(
                Diagnostic::new(
                    Code::FileUnlisted,
                    "the signed list does not have this result",
                )
                .in_place(&files.input(file).name)
                .help("CloudTrail lists every file of a result: this one was added"),
            );
        }
    }
}
