//! Problems with waivers and baselines.

use std::path::Path;

use super::Problem;
use crate::support::{LEVELS, event, put, records};
use trailgate::diagnostic::Code;

pub const STANDING: &[Problem] = &[
    Problem {
        code: Code::WaiversUnreadable,
        prepare: |folder| export(folder, ""),
        command: &["scan", "a.json", "--waivers", "waviers.yaml"],
    },
    Problem {
        code: Code::BadWaiver,
        prepare: |folder| {
            export(
                folder,
                "{rule: level-high, match: {eventName: High}, reason: Planned}",
            );
        },
        command: WAIVING,
    },
    Problem {
        code: Code::WaiverTooLong,
        prepare: |folder| {
            export(
                folder,
                "{rule: level-high, match: {eventName: High}, reason: Planned, owner: ana}",
            );
        },
        command: &[
            "scan",
            "a.json",
            "--rules",
            "levels.yaml",
            "--waivers",
            "waivers.yaml",
            "--longest-waiver",
            "90d",
        ],
    },
    Problem {
        code: Code::UnusedWaiver,
        prepare: |folder| {
            export(
                folder,
                "{rule: level-high, match: {eventName: Low}, reason: Planned, owner: ana}",
            );
        },
        command: WAIVING,
    },
    Problem {
        code: Code::WaiverExpires,
        prepare: |folder| {
            export(
                folder,
                "{rule: level-high, match: {eventName: High}, reason: Planned, owner: ana, expires: 2026-02-14}",
            );
        },
        command: WAIVING,
    },
    Problem {
        code: Code::BadBaseline,
        prepare: |folder| {
            export(folder, "");
            put(folder, "baseline.json", "[]\n");
        },
        command: &["scan", "a.json", "--baseline", "baseline.json"],
    },
    Problem {
        code: Code::PartialBaseline,
        prepare: |folder| export(folder, ""),
        command: &[
            "baseline",
            "create",
            "-b",
            "baseline.json",
            "a.json",
            "b.json",
        ],
    },
];

const WAIVING: &[&str] = &[
    "scan",
    "a.json",
    "--rules",
    "levels.yaml",
    "--waivers",
    "waivers.yaml",
    "--now",
    "2026-02-10",
];

/// An export, rules, and a waivers file with this one in it.
fn export(folder: &Path, waiver: &str) {
    put(folder, "a.json", records(&[event("High", 1)]));
    put(folder, "levels.yaml", LEVELS);
    put(folder, "waivers.yaml", format!("waivers:\n  - {waiver}\n"));
}
