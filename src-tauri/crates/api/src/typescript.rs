//! The TypeScript side of the boundary, made from the command list and the wire types.

use std::{collections::BTreeMap, fmt::Write as _, io, path::Path};

use ts_rs::{Config, TS, TypeVisitor};

use crate::{
    commands::{COMMANDS, Place, Tag, for_each_command},
    wire::*,
};

const HEAD: &str = "// Made by `cargo xtask codegen` from src-tauri/crates/api. Do not edit.\n\n";

/// File name and content of everything that is generated.
pub fn files() -> Vec<(&'static str, String)> {
    vec![("commands.ts", commands_ts()), ("types.ts", types_ts())]
}

/// Writes the files into `folder`, leaving alone those that are current. Answers the names of those that changed.
///
/// # Errors
/// When the folder cannot be written.
pub fn export(folder: &Path) -> io::Result<Vec<&'static str>> {
    std::fs::create_dir_all(folder)?;
    let mut changed = Vec::new();
    for (name, text) in files() {
        let path = folder.join(name);
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            std::fs::write(&path, text)?;
            changed.push(name);
        }
    }
    Ok(changed)
}

fn config() -> Config {
    // Whole numbers on the wire stay below 2^53, so they are plain numbers in the page.
    Config::new().with_large_int("number")
}

/// Declarations by name, so that the file's order does not depend on the order of discovery.
struct Declarations {
    config: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_some() {
            let ident = T::ident(&self.config);
            if self.found.contains_key(&ident) {
                return;
            }
            let docs = T::docs().unwrap_or_default();
            self.found.insert(
                ident,
                laid_out(&format!("{docs}export {}", T::decl(&self.config))),
            );
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

macro_rules! visit_all {
    ($($words:literal, $place:ident $name:ident($request:ty) -> $response:ty, reads [$($read:ident),*], stales [$($stale:ident),*];)*) => {
        fn visit_wire(into: &mut impl TypeVisitor) {
            $(into.visit::<$request>(); into.visit::<$response>();)*
        }

        /// Name, request and response of each command in TypeScript.
        fn signatures(config: &Config) -> Vec<(&'static str, String, String)> {
            vec![$((stringify!($name), <$request as TS>::name(config), <$response as TS>::name(config))),*]
        }
    };
}

for_each_command!(visit_all);

fn types_ts() -> String {
    let mut all = Declarations {
        config: config(),
        found: BTreeMap::new(),
    };
    visit_wire(&mut all);
    all.visit::<Event>();
    all.visit::<TransportState>();
    all.visit::<ViewerPlace>();
    all.visit::<FaultWords>();
    all.visit::<ShotPayload>();
    all.visit::<QcPayload>();
    all.visit::<FacesPayload>();
    all.visit::<TextPayload>();
    all.visit::<CuePayload>();
    all.visit::<HighlightPayload>();
    all.visit::<PosterPayload>();
    let mut out = HEAD.to_owned();
    for declaration in all.found.values() {
        out.push_str(declaration);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn commands_ts() -> String {
    let config = config();
    let signatures = signatures(&config);
    let mut names: Vec<&str> = signatures
        .iter()
        .flat_map(|(_, a, b)| [a.as_str(), b.as_str()])
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut out = HEAD.to_owned();
    let mut line = |text: std::fmt::Arguments<'_>| {
        // Writing to a String cannot fail.
        let _infallible = out.write_fmt(text);
    };
    line(format_args!("import type {{\n"));
    for name in &names {
        line(format_args!("  {name},\n"));
    }
    line(format_args!(
        "}} from './types';\n\nexport interface Commands {{\n"
    ));
    for (command, (name, request, response)) in COMMANDS.iter().zip(&signatures) {
        line(format_args!("  /** {} */\n", command.words));
        line(format_args!(
            "  {name}: {{ request: {request}; response: {response} }};\n"
        ));
    }
    line(format_args!(
        "}}\n\nexport type CommandName = keyof Commands;\nexport type Tag = {};\n\n",
        quoted(&Tag::ALL).replace(", ", " | ")
    ));
    line(format_args!(
        "/** What each command depends on and makes stale; `asset` stands for `asset:<the id in the request>`. */\n"
    ));
    line(format_args!(
        "export const commands: Record<CommandName, {{ windowOnly: boolean; reads: readonly Tag[]; stales: readonly Tag[] }}> = {{\n"
    ));
    for command in COMMANDS {
        line(format_args!(
            "  {}: {{ windowOnly: {}, reads: [{}], stales: [{}] }},\n",
            command.name,
            command.place == Place::Window,
            quoted(command.reads),
            quoted(command.stales)
        ));
    }
    line(format_args!("}};\n"));
    out
}

/// One-line comments on one line, fields indented: the file is read by people too.
fn laid_out(declaration: &str) -> String {
    let mut out = String::new();
    let mut lines = declaration.lines().map(str::trim).peekable();
    let mut inside = false;
    while let Some(line) = lines.next() {
        let indent = if inside { "  " } else { "" };
        let text = match line {
            "/**" => {
                let words: Vec<&str> = lines
                    .by_ref()
                    .take_while(|line| *line != "*/")
                    .map(|line| line.trim_start_matches('*').trim())
                    .collect();
                format!("/** {} */", words.join(" "))
            }
            line => line.replace(", };", ",\n};").replace(", } | {", ",\n} | {"),
        };
        out.push_str(indent);
        out.push_str(&text);
        out.push('\n');
        inside = text.ends_with('{') || (inside && !text.ends_with("};"));
    }
    out
}

fn quoted(tags: &[Tag]) -> String {
    tags.iter()
        .map(|tag| format!("'{}'", tag.as_str()))
        .collect::<Vec<_>>()
        .join(", ")
}
