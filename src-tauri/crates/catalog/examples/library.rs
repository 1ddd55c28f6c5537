//! Makes a home whose catalog holds many assets, as another workstation's ledger would bring them, and measures its library:
//! `cargo run -p catalog --example library -- FOLDER 1000000`. A folder that has a catalog is measured as it is, so the desk
//! can be tried on it (`circletake --home FOLDER serve`); proposals of its first film are given with a third number. With the folder of
//! a lake after that, the entries are written there as one workstation's segments.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a measurement prints what it finds, and says where it cannot go on"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use catalog::{Catalog, LibraryFilter, LibraryQuery, WriterRecord};
use ledger::{
    AssetEntry, AssetId, Author, Body, Entry, Hlc, Kind, Location, Proposal, ProposalDraft, Provenance,
    Rendition, Role, Run, RunEntry, RunIdentity,
};
use serde_json::json;
use timebase::FrameRange;

const WORDS: [&str; 16] = [
    "north",
    "light",
    "harbour",
    "winter",
    "interview",
    "drone",
    "wide",
    "night",
    "market",
    "river",
    "hotel",
    "dance",
    "crowd",
    "train",
    "bridge",
    "Schnee",
];
/// Entries taken in at once.
const AT_ONCE: u64 = 20_000;
/// As many assets have a proxy, a run and proposals.
const WITH_PROPOSALS: u64 = 2000;
/// 24 frames a second, three hours.
const FRAMES: u64 = 3 * 3600 * 24;

/// Numbers that look drawn, and are the same each time.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len() as u64) as usize]
    }
}

/// A camera's name, a stock shot's, or an edited take's.
fn title(drawn: &mut Drawn) -> String {
    match drawn.below(3) {
        0 => format!(
            "A{:03}_C{:03}_{:04}.mov",
            drawn.below(999),
            drawn.below(999),
            drawn.below(1231)
        ),
        1 => format!("{} {} {}.mp4", drawn.word(), drawn.word(), drawn.below(10_000)),
        _ => format!(
            "{}_{}_take{}_v{}.mxf",
            drawn.word(),
            drawn.word(),
            drawn.below(40),
            drawn.below(9)
        ),
    }
}

