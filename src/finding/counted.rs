//! Counts in words.

/// `33,647`
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 event`, `33,647 events`
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_counts_are_grouped() {
        for (count, text) in [
            (0, "0 events"),
            (1, "1 event"),
            (999, "999 events"),
            (1000, "1,000 events"),
            (1_009_410, "1,009,410 events"),
        ] {
            assert_eq!(counted(count, "event"), text);
        }
    }
}
