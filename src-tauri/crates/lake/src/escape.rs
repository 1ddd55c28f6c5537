//! Names as they stand in headers and listings.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but letters, digits and what no header, address or listing has a use of its own for.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// A name with all but its plainest bytes escaped. Slashes stay.
pub fn name(name: &str) -> String {
    utf8_percent_encode(name, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_but_the_plainest_is_escaped() {
        assert_eq!(super::name("a/B-1_2.mov"), "a/B-1_2.mov");
        assert_eq!(super::name("a b+c%d~*日"), "a%20b%2Bc%25d%7E%2A%E6%97%A5");
    }
}
