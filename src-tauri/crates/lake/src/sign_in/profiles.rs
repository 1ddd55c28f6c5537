//! The profiles in AWS's own configuration files, by name alone.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Names of the profiles that AWS's own tools know here: of `~/.aws/config` and `~/.aws/credentials`, or of the files that
/// `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name. A file that is not there or does not read has none. What stands in the
/// profiles is not looked at.
pub fn profiles() -> Vec<String> {
    let file = |variable: &str, usual: &str| {
        let named = std::env::var_os(variable).filter(|value| !value.is_empty());
        named
            .map(PathBuf::from)
            .or_else(|| Some(std::env::home_dir()?.join(".aws").join(usual)))
    };
    let mut names = BTreeSet::new();
    for (path, is_config) in [
        (file("AWS_CONFIG_FILE", "config"), true),
        (file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), false),
    ] {
        let text = path.and_then(|path| read(&path)).unwrap_or_default();
        names.extend(text.lines().filter_map(|line| name_of(line, is_config)));
    }
    names.into_iter().collect()
}

fn read(path: &Path) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) => {
            tracing::debug!(%error, "no profiles in {}", path.display());
            None
        }
    }
}

/// The profile that a line begins. In the configuration all but the default one are `[profile name]`, beside sections of other
/// kinds; in the credentials they are `[name]`.
fn name_of(line: &str, is_config: bool) -> Option<String> {
    let section = line.trim().strip_prefix('[')?;
    let (section, _comment) = section.split_once(']')?;
    let section = section.trim();
    let name = match section.split_once(char::is_whitespace) {
        Some(("profile", name)) if is_config => name.trim(),
        _ if is_config && section != "default" => return None,
        _ => section,
    };
    // A name with spaces stands in quotes.
    let name = name.trim_matches(|c| c == '"' || c == '\'');
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_named_as_awss_own_tools_name_them() {
        for (line, of_config, of_credentials) in [
            ("[default]", Some("default"), Some("default")),
            ("[profile studio]", Some("studio"), Some("profile studio")),
            (
                "  [ profile  night shoot ] # two",
                Some("night shoot"),
                Some("profile  night shoot"),
            ),
            (
                "[profile \"night shoot\"]",
                Some("night shoot"),
                Some("profile \"night shoot"),
            ),
            ("[studio]", None, Some("studio")),
            ("[sso-session corp]", None, Some("sso-session corp")),
            ("aws_secret_access_key = [x]", None, None),
            ("[]", None, None),
            ("# [profile x]", None, None),
        ] {
            assert_eq!(name_of(line, true).as_deref(), of_config, "{line}");
            assert_eq!(name_of(line, false).as_deref(), of_credentials, "{line}");
        }
    }
}
