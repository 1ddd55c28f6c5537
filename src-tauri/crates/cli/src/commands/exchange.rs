//! What comes in from and goes out to other programs.

use std::path::Path;
use std::sync::Arc;

use fault::Fault;
use serde_json::json;
use workstation::{ExportFormat, ExportWhat, Workstation};

use crate::Ending;
use crate::args::{Export, FormatArg, WhatArg};
use crate::output::{Output, count};

/// `import`.
pub fn import(
    workstation: &Arc<Workstation>,
    asset: &str,
    file: &Path,
    output: &Output,
) -> Result<Ending, Fault> {
    let bytes = workstation::read_sidecar(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let imported = workstation.import_cues(asset, &name, &bytes)?;
    output.result(&imported, || {
        let mut lines = vec![format!(
            "{} taken in and circled.",
            count(imported.cues as usize, "cue", "cues")
        )];
        lines.extend(imported.losses.iter().map(|loss| format!("  {loss}")));
        lines
    })?;
    Ok(Ending::Whole)
}

/// `export`.
pub fn export(workstation: &Arc<Workstation>, args: &Export, output: &Output) -> Result<Ending, Fault> {
    let to = match args.to {
        FormatArg::Edl => ExportFormat::Edl,
        FormatArg::Otio => ExportFormat::Otio,
        FormatArg::Fcpxml => ExportFormat::Fcpxml,
        FormatArg::Srt => ExportFormat::Srt,
        FormatArg::Vtt => ExportFormat::Vtt,
        FormatArg::Ttml => ExportFormat::Ttml,
        FormatArg::Png => ExportFormat::Png,
    };
    let what = match (args.what, to) {
        (Some(WhatArg::Shots), _) => ExportWhat::Shots,
        (Some(WhatArg::Highlights), _) => ExportWhat::Highlights,
        (Some(WhatArg::Cues), _) | (None, ExportFormat::Srt | ExportFormat::Vtt | ExportFormat::Ttml) => {
            ExportWhat::Cues
        }
        (Some(WhatArg::Posters), _) | (None, ExportFormat::Png) => ExportWhat::Posters,
        (None, ExportFormat::Edl | ExportFormat::Otio | ExportFormat::Fcpxml) => ExportWhat::Shots,
    };
    let (result, files) = workstation.export_to(&args.asset, what, to, &args.output)?;
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let document = json!({ "files": files, "size_bytes": result.size_bytes, "losses": result.losses, "items": result.items });
    output.result(&document, || {
        let mut lines = vec![format!(
            "{} written and read back.",
            count(result.items as usize, "item", "items")
        )];
        lines.extend(files.iter().map(|file| format!("  {file}")));
        if !result.losses.is_empty() {
            lines.push("This format could not carry:".to_owned());
            lines.extend(result.losses.iter().map(|loss| format!("  {loss}")));
        }
        lines
    })?;
    Ok(Ending::Whole)
}
