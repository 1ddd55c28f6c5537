use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest key in bytes, as in S3.
pub const KEY_LIMIT_BYTES: usize = 1024;

/// The name of an object: segments separated by `/`, compared by bytes. What S3 allows and a file system cannot keep apart
/// is escaped by the store that needs it; what would reach out of the lake, or confuse people and tools, is refused here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Key(String);

/// Why a key may not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing.
    #[error("a key must not be empty")]
    Empty,
    /// Longer than [`KEY_LIMIT_BYTES`].
    #[error("a key has at most {KEY_LIMIT_BYTES} bytes, a lake's prefix included; this one has {0}")]
    TooLong(usize),
    /// Begins with `/`.
    #[error("a key must not begin with a slash: {0:?}")]
    Absolute(String),
    /// `a//b`, or a `/` at the end.
    #[error("a key must not have an empty segment: {0:?}")]
    EmptySegment(String),
    /// `.` or `..`.
    #[error("a key must not have the segment . or ..: {0:?}")]
    DotSegment(String),
    /// NUL, line ends and other control characters, and the invisible ones that turn the direction of text.
    #[error("a key must not hold control characters: {0:?}")]
    Control(String),
    /// A `/` or `\` inside what was given as one segment.
    #[error("one segment of a key must not hold a slash: {0:?}")]
    Slash(String),
}

impl Key {
    /// Checks a whole key.
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong with it.
    pub fn new(text: impl Into<String>) -> Result<Self, KeyError> {
        let text = text.into();
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        if text.len() > KEY_LIMIT_BYTES {
            return Err(KeyError::TooLong(text.len()));
        }
        if text.starts_with('/') {
            return Err(KeyError::Absolute(text));
        }
        if text.chars().any(is_confusing) {
            return Err(KeyError::Control(text));
        }
        // A backslash is a separator to some tools, so a segment between either kind must not climb.
        if text.split(['/', '\\']).any(|part| part == "." || part == "..") {
            return Err(KeyError::DotSegment(text));
        }
        if text.split('/').any(str::is_empty) {
            return Err(KeyError::EmptySegment(text));
        }
        Ok(Self(text))
    }

    /// A key of these segments, each of which stays one segment.
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong with it.
    pub fn of(segments: &[&str]) -> Result<Self, KeyError> {
        if let Some(bad) = segments.iter().find(|segment| segment.contains(['/', '\\'])) {
            return Err(KeyError::Slash((*bad).to_owned()));
        }
        Self::new(segments.join("/"))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its segments.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

/// Characters that no name needs and that hide what a name is.
fn is_confusing(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_keys_are_refused_each_for_its_reason() {
        let refused = |text: &str| Key::new(text).expect_err(text);
        assert_eq!(refused(""), KeyError::Empty);
        assert!(matches!(refused("/etc/passwd"), KeyError::Absolute(_)));
        for text in ["..", ".", "a/..", "../a", "a/../b", "a/./b", "a\\..\\b", "..\\b"] {
            assert!(matches!(refused(text), KeyError::DotSegment(_)), "{text}");
        }
        for text in ["a//b", "a/"] {
            assert!(matches!(refused(text), KeyError::EmptySegment(_)), "{text}");
        }
        for text in ["a\0b", "a\nb", "\u{7f}", "a\u{85}b", "gpj.\u{202e}cod"] {
            assert!(matches!(refused(text), KeyError::Control(_)), "{text:?}");
        }
        assert_eq!(refused(&"k".repeat(1025)), KeyError::TooLong(1025));
        assert!(matches!(Key::of(&["a", "b/c"]), Err(KeyError::Slash(_))));
        assert!(matches!(Key::of(&["a", "b\\c"]), Err(KeyError::Slash(_))));
    }

    #[test]
    fn odd_but_legal_keys_are_kept() {
        for text in [
            "a",
            "...",
            "a/...b",
            ".hidden",
            "con",
            "A b+c&d%e",
            "日本/語",
            "a:b*c?d",
            "k\\l",
            "x ",
            "x.",
        ] {
            assert_eq!(Key::new(text).map(String::from).as_deref(), Ok(text));
        }
        assert!(Key::new("k".repeat(1024)).is_ok());
    }
}
