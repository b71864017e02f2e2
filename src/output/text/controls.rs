//! The controls that a rule stands for, versions of one framework together.

use crate::rule::FrameworkControls;

use super::words::FIRM_SPACE;

/// Versions of a framework, one after the other, in which controls have the same ids.
struct Versions<'a> {
    family: &'a str,
    versions: Vec<&'a str>,
    controls: &'a [String],
}

/// `cis-aws-1.2: 3.5; cis-aws-1.3 to 5.0: 4.5; nist-800-53-r5: AU-9, AU-12`
pub(in crate::output) fn in_words(all: &[FrameworkControls]) -> String {
    let mut groups: Vec<Versions<'_>> = Vec::new();
    for entry in all {
        let (family, version) = family_and_version(&entry.framework);
        match groups.last_mut() {
            Some(last)
                if !version.is_empty()
                    && last.family == family
                    && last.controls == entry.controls =>
            {
                last.versions.push(version);
            }
            _ => groups.push(Versions {
                family,
                versions: vec![version],
                controls: &entry.controls,
            }),
        }
    }
    let groups: Vec<String> = groups.iter().map(Versions::in_words).collect();
    groups.join("; ")
}

impl Versions<'_> {
    fn in_words(&self) -> String {
        let versions = match self.versions.as_slice() {
            [first, .., last] if self.versions.len() > 2 => format!("{first} to {last}"),
            few => few.join(" and "),
        };
        let framework = format!("{}{versions}", self.family);
        // A framework is not parted from its first control.
        let framework = framework.replace(' ', &FIRM_SPACE.to_string());
        format!("{framework}:{FIRM_SPACE}{}", self.controls.join(", "))
    }
}

/// `cis-aws-` and `5.0`; without a version at its end, the whole name and nothing.
pub(in crate::output) fn family_and_version(framework: &str) -> (&str, &str) {
    let dash = framework.rfind('-').map_or(0, |dash| dash + 1);
    let (family, version) = framework.split_at(dash);
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_version && !family.is_empty() {
        (family, version)
    } else {
        (framework, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(controls: &[(&str, &[&str])]) -> String {
        let all: Vec<FrameworkControls> = controls
            .iter()
            .map(|(framework, controls)| FrameworkControls {
                framework: (*framework).to_owned(),
                controls: controls.iter().map(|&c| c.to_owned()).collect(),
            })
            .collect();
        in_words(&all).replace(FIRM_SPACE, " ")
    }

    #[test]
    fn versions_with_the_same_ids_stand_together() {
        let text = said(&[
            ("cis-aws-1.2", &["3.5"]),
            ("cis-aws-1.3", &["4.5"]),
            ("cis-aws-4.0.1", &["4.5"]),
            ("cis-aws-5.0", &["4.5"]),
            ("cis-aws-6.0", &["5.5"]),
            ("cis-aws-7.0", &["5.5"]),
            ("pci-dss-4.0.1", &["10.2.1.6", "10.7.2"]),
        ]);
        assert_eq!(
            text,
            "cis-aws-1.2: 3.5; cis-aws-1.3 to 5.0: 4.5; cis-aws-6.0 and 7.0: 5.5; \
             pci-dss-4.0.1: 10.2.1.6, 10.7.2"
        );
    }

    #[test]
    fn names_without_a_version_and_other_frameworks_stay_apart() {
        let text = said(&[
            ("nist-800-53-r5", &["AU-9"]),
            ("nist-800-53-r4", &["AU-9"]),
            ("soc2", &["CC7.2"]),
            ("a-1.0", &["1"]),
            ("b-1.0", &["1"]),
        ]);
        assert_eq!(
            text,
            "nist-800-53-r5: AU-9; nist-800-53-r4: AU-9; soc2: CC7.2; a-1.0: 1; b-1.0: 1"
        );
    }
}
