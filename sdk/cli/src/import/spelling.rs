//! Words that look like a common word with one wrong letter: kept as they are, but somebody should look.

const SECTORS: &[&str] = &[
    "agriculture",
    "automotive",
    "construction",
    "consulting",
    "education",
    "employment",
    "energy",
    "entertainment",
    "finance",
    "government",
    "healthcare",
    "hospitality",
    "insurance",
    "logistics",
    "manufacturing",
    "marketing",
    "medical",
    "pharmaceutical",
    "retail",
    "services",
    "software",
    "technology",
    "telecommunications",
    "transportation",
    "utilities",
];

const COUNTRIES: &[&str] = &[
    "Argentina",
    "Australia",
    "Austria",
    "Belgium",
    "Brazil",
    "Canada",
    "Chile",
    "China",
    "Colombia",
    "Czechia",
    "Denmark",
    "Egypt",
    "Finland",
    "France",
    "Germany",
    "Greece",
    "Hungary",
    "Iceland",
    "India",
    "Indonesia",
    "Ireland",
    "Israel",
    "Italy",
    "Japan",
    "Jordan",
    "Kenya",
    "Korea",
    "Luxembourg",
    "Malaysia",
    "Mexico",
    "Morocco",
    "Netherlands",
    "New Zealand",
    "Nigeria",
    "Norway",
    "Panama",
    "Peru",
    "Philippines",
    "Poland",
    "Portugal",
    "Romania",
    "Singapore",
    "Slovakia",
    "Slovenia",
    "South Africa",
    "Spain",
    "Sweden",
    "Switzerland",
    "Taiwan",
    "Thailand",
    "Turkey",
    "Ukraine",
    "United Kingdom",
    "United States",
    "Vietnam",
];

/// The usual line of business this word is one letter away from.
pub(crate) fn likely_sector(word: &str) -> Option<&'static str> {
    likely(word, SECTORS)
}

/// The country this word is one letter away from.
pub(crate) fn likely_country(word: &str) -> Option<&'static str> {
    likely(word, COUNTRIES)
}

fn likely(word: &str, words: &[&'static str]) -> Option<&'static str> {
    if word.chars().count() < 5 || words.contains(&word) {
        return None;
    }
    words.iter().copied().find(|known| is_one_letter_off(word, known))
}

/// One letter too many, one too few or one wrong: what stands between the common start and the common end.
fn is_one_letter_off(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let room = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let left = (a.len() - start - end).max(b.len() - start - end);
    left == 1
}

#[cfg(test)]
mod tests {
    use super::{likely_country, likely_sector};

    #[test]
    fn one_letter_off_is_noticed() {
        assert_eq!(likely_sector("technolgy"), Some("technology"));
        assert_eq!(likely_sector("retaill"), Some("retail"));
        assert_eq!(likely_sector("softwere"), Some("software"));
        assert_eq!(likely_country("Philipines"), Some("Philippines"));
    }

    #[test]
    fn right_and_unknown_words_are_left_in_peace() {
        assert_eq!(likely_sector("technology"), None);
        assert_eq!(likely_sector("aviation"), None);
        assert_eq!(likely_country("Iran"), None);
        assert_eq!(likely_country("Kenya"), None);
    }
}
