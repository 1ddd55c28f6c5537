//! Direction between crates: downward only, siblings do not see each other except where named here.

use serde_json::Value;

/// Layer of each crate; a crate may depend only on lower layers. ARCHITECTURE.md has the same table with one line each.
const LAYERS: &[(&str, u8)] = &[
    ("timebase", 0),
    ("fault", 0),
    ("vault", 0),
    ("ledger", 1),
    ("timeline", 1),
    ("media", 2),
    ("playback", 2),
    ("stage", 2),
    ("catalog", 2),
    ("lake", 2),
    ("engines", 2),
    ("interchange", 2),
    ("demo", 2),
    ("workstation", 3),
    ("api", 4),
    ("web", 5),
    ("cli", 6),
    ("desktop", 6),
    ("testkit", 6),
    ("suites", 7),
    ("xtask", 7),
];

/// The only sideways edges, each with its reason.
const SIDEWAYS: &[(&str, &str)] = &[
    ("timeline", "ledger"), // a cut is made of circled proposals
    ("playback", "media"),  // plays what media decodes
    ("demo", "media"),      // the demo film is written by media's encoder
];

/// Foreign worlds and the only crates that may name them.
const FOREIGN: &[(&str, &[&str])] = &[
    ("ffmpeg-next", &["media"]),
    ("ffmpeg-sys-next", &["media"]),
    ("wgpu", &["stage"]),
    ("glyphon", &["stage"]),
    ("rusqlite", &["catalog"]),
    ("tauri", &["desktop"]),
    ("gtk", &["desktop"]),
    ("x11rb", &["desktop"]),
    ("axum", &["web"]),
    ("clap", &["cli", "desktop"]),
    ("cpal", &["playback"]),
    ("notify", &["workstation"]),
    ("rustface", &["engines"]),
    ("earshot", &["engines"]),
    ("aws-config", &["lake"]),
    ("aws-sdk-s3", &["lake"]),
    ("aws-sdk-sqs", &["lake"]),
    ("aws-sdk-sso", &["lake"]),
    ("aws-sdk-ssooidc", &["lake"]),
    ("aws-sdk-sts", &["lake"]),
    ("aws-sdk-cognitoidentity", &["lake"]),
    ("keyring-core", &["vault"]),
    ("argon2", &["vault"]),
    ("chacha20poly1305", &["vault"]),
    ("s3s", &["lake"]),
];

/// Findings in what `cargo metadata --no-deps` printed.
pub fn check(metadata: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(layer) = layer_of(name) else {
            findings.push(format!(
                "crate {name} has no layer: add it to xtask/src/direction.rs and ARCHITECTURE.md"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let on = dependency["name"].as_str().unwrap_or_default();
            let kind = dependency["kind"].as_str().unwrap_or("normal");
            findings.extend(edge(name, layer, on, kind));
        }
    }
    findings
}

fn edge(name: &str, layer: u8, on: &str, kind: &str) -> Option<String> {
    if let Some((_, owners)) = FOREIGN.iter().find(|(foreign, _)| *foreign == on)
        && !owners.contains(&name)
        && kind != "dev"
    {
        return Some(format!(
            "{name} depends on {on}, which only {} may know",
            owners.join(", ")
        ));
    }
    let below = layer_of(on)?;
    let allowed = below < layer || SIDEWAYS.contains(&(name, on)) || kind == "dev";
    (!allowed).then(|| {
        format!("{name} (layer {layer}) depends on {on} (layer {below}): direction is downward only")
    })
}

fn layer_of(name: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(crate_name, _)| *crate_name == name)
        .map(|(_, layer)| *layer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, on: &str) -> Value {
        json!({"packages": [{"name": name, "dependencies": [{"name": on, "kind": null}]}]})
    }

    #[test]
    fn upward_and_sideways_edges_are_found() {
        assert_eq!(check(&package("timebase", "media")).len(), 1);
        assert_eq!(check(&package("engines", "media")).len(), 1);
        assert_eq!(check(&package("workstation", "api")).len(), 1);
    }

    #[test]
    fn downward_and_named_sideways_edges_pass() {
        assert!(check(&package("workstation", "media")).is_empty());
        assert!(check(&package("playback", "media")).is_empty());
    }

    #[test]
    fn foreign_worlds_have_one_owner() {
        assert!(check(&package("media", "ffmpeg-next")).is_empty());
        assert_eq!(check(&package("workstation", "ffmpeg-next")).len(), 1);
        assert_eq!(check(&package("cli", "rusqlite")).len(), 1);
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        assert_eq!(check(&package("brand-new", "serde")).len(), 1);
    }
}
