//! `.env` files: read into a map, never exported.

use std::collections::BTreeMap;
use std::path::Path;

/// Largest accepted file, in bytes.
const MAX_BYTES: u64 = 256 * 1024;

/// The values of a file and how many of its lines could not be read. A missing file has none of either.
pub(super) fn read(path: &Path) -> (BTreeMap<String, String>, usize) {
    let readable =
        std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_BYTES);
    let Some(lines) = readable.then(|| dotenvy::from_path_iter(path).ok()).flatten() else {
        return (BTreeMap::new(), 0);
    };
    let (mut values, mut unread) = (BTreeMap::new(), 0);
    for line in lines {
        // The error quotes the line, which may hold a secret.
        match line {
            Ok((name, value)) => drop(values.insert(name, value)),
            Err(_) => unread += 1,
        }
    }
    (values, unread)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn values_are_read_and_bad_lines_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        assert_eq!(read(&path).0.len(), 0);
        std::fs::write(&path, "# note\nA=1\nexport B=\"two words\"\nno equals sign here\nC='x'\n").unwrap();
        let (values, unread) = read(&path);
        let values: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(values, [("A", "1"), ("B", "two words"), ("C", "x")]);
        assert_eq!(unread, 1);
    }
}
