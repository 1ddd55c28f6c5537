import type { ExportFormat, ExportWhat } from "../../backend";

/** What can be exported, and to which formats. */
export const EXPORTS: { what: ExportWhat; name: string; to: { format: ExportFormat; name: string }[] }[] = [
  {
    what: "highlights",
    name: "Highlights",
    to: [
      { format: "fcpxml", name: "FCPXML" },
      { format: "otio", name: "OpenTimelineIO" },
      { format: "edl", name: "EDL (CMX3600)" },
    ],
  },
  {
    what: "shots",
    name: "Shots",
    to: [
      { format: "edl", name: "EDL (CMX3600)" },
      { format: "otio", name: "OpenTimelineIO" },
      { format: "fcpxml", name: "FCPXML" },
    ],
  },
  {
    what: "cues",
    name: "Cues",
    to: [
      { format: "srt", name: "SubRip (SRT)" },
      { format: "vtt", name: "WebVTT" },
      { format: "ttml", name: "TTML (IMSC 1.1)" },
    ],
  },
  { what: "posters", name: "Poster frames", to: [{ format: "png", name: "PNG with a contact sheet" }] },
];
