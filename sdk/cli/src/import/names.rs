//! Finding what a name in a file means: the same spelling, or the same but for blanks and capital letters.

use super::report::{Place, Report};
use std::collections::BTreeMap;

/// Why a spelling that differs only so counts as the same.
pub(crate) const SAME_BUT: &str = "the same but for blanks and capital letters";

/// Names with what they mean.
#[derive(Debug)]
pub(crate) struct Names<T> {
    exact: BTreeMap<String, Meaning<T>>,
    squashed: BTreeMap<String, Meaning<String>>,
}

#[derive(Debug)]
enum Meaning<T> {
    One(T),
    Several,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Names { exact: BTreeMap::new(), squashed: BTreeMap::new() }
    }
}

impl<T: Clone + PartialEq> Names<T> {
    /// Adds a name; one that means two things means nothing.
    pub(crate) fn add(&mut self, name: &str, means: T) {
        put(&mut self.exact, name.to_owned(), means);
        put(&mut self.squashed, squash(name), name.to_owned());
    }

    /// Adds the names that are not known yet.
    pub(crate) fn fill(&mut self, others: &[(String, T)]) {
        let unknown: Vec<&(String, T)> = others.iter().filter(|(name, _)| !self.has(name)).collect();
        for (name, means) in unknown {
            self.add(name, means.clone());
        }
    }

    /// Whether the name is known in exactly this spelling.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.exact.contains_key(name)
    }

    /// What exactly this spelling means.
    pub(crate) fn exact(&self, name: &str) -> Option<T> {
        match self.exact.get(name) {
            Some(Meaning::One(means)) => Some(means.clone()),
            Some(Meaning::Several) | None => None,
        }
    }

    /// What a name in a row means, and how it is spelled properly; another spelling is reported.
    pub(crate) fn find(&self, name: &str, place: Place, column: &'static str, report: &mut Report) -> Option<(String, T)> {
        if self.has(name) {
            return self.exact(name).map(|means| (name.to_owned(), means));
        }
        let Some(Meaning::One(proper)) = self.squashed.get(&squash(name)) else { return None };
        let means = self.exact(proper)?;
        report.map(place.file, column, name, proper, SAME_BUT);
        Some((proper.clone(), means))
    }
}

fn put<T: PartialEq>(map: &mut BTreeMap<String, Meaning<T>>, key: String, means: T) {
    let same = match map.get(&key) {
        None => true,
        Some(Meaning::One(other)) => *other == means,
        Some(Meaning::Several) => false,
    };
    map.insert(key, if same { Meaning::One(means) } else { Meaning::Several });
}

fn squash(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::Names;
    use crate::import::report::{Place, Report};

    const PLACE: Place = Place { file: "sales_pipeline.csv", line: 2 };

    #[test]
    fn a_name_is_found_without_its_blanks_and_the_difference_is_reported() {
        let mut names = Names::default();
        names.add("GTX Pro", 1);
        let mut report = Report::default();

        assert_eq!(names.find("GTXPro", PLACE, "product", &mut report), Some(("GTX Pro".to_owned(), 1)));
        assert_eq!(names.find("GTX Pro", PLACE, "product", &mut report), Some(("GTX Pro".to_owned(), 1)));
        assert_eq!(report.mapped.len(), 1);
    }

    #[test]
    fn a_name_that_means_two_things_means_nothing() {
        let mut names = Names::default();
        names.add("GTX Pro", 1);
        names.add("gtx pro", 2);
        names.add("MG", 3);
        names.add("MG", 4);
        let mut report = Report::default();

        assert_eq!(names.find("GTXPRO", PLACE, "product", &mut report), None);
        assert_eq!(names.find("MG", PLACE, "product", &mut report), None);
        assert_eq!(names.find("GTX Pro", PLACE, "product", &mut report), Some(("GTX Pro".to_owned(), 1)));
    }
}
