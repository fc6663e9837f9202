//! A bounded memory of keys, each with a moment: the oldest is forgotten first.

/// Keys with moments, at most `MOST` of them. Small enough to be searched one by one.
#[derive(Debug, Default)]
pub struct Memory<const MOST: usize>(Vec<(String, u64)>);

impl<const MOST: usize> Memory<MOST> {
    /// Remembers a key with its moment; false when the key was there.
    pub fn note(&mut self, key: &str, moment: u64) -> bool {
        note(&mut self.0, MOST, key, moment)
    }

    /// The moment of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<u64> {
        self.iter().find(|(known, _)| *known == key).map(|(_, moment)| moment)
    }

    /// Forgets a key.
    pub fn remove(&mut self, key: &str) -> Option<u64> {
        let place = self.0.iter().position(|(known, _)| known == key)?;
        Some(self.0.remove(place).1)
    }

    /// All keys with their moments.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(key, moment)| (key.as_str(), *moment))
    }
}

fn note(entries: &mut Vec<(String, u64)>, most: usize, key: &str, moment: u64) -> bool {
    if let Some((_, known)) = entries.iter_mut().find(|(known, _)| known == key) {
        *known = moment;
        return false;
    }
    if entries.len() >= most {
        let oldest =
            entries.iter().enumerate().min_by_key(|(_, (_, moment))| *moment).map(|(place, _)| place);
        oldest.map(|place| entries.remove(place));
    }
    entries.push((key.to_owned(), moment));
    true
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut memory = Memory::<2>::default();
        assert!(memory.note("a", 1) && memory.note("b", 2) && !memory.note("a", 3) && memory.note("c", 4));
        assert_eq!(memory.iter().collect::<Vec<_>>(), [("a", 3), ("c", 4)]);
        assert_eq!((memory.remove("a"), memory.get("a"), memory.get("c")), (Some(3), None, Some(4)));
    }
}
