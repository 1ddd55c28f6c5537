//! Names of objects as notifications and inventories write them.

use percent_encoding::percent_decode_str;

/// Why a name in a notification is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Escapes that give no text: S3 has no such name.
    #[error("the name does not read as text: {0:?}")]
    NoText(String),
    /// Nothing.
    #[error("the name is empty")]
    Empty,
}

/// A name as S3's own notifications (also through SNS) and inventories write it: escaped as in a form, `+` for a space.
/// EventBridge writes names as they are.
///
/// # Errors
/// [`NameError`].
pub fn from_notification(text: &str) -> Result<String, NameError> {
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(name) if name.is_empty() => Err(NameError::Empty),
        Ok(name) => Ok(name.into_owned()),
        Err(_not_text) => Err(NameError::NoText(text.to_owned())),
    }
}

/// How S3 escapes a name in its notifications: for tests and stand-ins.
#[cfg(test)]
pub fn to_notification(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        match byte {
            b' ' => text.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                text.push(char::from(byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_read_as_a_form_writes_them() {
        for (text, name) in [
            ("happy+face.jpg", "happy face.jpg"),
            ("a%20b%2Bc.mov", "a b+c.mov"),
            ("caf%C3%A9/%E6%97%A5%E6%9C%AC.mxf", "café/日本.mxf"),
            ("100%25.mov", "100%.mov"),
            ("bell%07.mov", "bell\u{7}.mov"),
            ("line%0Aend.mov", "line\nend.mov"),
            ("odd%2.mov", "odd%2.mov"),
            ("%E1%F0", ""),
        ] {
            match from_notification(text) {
                Ok(found) => assert_eq!(found, name, "{text}"),
                Err(error) => assert_eq!((name, error), ("", NameError::NoText(text.to_owned()))),
            }
        }
        assert_eq!(from_notification(""), Err(NameError::Empty));
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in "\\PC{1,40}|[\u{0}-\u{7f}]{1,40}|.{1,40}") {
            prop_assert_eq!(from_notification(&to_notification(&name)), Ok(name));
        }

        #[test]
        fn no_text_breaks_it(text in ".{0,60}") {
            let _name = from_notification(&text);
        }
    }
}
