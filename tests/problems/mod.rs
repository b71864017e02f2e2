//! Every problem with input, output and options, as a person sees it.

mod copies;
mod standing;

use std::path::Path;

use copies::TAMPERINGS;
use standing::STANDING;

use crate::support::{event, gzip, lines, put, records, said, stderr, stdout, trailgate};
use trailgate::diagnostic::Code;

/// A problem: what is put into an empty folder, and the command run there.
struct Problem {
    code: Code,
    prepare: fn(&Path),
    command: &'static [&'static str],
}

const PROBLEMS: &[Problem] = &[
    Problem {
        code: Code::InputUnreadable,
        prepare: |folder| drop(put(folder, "notes.txt", "remember the milk\n")),
        command: &["scan", "notes.txt"],
    },
    Problem {
        code: Code::BadCompression,
        prepare: |folder| {
            let whole = gzip(records(&[event("Info", 1), event("Info", 2)]).as_bytes());
            put(folder, "cut.json.gz", &whole[..whole.len() - 9]);
        },
        command: &["scan", "cut.json.gz"],
    },
    Problem {
        code: Code::BadRecord,
        prepare: |folder| {
            let text = format!("{}{{\"eventName\": nil}}\n", lines(&[event("Info", 1)]));
            put(folder, "log.jsonl", text);
        },
        command: &["scan", "log.jsonl"],
    },
    Problem {
        code: Code::RecordTooLarge,
        prepare: |folder| drop(put(folder, "log.jsonl", lines(&[event("Info", 1)]))),
        command: &["scan", "log.jsonl", "--max-record", "100"],
    },
    Problem {
        code: Code::NoInput,
        prepare: |_| (),
        command: &["scan", "exprot"],
    },
    Problem {
        code: Code::NoEvents,
        prepare: |folder| drop(put(folder, "empty.json", records(&[]))),
        command: &["scan", "empty.json"],
    },
    Problem {
        code: Code::EmptyInput,
        prepare: |folder| drop(put(folder, "log.json.gz", gzip(b""))),
        command: &["scan", "log.json.gz"],
    },
    Problem {
        code: Code::NotCloudTrail,
        prepare: |folder| {
            let ocsf = serde_json::json!({"class_uid": 6003, "api": {"operation": "Info"}});
            put(folder, "lake.jsonl", lines(&[ocsf.clone(), ocsf]));
        },
        command: &["scan", "lake.jsonl"],
    },
    Problem {
        code: Code::ConflictingEventId,
        prepare: |folder| {
            let mut stop = event("StopLogging", 1);
            stop["eventSource"] = "cloudtrail.amazonaws.com".into();
            let mut other = stop.clone();
            other["sourceIPAddress"] = "203.0.113.9".into();
            put(folder, "log.jsonl", lines(&[stop, other]));
        },
        command: &["scan", "log.jsonl", "--fail-on", "none"],
    },
    Problem {
        code: Code::UnknownRecordVersion,
        prepare: |folder| {
            let mut event = event("Info", 1);
            event["eventVersion"] = "2.0".into();
            put(folder, "log.jsonl", lines(&[event]));
        },
        command: &["scan", "log.jsonl"],
    },
    Problem {
        code: Code::BadArchive,
        prepare: |folder| {
            let data = records(&[event("Info", 1)]);
            let mut builder = tar::Builder::new(Vec::new());
            for name in ["a.json", "b.json"] {
                let mut header = tar::Header::new_gnu();
                header.set_size(data.len() as u64);
                let added = builder.append_data(&mut header, name, data.as_bytes());
                added.unwrap();
            }
            put(folder, "export.tar", builder.into_inner().unwrap());
        },
        command: &["scan", "export.tar", "--max-members", "1"],
    },
    Problem {
        code: Code::SilentSource,
        prepare: |folder| {
            let text = "accounts:\n  444455556666: payments\nexpect:\n  accounts: [payments]\n";
            put(folder, "trailgate.yaml", text);
            put(folder, "log.jsonl", lines(&[event("Info", 1)]));
        },
        command: &["scan", "log.jsonl"],
    },
    Problem {
        code: Code::ConfigUnreadable,
        prepare: |_| (),
        command: &["scan", "log.jsonl", "--config", "trailgat.yaml"],
    },
    Problem {
        code: Code::BadOverride,
        prepare: |folder| {
            let text = "overrides:\n  cis-03-root-use: {enabled: false}\n";
            put(folder, "trailgate.yaml", text);
        },
        command: &["config"],
    },
    Problem {
        code: Code::BadAccount,
        prepare: |folder| {
            put(
                folder,
                "trailgate.yaml",
                "accounts:\n  12345678901: payments\n",
            );
        },
        command: &["config"],
    },
    Problem {
        code: Code::UnknownEnvironment,
        prepare: |folder| {
            let text = "fail_on:\n  prodution: medium\naccounts:\n  111122223333: {environment: production}\n";
            put(folder, "trailgate.yaml", text);
        },
        command: &["config"],
    },
    Problem {
        code: Code::BadDuration,
        prepare: |folder| {
            let text = "waivers: {file: waivers.yaml, longest: a year}\n";
            put(folder, "trailgate.yaml", text);
        },
        command: &["config"],
    },
    Problem {
        code: Code::BadWrapping,
        prepare: |folder| {
            let payload = serde_json::json!({"awslogs": {"data": "H4sIAAAAAAAC"}});
            put(folder, "payload.json", payload.to_string());
        },
        command: &["scan", "payload.json"],
    },
    Problem {
        code: Code::OtherShape,
        prepare: |folder| drop(put(folder, "log.jsonl", lines(&[event("Info", 1)]))),
        command: &["scan", "log.jsonl", "--shape", "lookup-events"],
    },
    Problem {
        code: Code::BadRow,
        prepare: |folder| {
            let text = "eventName,eventSource\nA,a.amazonaws.com\nA,a.amazonaws.com,1\n";
            put(folder, "rows.csv", text);
        },
        command: &["scan", "rows.csv"],
    },
    Problem {
        code: Code::BadTable,
        prepare: |folder| {
            let rows = "A,a.amazonaws.com\n".repeat(8000);
            let text = format!("eventName,eventSource\nA,\"a.amazonaws.com\n{rows}");
            put(folder, "rows.csv", text);
        },
        command: &["scan", "rows.csv", "--max-record", "1KiB"],
    },
    Problem {
        code: Code::StateUnreadable,
        prepare: |_| (),
        command: &["history", "--state", "nightly.db"],
    },
    Problem {
        code: Code::StateForeign,
        prepare: |folder| drop(put(folder, "notes.txt", "remember the milk\n".repeat(99))),
        command: &["scan", "exprot", "--state", "notes.txt"],
    },
    Problem {
        code: Code::StateNewer,
        prepare: |folder| {
            state(folder, |bytes| {
                bytes[60..64].copy_from_slice(&[0, 0, 0, 99])
            })
        },
        command: &["scan", "log.jsonl", "--state", "trailgate.db"],
    },
    Problem {
        code: Code::StateUnwritable,
        // A later SQLite wrote it in a way that this one may only read.
        prepare: |folder| state(folder, |bytes| bytes[18] = 3),
        command: &["scan", "log.jsonl", "--state", "trailgate.db"],
    },
    Problem {
        code: Code::StateDamaged,
        prepare: |folder| state(folder, |bytes| bytes[4096..].fill(0xaa)),
        command: &["history"],
    },
    Problem {
        code: Code::OpenEventsDropped,
        prepare: |folder| {
            put(folder, "log.jsonl", lines(&[event("Info", 1)]));
            let rule = "id: burst\ntitle: Burst\nseverity: low\nmatch: {eventName: Info}\n\
                        correlate: {within: 5m, count: {gte: 9}}\n";
            put(folder, "rules.yaml", rule);
            let mut scan = trailgate();
            scan.current_dir(folder).args(["scan", "log.jsonl", "-q"]);
            scan.args(["--no-default-rules", "--rules", "rules.yaml"]);
            let scanned = scan.args(["--state", "trailgate.db"]).status();
            assert!(scanned.unwrap().success());
            put(folder, "rules.yaml", rule.replace("5m", "6m"));
        },
        command: &[
            "scan",
            "log.jsonl",
            "--no-default-rules",
            "--rules",
            "rules.yaml",
            "--state",
            "trailgate.db",
        ],
    },
    Problem {
        code: Code::ReadAgain,
        prepare: |folder| state(folder, |_| ()),
        command: &[
            "scan",
            "log.jsonl",
            "--state",
            "trailgate.db",
            "--severity",
            "high",
        ],
    },
    Problem {
        code: Code::Usage,
        prepare: |folder| drop(put(folder, "log.jsonl", lines(&[event("Info", 1)]))),
        command: &[
            "scan",
            "log.jsonl",
            "-o",
            "json=out.json",
            "-o",
            "jsonl=out.json",
        ],
    },
    Problem {
        code: Code::OutputUnwritable,
        prepare: |folder| drop(put(folder, "log.jsonl", lines(&[event("Info", 1)]))),
        command: &["scan", "log.jsonl", "-o", "json=nowhere/out.json"],
    },
    Problem {
        code: Code::UnknownRule,
        prepare: |folder| drop(put(folder, "log.jsonl", lines(&[event("Info", 1)]))),
        command: &["scan", "log.jsonl", "--rule", "cis-05-cloudtrial-change"],
    },
    Problem {
        code: Code::UnknownEvent,
        prepare: |folder| drop(put(folder, "log.jsonl", lines(&[event("Info", 1)]))),
        command: &["explain", "cis-03-root-use", "log.jsonl:7"],
    },
];