/// Ids in the order in which they come, so that a million is made in minutes; rows of assets lie in that order in any catalog.
fn asset_of(number: u64) -> AssetId {
    let mut bytes = [0xa5; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    AssetId::from_bytes(bytes)
}

/// What an ingest writes of a film of three hours: what it is and where it lay, and of the first ones a proxy and a run.
fn entries_of(number: u64, author: &Author, drawn: &mut Drawn) -> Vec<Entry> {
    let asset = asset_of(number);
    let title = title(drawn);
    let mut bodies = vec![
        Body::Location(Location {
            asset,
            place: format!("file:///footage/{number}/{}", title.replace(' ', "%20")),
        }),
        Body::Asset(AssetEntry {
            asset,
            title,
            size_bytes: 4_000_000_000 + drawn.below(1 << 32),
            media: media(),
        }),
    ];
    if number < WITH_PROPOSALS {
        bodies.push(Body::Rendition(Rendition {
            asset,
            name: "proxy".to_owned(),
            key: format!("proxy/{asset}/00.mp4"),
            size_bytes: 400_000_000,
            blake3: "00".repeat(32),
        }));
        bodies.push(Body::Run(RunEntry {
            key: format!("ai/{asset}/{}.json.zst", run_of(number).id),
            run: run_of(number),
            proposals: 0,
            blake3: "00".repeat(32),
        }));
    }
    let clock = |counter: usize| Hlc {
        millis: 1_700_000_000_000 + number * 750,
        counter: counter as u32,
    };
    bodies
        .into_iter()
        .enumerate()
        .map(|(counter, body)| Entry::new(clock(counter), author.clone(), body))
        .collect()
}

fn run_of(number: u64) -> Run {
    let identity = RunIdentity {
        asset: asset_of(number),
        engine: "local.shots".to_owned(),
        model: "block-correlation".to_owned(),
        version: "1".to_owned(),
        parameters: json!({}),
    };
    let provenance = Provenance {
        input: "00".repeat(32),
        started_millis: 7,
        cpu_millis: 8,
        cost_micros: 0,
    };
    Run::new(identity, provenance)
}

/// As the workstation describes it.
fn media() -> serde_json::Value {
    let duration = 705_600_000u64 * 3 * 3600;
    json!({
        "duration": duration, "frame_count": FRAMES,
        "media": {
            "audio": [{"channels": 2, "codec": "aac", "language": null, "layout": "stereo", "main": true,
                "sample_rate": 48000, "stream_index": 1, "title": "SoundHandler"}],
            "container": "mov", "duration": duration, "other_streams": [], "size_bytes": 4_000_000_000u64,
            "start_timecode": {"drop_frame": false, "frames": 86400, "rate": "24/1"}, "still": false,
            "video": {"bit_depth": 8, "codec": "h264", "display_height": 720, "display_width": 1280,
                "field_order": "progressive", "full_range": false, "hdr": null, "height": 720, "matrix": "bt709",
                "mirrored": false, "pixel_format": "yuv420p", "primaries": "bt709", "profile": "High",
                "rate": "24/1", "rotation_degrees": 0, "sample_aspect": [1, 1], "stream_index": 0,
                "time_base": {"den": 24000, "num": 1}, "transfer": "bt709", "vfr": false, "width": 1280}
        }
    })
}

fn proposals_of(number: u64, count: u64) -> Vec<Proposal> {
    let run = run_of(number);
    let kinds = [Kind::Shots, Kind::Faces, Kind::Text, Kind::Highlights];
    (0..count)
        .map(|n| {
            let start = n * FRAMES / count.max(1);
            let draft = ProposalDraft {
                kind: kinds[(n % kinds.len() as u64) as usize].clone(),
                range: FrameRange::new(start, start + 20 + n % 70),
                confidence_permille: Some((n * 7 % 1000) as u16),
                payload: json!({ "n": n }),
            };
            Proposal::new(&run, draft)
        })
        .collect()
}

fn archive() -> Author {
    Author {
        principal: "archive".to_owned(),
        workstation: "archive-1".to_owned(),
        person: "Archive".to_owned(),
        role: Role::Editor,
    }
}

/// Writes the same entries as one writer's segments and head into the folder of a lake, and notes that the catalog has them.
fn send(catalog: &Catalog, count: u64, lake: &Path) {
    let author = archive();
    let name = |root: &str| lake.join(root).join("v1").join(&author.principal);
    let segments = name("ledger").join(&author.workstation);
    std::fs::create_dir_all(&segments).unwrap();
    std::fs::create_dir_all(name("heads")).unwrap();
    let mut writer = WriterRecord {
        principal: author.principal.clone(),
        workstation: author.workstation.clone(),
        ..WriterRecord::default()
    };
    let mut drawn = Drawn(7);
    for from in (0..count).step_by(AT_ONCE as usize / 2) {
        let numbers = from..count.min(from + AT_ONCE / 2);
        let entries: Vec<Entry> = numbers
            .flat_map(|number| entries_of(number, &author, &mut drawn))
            .collect();
        let bytes = catalog::segment::pack(&entries).unwrap();
        writer.sequence += 1;
        writer.chain = catalog::segment::chain_after(&writer.chain, blake3::hash(&bytes).to_hex().as_str());
        std::fs::write(segments.join(format!("{:012}.jsonl.zst", writer.sequence)), bytes).unwrap();
    }
    let head = json!({ "version": 1, "sequence": writer.sequence, "chain": writer.chain });
    // As a folder keeps an object whose name has no end.
    std::fs::write(
        name("heads").join(format!("{}%f", author.workstation)),
        head.to_string(),
    )
    .unwrap();
    catalog.apply_of(&writer, 0, &[]).unwrap();
    eprintln!("{} segments", writer.sequence);
}

fn fill(catalog: &Catalog, count: u64, of_the_first: u64) {
    let author = archive();
    let mut drawn = Drawn(7);
    for from in (0..count).step_by(AT_ONCE as usize) {
        let numbers = from..count.min(from + AT_ONCE);
        let entries: Vec<Entry> = numbers
            .flat_map(|number| entries_of(number, &author, &mut drawn))
            .collect();
        catalog.apply(&entries).unwrap();
    }
    for number in 0..count.min(WITH_PROPOSALS) {
        let many = if number == 0 { of_the_first } else { number % 5 };
        catalog
            .apply_proposals(run_of(number).id, &proposals_of(number, many))
            .unwrap();
    }
}

/// How long something took: on the clock, and on a processor, which other work on the machine does not lengthen as much.
#[derive(Clone, Copy)]
struct Took {
    clock: Duration,
    processor: Duration,
}

/// What this thread has had of a processor so far; nothing where the system does not say.
fn on_processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split(' ').next().and_then(|word| word.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

/// How long each of these took: the middle, all but one in twenty, the longest.
fn say(what: &str, took: Vec<Took>) {
    let spread = |of: fn(&Took) -> Duration| {
        let mut all: Vec<Duration> = took.iter().map(of).collect();
        all.sort();
        let at = |part: usize| all[(all.len() - 1) * part / 100].as_secs_f64() * 1000.0;
        format!("{:.1}, {:.1}, {:.1}", at(50), at(95), at(100))
    };
    let (clock, processor) = (spread(|one| one.clock), spread(|one| one.processor));
    eprintln!(
        "{what}: {processor} ms of a processor in the middle, for 95 of 100, at most; {clock} on the clock"
    );
}

fn time<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let (began, had) = (Instant::now(), on_processor());
    let done = work();
    let took = Took {
        clock: began.elapsed(),
        processor: on_processor().saturating_sub(had),
    };
    (done, took)
}

fn measure(folder: &Path) {
    let (catalog, opened) = time(|| Catalog::open(folder).unwrap());
    let query = |words: &str, filter, offset| LibraryQuery {
        filter,
        words: words.to_owned(),
        offset,
        limit: 100,
    };
    let (first, page) = time(|| catalog.library(&query("", LibraryFilter::All, 0)).unwrap());
    let total = first.total;
    eprintln!(
        "{total} assets: opened in {:.1?}, first window {:.1?}",
        opened.clock, page.clock
    );
    let mut drawn = Drawn(11);
    let mut windows = |filter| {
        let count = catalog.library(&query("", filter, 0)).unwrap().count.max(1);
        let one = |offset| time(|| catalog.library(&query("", filter, offset)).unwrap()).1;
        (0..200).map(|_| one(drawn.below(count))).collect::<Vec<_>>()
    };
    say("a window anywhere", windows(LibraryFilter::All));
    say(
        "a window anywhere of those with something open",
        windows(LibraryFilter::Open),
    );
    let mut drawn = Drawn(13);
    let mut found = 0;
    let searches = (0..300)
        .map(|n| {
            let title = title(&mut drawn);
            let length = 3 + (n as usize % 7);
            let words: String = title.chars().skip(n as usize % 4).take(length).collect();
            let (answer, took) = time(|| catalog.library(&query(&words, LibraryFilter::All, 0)).unwrap());
            found += answer.count;
            took
        })
        .collect();
    say("a search, parts of titles of three to nine letters", searches);
    eprintln!("   {} found each", found / 300);
    let broad = ["mov", ".mp4", "_take", "light", "winter "];
    let broad = broad.map(|words| time(|| catalog.library(&query(words, LibraryFilter::All, 0)).unwrap()).1);
    say("a search that finds a large part", broad.to_vec());
    let short = ["a", "no", "zq", "7"];
    let short = short.map(|words| time(|| catalog.library(&query(words, LibraryFilter::All, 0)).unwrap()).1);
    say("a search for one or two letters", short.to_vec());
    let places = (0..100)
        .map(|_| {
            let asset = asset_of(drawn.below(total));
            time(|| catalog.place_in_library(asset, LibraryFilter::All).unwrap()).1
        })
        .collect();
    say("where an asset stands", places);
}

fn main() {
    let mut given = std::env::args().skip(1);
    let folder = given.next().expect("a folder");
    let mut number = |usual: u64| given.next().and_then(|word| word.parse().ok()).unwrap_or(usual);
    let (count, of_the_first) = (number(1_000_000), number(0));
    let folder = Path::new(&folder);
    if !folder.join("catalog.db").exists() {
        let catalog = Catalog::open(folder).unwrap();
        let ((), took) = time(|| fill(&catalog, count, of_the_first));
        eprintln!("{count} assets taken in: {:.1?}", took.clock);
    }
    if let Some(lake) = given.next() {
        return send(&Catalog::open(folder).unwrap(), count, Path::new(&lake));
    }
    measure(folder);
}
