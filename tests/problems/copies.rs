//! Problems with copies of buckets.

use std::path::Path;

use super::Problem;
use crate::support::{event, gzip, put, records};
use crate::verify::bucket::{self, Trail, Written};
use trailgate::diagnostic::Code;

/// What makes and breaks a copy of a bucket, as the command below reads it.
fn copied(folder: &Path, tamper: impl FnOnce(&Path, &Written)) {
    let written = bucket::copy(folder, &Trail::default());
    tamper(&folder.join("export"), &written);
}

const VERIFY: &[&str] = &["verify", "export", "--public-keys", "keys.json"];

/// The problems that a tampered copy has.
pub const TAMPERINGS: &[Problem] = &[
    Problem {
        code: Code::NoDigests,
        prepare: |folder| {
            drop(put(folder, "export/a.json", "{}"));
            drop(put(folder, "keys.json", bucket::public_keys("0")));
        },
        command: VERIFY,
    },
    Problem {
        code: Code::DigestDamaged,
        prepare: |folder| {
            copied(folder, |export, written| {
                let path = export.join(&written.digests[1]);
                let whole = std::fs::read(&path).unwrap();
                std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::DigestAltered,
        prepare: |folder| {
            copied(folder, |export, written| {
                bucket::change(&export.join(&written.digests[1]), |text| {
                    text.replacen("null", "\"\"", 1)
                });
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::BadSignature,
        prepare: |folder| {
            copied(folder, |_, written| {
                let mut metadata = written.metadata.clone();
                metadata[&written.digests[0]]["signature"] = "00".into();
                bucket::save_metadata(folder, &metadata);
            });
        },
        command: &[
            "verify",
            "export",
            "--public-keys",
            "keys.json",
            "--object-metadata",
            "metadata.json",
        ],
    },
    Problem {
        code: Code::DigestMissing,
        prepare: |folder| {
            copied(folder, |export, written| {
                std::fs::remove_file(export.join(&written.digests[1])).unwrap();
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::ChainGap,
        prepare: |folder| {
            let trail = Trail {
                hours: vec![(8, 1), (11, 1)],
                ..Trail::default()
            };
            bucket::copy(folder, &trail);
        },
        command: VERIFY,
    },
    Problem {
        code: Code::ChainRestarted,
        prepare: |folder| {
            let trail = Trail {
                restart: Some(10),
                ..Trail::default()
            };
            bucket::copy(folder, &trail);
        },
        command: VERIFY,
    },
    Problem {
        code: Code::DigestUnlinked,
        prepare: |folder| {
            copied(folder, |export, written| {
                let key = written.digests[1].replace("T100000Z", "T103000Z");
                let digest = std::fs::read(export.join(&written.digests[1])).unwrap();
                bucket::change(&put(export, &key, digest), |text| {
                    let text = text.replace(&written.digests[1], &key);
                    text.replace("T10:00:00Z", "T10:30:00Z")
                });
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::FileMoved,
        prepare: |folder| {
            copied(folder, |export, written| {
                let log = export.join(&written.logs[0][0]);
                std::fs::rename(&log, export.join(log.file_name().unwrap())).unwrap();
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::FileAltered,
        prepare: |folder| {
            copied(folder, |export, written| {
                let other = gzip(records(&[event("Info", 7)]).as_bytes());
                std::fs::write(export.join(&written.logs[0][0]), other).unwrap();
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::FileMissing,
        prepare: |folder| {
            copied(folder, |export, written| {
                std::fs::remove_file(export.join(&written.logs[0][0])).unwrap();
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::FileUnlisted,
        prepare: |folder| {
            copied(folder, |export, _| {
                put(export, &bucket::log_key(&Trail::default(), 9, 55), "");
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::KeyMissing,
        prepare: |folder| {
            copied(folder, |_, _| {
                put(folder, "keys.json", bucket::public_keys("0"));
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::KeyOutOfTime,
        prepare: |folder| {
            copied(folder, |_, _| {
                let keys = bucket::public_keys(bucket::FINGERPRINT);
                put(
                    folder,
                    "keys.json",
                    keys.replace("2026-01-01", "2026-06-01"),
                );
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::FileRefused,
        prepare: |folder| {
            copied(folder, |export, written| {
                bucket::change(&export.join(&written.logs[1][0]), |text| {
                    text.replace("Info", "Other")
                });
            });
        },
        command: &[
            "scan",
            "export",
            "--verify=refuse",
            "--public-keys",
            "keys.json",
        ],
    },
    Problem {
        code: Code::NotVerifiable,
        prepare: |folder| {
            copied(folder, |export, written| {
                bucket::change(&export.join(&written.digests[3]), |text| {
                    text.replace("SHA256withRSA", "SHA512withECDSA")
                });
            });
        },
        command: VERIFY,
    },
    Problem {
        code: Code::EvidenceUnreadable,
        prepare: |folder| {
            copied(folder, |_, _| {
                put(folder, "keys.json", "{\"Keys\": []}");
            });
        },
        command: VERIFY,
    },
];