/// A run that is kept in `trailgate.db`, to whose bytes something is done.
fn state(folder: &Path, change: impl FnOnce(&mut [u8])) {
    put(folder, "log.jsonl", lines(&[event("Info", 1)]));
    let mut scan = trailgate();
    scan.current_dir(folder);
    let scan = scan.args(["scan", "log.jsonl", "--quiet", "--state", "trailgate.db"]);
    assert!(scan.status().unwrap().success());
    let path = folder.join("trailgate.db");
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn every_problem_is_drawn_as_its_snapshot() {
    for problem in PROBLEMS.iter().chain(TAMPERINGS).chain(STANDING) {
        let folder = tempfile::tempdir().unwrap();
        (problem.prepare)(folder.path());
        let output = trailgate()
            .current_dir(folder.path())
            .args(problem.command)
            .output()
            .unwrap();
        let texts = [stdout(&output), stderr(&output)];
        let said = texts.iter().find_map(|text| said(text, problem.code));
        let shown = format!(
            "$ trailgate {}\n{}\nexit code {}",
            problem.command.join(" "),
            said.unwrap_or_else(|| panic!("{} is not said:\n{}", problem.code, texts.concat())),
            output.status.code().unwrap(),
        );
        insta::assert_snapshot!(problem.code.as_str(), shown);
    }
}

#[test]
fn every_code_of_input_output_and_options_has_a_case() {
    let problems = PROBLEMS.iter().chain(TAMPERINGS).chain(STANDING);
    let cases: Vec<Code> = problems.map(|problem| problem.code).collect();
    // Those of objects in S3 need a server: tests/s3, tests/verify/objects.rs.
    let of_s3 = |code: &&Code| code.as_str().starts_with("TG22") || **code == Code::KeysNotFetched;
    let codes = Code::ALL.iter().filter(|code| code.as_str() >= "TG2000");
    // What happens to files while they are followed is in tests/following.rs.
    let of_following = |code: &&Code| code.as_str().starts_with("TG23");
    // The test below has signals that cannot be kept.
    let of_disk = |code: &&Code| **code == Code::SignalsUnwritable;
    for code in codes.filter(|code| !of_s3(code) && !of_following(code) && !of_disk(code)) {
        assert!(cases.contains(code), "{code} has no case");
    }
}

#[cfg(unix)]
#[test]
fn signals_that_cannot_be_kept_on_disk_are_said_and_the_run_is_not_clean() {
    let folder = tempfile::tempdir().unwrap();
    let events: Vec<_> = (1..9).map(|number| event("Info", number)).collect();
    put(folder.path(), "log.jsonl", lines(&events));
    let rule = "id: burst\ntitle: Burst\nseverity: low\nmatch: {eventName: Info}\n\
                correlate: {by: [awsRegion], within: 5m, count: {gte: 3}}\n";
    put(folder.path(), "burst.yaml", rule);
    let output = trailgate()
        .current_dir(folder.path())
        .env("TMPDIR", folder.path().join("nowhere"))
        .args([
            "scan",
            "log.jsonl",
            "--no-default-rules",
            "--rules",
            "burst.yaml",
        ])
        .args(["--correlation-memory", "1"])
        .output()
        .unwrap();
    let text = stdout(&output);
    let said = said(&text, Code::SignalsUnwritable).unwrap_or_else(|| panic!("{text}"));
    insta::assert_snapshot!(said, @r"
    TG2701

      × signals of correlations cannot be kept on disk: No such file or directory (os error 2)
      help: make room where temporary files are kept, or give `--correlation-memory` more; without
            them no correlation was evaluated
    ");
    assert!(text.contains("Verdict     exit 3"), "{text}");
    assert_eq!(output.status.code(), Some(3));
}
