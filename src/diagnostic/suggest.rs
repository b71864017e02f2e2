//! "Did you mean": the nearest known word, or nothing when none is near.

/// The candidate nearest to `word`, or `None` when the nearest is too far to be
/// meant. A word that differs only in case is always near. The cut-off is one
/// edit (swaps count as one) for words of up to four letters, then a third of
/// the word's length; a longer distance reads like a guess.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let length = folded.chars().count();
    if length == 0 {
        return None;
    }
    let cut_off = if length <= 4 { 1 } else { length / 3 };
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| {
            let distance = strsim::osa_distance(&folded, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= cut_off)
        .min_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_misspelt_word() {
        let words = ["severity", "description", "match"];
        assert_eq!(did_you_mean("severty", words), Some("severity"));
        assert_eq!(did_you_mean("Match", words), Some("match"));
    }

    #[test]
    fn is_silent_when_nothing_is_near() {
        assert_eq!(did_you_mean("banana", ["severity", "match"]), None);
        assert_eq!(did_you_mean("id", ["in", "is"]), Some("in"));
        assert_eq!(did_you_mean("x", ["severity"]), None);
        assert_eq!(did_you_mean("", ["a"]), None);
    }
}
