//! The key of an encrypted book, read from a file that only its owner should be able to read.

use crate::failure::Failure;
use fieldbook_device::BookKey;
use std::fs;
use std::path::Path;

/// Reads the key: 32 bytes as 64 hexadecimal digits, with or without a line break after them.
pub(crate) fn read(path: &Path) -> Result<BookKey, Failure> {
    let refused = |reason: &str| Failure::refused("book.key_file", format!("the key file {} {reason}", path.display()));
    let text = fs::read(path).map_err(|error| refused(&format!("cannot be read: {error}")))?;
    key(text.trim_ascii()).map(BookKey::new).ok_or_else(|| {
        refused("holds no key: it is 64 hexadecimal digits; `openssl rand -hex 32` makes one, and without it the book is lost")
    })
}

fn key(digits: &[u8]) -> Option<[u8; 32]> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    if rest.is_empty() { bytes?.try_into().ok() } else { None }
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_exactly_64_hexadecimal_digits() {
        let digits = b"000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
        let bytes: Vec<u8> = (0..32).collect();

        assert_eq!(key(digits).map(Vec::from), Some(bytes));
        assert_eq!(key(&digits[1..]), None);
        assert_eq!(key(&digits[2..]), None);
        assert_eq!(key(&[digits.as_slice(), b"00"].concat()), None);
        assert_eq!(key(&[&digits[1..], b"g"].concat()), None);
        assert_eq!(key(b""), None);
    }
}
