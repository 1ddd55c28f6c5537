use std::fmt;

use serde::{Deserialize, Serialize};

/// The order of two notifications of one key: the later has the greater one. Those of different keys, and those that do not have
/// any, say nothing of each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequencer(String);

impl Sequencer {
    /// From the hexadecimal text of a notification; none for what is no such text.
    pub fn new(text: &str) -> Option<Self> {
        let plain =
            !text.is_empty() && text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        // The shorter of two is to be filled with zeros at its end: without them, text compares the same way.
        plain.then(|| Self(text.to_ascii_uppercase().trim_end_matches('0').to_owned()))
    }

    /// The text that [`Self::new`] reads, without zeros at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What [`Self::as_str`] said, kept meanwhile.
    pub fn kept(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Sequencer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Sequencer {
        Sequencer::new(text).expect(text)
    }

    #[test]
    fn the_shorter_is_filled_with_zeros() {
        assert!(of("0055AED6DCD90281E5") < of("0055AED6DCD90281E6"));
        assert!(of("0055AED6DCD90281E5") < of("0055AED6DCD90281E501"));
        assert_eq!(of("0055aed6"), of("0055AED600"));
        assert_eq!(of("0"), of("000"));
        assert!(of("0B") < of("A"));
        for none in ["", "12G4", "-1", " 12"] {
            assert_eq!(Sequencer::new(none), None, "{none:?}");
        }
    }

    proptest! {
        #[test]
        fn it_orders_as_filling_both_up_does(a in "[0-9A-F]{1,24}", b in "[0-9A-F]{1,24}") {
            let filled = |text: &str| format!("{text:0<24}");
            prop_assert_eq!(of(&a).cmp(&of(&b)), filled(&a).cmp(&filled(&b)));
            prop_assert_eq!(Sequencer::kept(of(&a).as_str()), of(&a));
        }
    }
}
