use std::fmt::Write as _;

use timebase::Rate;
use timeline::{Cut, Placed, Source};

use super::seconds::Seconds;
use crate::{
    names::{file_url, xml},
    reading::signed,
};

/// Rates that `conform-rate` has a name for.
const CONFORMED: [(u32, u32, &str); 8] = [
    (24000, 1001, "23.98"),
    (24, 1, "24"),
    (25, 1, "25"),
    (30000, 1001, "29.97"),
    (30, 1, "30"),
    (50, 1, "50"),
    (60000, 1001, "59.94"),
    (60, 1, "60"),
];

/// The document and what it does not carry.
pub(crate) fn write(cut: &Cut) -> (String, Vec<String>) {
    let mut out = Document {
        text: String::new(),
        losses: Vec::new(),
        formats: Vec::new(),
    };
    for source in cut.sources() {
        out.source_losses(source, cut);
    }
    out.line(0, format_args!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    out.line(0, format_args!("<!DOCTYPE fcpxml>"));
    out.line(0, format_args!("<fcpxml version=\"1.10\">"));
    out.resources(cut);
    out.project(cut);
    out.line(0, format_args!("</fcpxml>"));
    (out.text, out.losses)
}

type Format = (Rate, u32, u32);

struct Document {
    text: String,
    losses: Vec<String>,
    formats: Vec<Format>,
}

impl Document {
    fn line(&mut self, depth: usize, line: std::fmt::Arguments<'_>) {
        let indent = "    ".repeat(depth);
        // Writing to a String cannot fail.
        let _infallible = writeln!(self.text, "{indent}{line}");
    }

    fn source_losses(&mut self, source: &Source, cut: &Cut) {
        if source.vfr {
            self.losses.push(format!(
                "{} has a variable frame rate: its timecode is nominal",
                source.name
            ));
        }
        if source.place.is_empty() {
            self.losses.push(format!(
                "where {} lies is not told: it has to be relinked by name",
                source.name
            ));
        }
        let differs = source.rate() != cut.rate();
        if differs && conformed(source.rate()).is_none() {
            self.losses.push(format!(
                "{} runs at {}, which Final Cut Pro XML has no conform rate for",
                source.name,
                source.rate().short_name()
            ));
        }
    }

    fn format_id(&mut self, format: Format) -> String {
        let at = self
            .formats
            .iter()
            .position(|known| *known == format)
            .unwrap_or_else(|| {
                self.formats.push(format);
                self.formats.len() - 1
            });
        format!("f{}", at + 1)
    }

    fn resources(&mut self, cut: &Cut) {
        self.line(1, format_args!("<resources>"));
        let (width, height) = size(cut);
        self.format_id((cut.rate(), width, height));
        for source in cut.sources() {
            self.format_id((source.rate(), source.width, source.height));
        }
        for (at, (rate, width, height)) in self.formats.clone().into_iter().enumerate() {
            let frame = Seconds::of_frames(1, rate);
            self.line(
                2,
                format_args!(
                    "<format id=\"f{}\" frameDuration=\"{frame}\" width=\"{width}\" height=\"{height}\"/>",
                    at + 1
                ),
            );
        }
        for (at, source) in cut.sources().iter().enumerate() {
            self.asset(at + 1, source);
        }
        self.line(1, format_args!("</resources>"));
    }

    fn asset(&mut self, number: usize, source: &Source) {
        let format = self.format_id((source.rate(), source.width, source.height));
        let start = Seconds::of_frames(source.start.frames(), source.rate());
        let duration = Seconds::of_frames(signed(source.frame_count), source.rate());
        let name = xml(&source.name);
        let sound = match source.audio_channels {
            0 => String::new(),
            channels => format!(
                " hasAudio=\"1\" audioSources=\"1\" audioChannels=\"{channels}\" audioRate=\"{}\"",
                source.audio_rate
            ),
        };
        self.line(
            2,
            format_args!(
                "<asset id=\"a{number}\" name=\"{name}\" start=\"{start}\" duration=\"{duration}\" hasVideo=\"1\" \
                 format=\"{format}\" videoSources=\"1\"{sound}>"
            ),
        );
        let url = xml(&file_url(source));
        self.line(
            3,
            format_args!("<media-rep kind=\"original-media\" src=\"{url}\"/>"),
        );
        self.line(2, format_args!("</asset>"));
    }

    fn project(&mut self, cut: &Cut) {
        let name = xml(cut.name());
        let (width, height) = size(cut);
        let format = self.format_id((cut.rate(), width, height));
        let start = Seconds::of_frames(cut.start().frames(), cut.rate());
        let duration = Seconds::of_frames(signed(cut.duration()), cut.rate());
        let counting = counting(cut.start().is_drop_frame());
        self.line(1, format_args!("<library>"));
        self.line(2, format_args!("<event name=\"Circle Take\">"));
        self.line(3, format_args!("<project name=\"{name}\">"));
        self.line(
            4,
            format_args!(
                "<sequence format=\"{format}\" duration=\"{duration}\" tcStart=\"{start}\" tcFormat=\"{counting}\" \
                 audioLayout=\"stereo\" audioRate=\"48k\">"
            ),
        );
        self.line(5, format_args!("<spine>"));
        for clip in cut.placed() {
            self.clip(cut, &clip);
        }
        self.line(5, format_args!("</spine>"));
        self.line(4, format_args!("</sequence>"));
        self.line(3, format_args!("</project>"));
        self.line(2, format_args!("</event>"));
        self.line(1, format_args!("</library>"));
    }

    fn clip(&mut self, cut: &Cut, clip: &Placed<'_>) {
        let source = clip.source;
        let number = cut
            .sources()
            .iter()
            .position(|known| known.asset == source.asset)
            .unwrap_or(0)
            + 1;
        let format = self.format_id((source.rate(), source.width, source.height));
        let name = xml(if clip.clip.name.is_empty() {
            &source.name
        } else {
            &clip.clip.name
        });
        let offset = Seconds::of_frames(cut.start().frames() + signed(clip.record.start), cut.rate());
        let start = Seconds::of_frames(clip.source_in().frames(), source.rate());
        let duration = Seconds::of_frames(signed(clip.record.len()), cut.rate());
        let counting = counting(source.start.is_drop_frame());
        self.line(
            6,
            format_args!(
                "<asset-clip ref=\"a{number}\" offset=\"{offset}\" name=\"{name}\" start=\"{start}\" \
                 duration=\"{duration}\" format=\"{format}\" tcFormat=\"{counting}\">"
            ),
        );
        if !clip.clip.note.is_empty() {
            self.line(7, format_args!("<note>{}</note>", xml(&clip.clip.note)));
        }
        if source.rate() != cut.rate()
            && let Some(name) = conformed(source.rate())
        {
            self.line(
                7,
                format_args!("<conform-rate scaleEnabled=\"0\" srcFrameRate=\"{name}\"/>"),
            );
        }
        for marker in cut
            .markers()
            .iter()
            .filter(|marker| clip.record.contains(marker.at))
        {
            let inside = Seconds::of_frames(signed(marker.at - clip.record.start), cut.rate());
            let at = start.minus(Seconds::ZERO.minus(inside));
            let length = Seconds::of_frames(signed(marker.frames.max(1)), cut.rate());
            let note = match marker.note.as_str() {
                "" => String::new(),
                note => format!(" note=\"{}\"", xml(note)),
            };
            let value = xml(&marker.name);
            self.line(
                7,
                format_args!("<marker start=\"{at}\" duration=\"{length}\" value=\"{value}\"{note}/>"),
            );
        }
        self.line(6, format_args!("</asset-clip>"));
        if clip.clip.dissolve_frames > 0 {
            self.losses.push(format!(
                "a dissolve of {} frames is written as a cut",
                clip.clip.dissolve_frames
            ));
        }
    }
}

/// The picture of the cut is as large as its first source.
fn size(cut: &Cut) -> (u32, u32) {
    cut.sources()
        .first()
        .map_or((1920, 1080), |source| (source.width, source.height))
}

fn counting(drop_frame: bool) -> &'static str {
    if drop_frame { "DF" } else { "NDF" }
}

fn conformed(rate: Rate) -> Option<&'static str> {
    CONFORMED
        .iter()
        .find(|(num, den, _)| *num == rate.num() && *den == rate.den())
        .map(|(_, _, name)| *name)
}
