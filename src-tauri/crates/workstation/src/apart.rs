//! A foreign file is read in a process of its own, so that a decoder that crashes on it takes nothing along. The program that
//! asks starts itself again with [`ARGUMENT`], hands it an order on standard input and reads lines from its standard output.
//! What was made lies in the folder named by the order, its report last.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fault::{Code, Fault};
use media::{IngestOptions, IngestProgress, IngestReport};
use serde::{Deserialize, Serialize};

use crate::{faults, jobs, log, place};

/// What the first argument of a program of ours is when it shall read a file and end.
const ARGUMENT: &str = "read-apart";
/// Between two lines of progress.
const SAY_EVERY: Duration = Duration::from_millis(50);
/// How often whoever waits is asked whether it still does, when the other process says nothing.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// One that says nothing for so long hangs. A share that stands still for minutes must not count as that.
const SILENT_MAX: Duration = Duration::from_secs(600);
/// A line is shorter; a process gone wild must not fill the memory of this one.
const LINE_MAX_BYTES: u64 = 256 * 1024;

/// What to read and where to put what is made.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    /// `file` URIs, which keep every byte of a name.
    home: String,
    source: String,
    out_dir: String,
    proxy_height_max: u32,
    proxy_quality: u32,
    threads: u32,
}

impl Order {
    fn options(&self) -> IngestOptions {
        IngestOptions {
            proxy_height_max: self.proxy_height_max,
            proxy_quality: self.proxy_quality,
            threads: self.threads,
        }
    }
}

/// A line of the other process.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    /// How far it is.
    At(IngestProgress),
    /// Everything is made, its report too.
    Done,
    /// It cannot be read, and nothing stayed in the folder.
    Failed(Fault),
}

/// Where files are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    /// The program that reads in a process of its own; this process does when there is none.
    pub reader: Option<&'a Path>,
    /// The home, for the log.
    pub home: &'a Path,
    /// How long it may say nothing.
    pub silent_max: Duration,
}

/// How following a reading process ended, when it was not called off.
enum Last {
    /// Everything is made.
    Done,
    /// It hangs.
    Silence,
    /// It ended without a word.
    Nothing,
}

impl<'a> Reading<'a> {
    /// Reads with this program, or here.
    pub const fn with(reader: Option<&'a Path>, home: &'a Path) -> Self {
        Self {
            reader,
            home,
            silent_max: SILENT_MAX,
        }
    }
}

impl Reading<'_> {
    /// Reads a file as [`media::ingest`] does. `progress` gets what was last known at least ten times a second.
    pub fn ingest(
        self,
        source: &Path,
        out_dir: &Path,
        options: &IngestOptions,
        progress: &mut dyn FnMut(&IngestProgress) -> ControlFlow<()>,
    ) -> Result<IngestReport, Fault> {
        let Some(reader) = self.reader else {
            return media::ingest(source, out_dir, options, progress).map_err(|e| of_media(&e));
        };
        let order = Order {
            home: place::to_uri(self.home),
            source: place::to_uri(source),
            out_dir: place::to_uri(out_dir),
            proxy_height_max: options.proxy_height_max,
            proxy_quality: options.proxy_quality,
            threads: options.threads,
        };
        let mut reader = Reader::start(reader, &order)?;
        match reader.follow(self.silent_max, progress)? {
            Last::Done => IngestReport::load(&out_dir.join(media::REPORT_FILE)).map_err(|e| of_media(&e)),
            Last::Silence => Err(hung(source)),
            Last::Nothing => Err(died(reader.end()?, source)),
        }
    }
}

/// The other process. Dropping it ends it.
struct Reader {
    child: Child,
    words: Receiver<Word>,
    listener: Option<JoinHandle<()>>,
}

impl Reader {
    fn start(program: &Path, order: &Order) -> Result<Self, Fault> {
        let failed = |error: &std::io::Error| {
            Fault::new(Code::Internal, "No process could be started to read the file in.")
                .hint("Nothing was changed. Close other programs and try again.")
                .because(error)
        };
        let mut line = serde_json::to_vec(order).map_err(|e| faults::from_json(&e, "An order"))?;
        line.push(b'\n');
        let mut child = Command::new(program)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| failed(&e))?;
        let (say, words) = sync_channel(16);
        let stdout = child.stdout.take();
        let mut reader = Self {
            child,
            words,
            listener: None,
        };
        // Standard input stays open: its end tells the other process that nobody waits any more.
        if let Some(stdin) = &mut reader.child.stdin
            && let Err(error) = stdin.write_all(&line)
        {
            // It died before it had read; what it died of is known when it is waited for.
            tracing::warn!(%error, "the process that reads a file took no order");
        }
        if let Some(stdout) = stdout {
            let listener = std::thread::Builder::new()
                .name("read-apart".to_owned())
                .spawn(move || listen(stdout, &say))
                .map_err(|e| failed(&e))?;
            reader.listener = Some(listener);
        }
        Ok(reader)
    }

    /// Passes progress on until the last word.
    fn follow(
        &mut self,
        silent_max: Duration,
        progress: &mut dyn FnMut(&IngestProgress) -> ControlFlow<()>,
    ) -> Result<Last, Fault> {
        let mut at = IngestProgress::default();
        let mut heard = Instant::now();
        loop {
            match self.words.recv_timeout(ASK_EVERY) {
                Ok(Word::At(now)) => (at, heard) = (now, Instant::now()),
                Ok(Word::Done) => return Ok(Last::Done),
                Ok(Word::Failed(fault)) => return Err(fault),
                Err(RecvTimeoutError::Timeout) if heard.elapsed() >= silent_max => return Ok(Last::Silence),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Last::Nothing),
            }
            if progress(&at).is_break() {
                return Err(cancelled());
            }
        }
    }

    /// How the process ended; it has closed its output.
    fn end(&mut self) -> Result<ExitStatus, Fault> {
        self.child.wait().map_err(|error| {
            Fault::new(
                Code::Internal,
                "The process that reads a file cannot be waited for.",
            )
            .because(&error)
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // One that has ended needs no end, and says so with an error.
        drop(self.child.kill());
        drop(self.child.wait());
        // With the process its output has ended; what the listener still holds finds nobody.
        let (_nobody, words) = sync_channel(0);
        self.words = words;
        if let Some(listener) = self.listener.take()
            && listener.join().is_err()
        {
            tracing::error!("the thread that listens to a reading process panicked");
        }
    }
}

/// Reads lines until the output ends, or says something else than words.
fn listen(stdout: ChildStdout, say: &SyncSender<Word>) {
    let mut lines = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.by_ref().take(LINE_MAX_BYTES).read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) {
            return;
        }
        match serde_json::from_slice(&line) {
            Ok(word) => {
                if say.send(word).is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the process that reads a file said something else");
                return;
            }
        }
    }
}

fn cancelled() -> Fault {
    Fault::new(Code::Cancelled, "Stopped.")
}

fn of_media(error: &media::MediaError) -> Fault {
    match error {
        media::MediaError::Cancelled => cancelled(),
        error => faults::from_media(error),
    }
}

/// What a person is told when reading a file went on for ever.
fn hung(source: &Path) -> Fault {
    Fault::new(
        Code::DamagedMedia,
        format!("Reading this file came to a stop: {}", place::shown(source)),
    )
    .hint("It was given up and nothing was kept of it. Check the disk or the share it is on, then try again.")
}

/// What a person is told when reading a file ended the process that read it.
fn died(status: ExitStatus, source: &Path) -> Fault {
    let shown = place::shown(source);
    let fault = match signal_of(status) {
        // Nobody of ours sends it here: the system does, when memory runs out.
        Some(9) => Fault::new(
            Code::BeyondLimits,
            format!("The system ended the reading of this file: {shown}"),
        )
        .hint("Memory may have run out. Nothing was kept of it and the desk goes on. Close other programs, then try again."),
        _ => Fault::new(
            Code::DamagedMedia,
            format!("A decoder crashed on this file: {shown}"),
        )
        .hint("It was read in a process of its own, so the desk and everything decided are safe. Copy the file again from its source, or convert it elsewhere first."),
    };
    Fault {
        detail: format!("the reading process ended with {status}"),
        ..fault
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_status: ExitStatus) -> Option<i32> {
    None
}

/// This program, to be started again: also when its file was replaced since.
pub(crate) fn own_program() -> Option<PathBuf> {
    if cfg!(target_os = "linux") {
        return Some(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe()
        .inspect_err(|error| tracing::warn!(%error, "files are read in this process"))
        .ok()
}

/// For the first line of a program of ours: when it was started only to read a file, does that, and answers how to end.
pub fn serve_apart() -> Option<ExitCode> {
    let asked = std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == OsStr::new(ARGUMENT));
    asked.then(|| {
        if serve() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    })
}

/// Takes the order, reads, says the last word. False when there is nobody to say it to.
fn serve() -> bool {
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line).is_err() {
        return false;
    }
    let Ok(order) = serde_json::from_str::<Order>(&line) else {
        return say(&Word::Failed(Fault::new(
            Code::BadRequest,
            "This is for the program itself: it takes no order by hand.",
        )));
    };
    let paths = [&order.home, &order.source, &order.out_dir].map(|uri| place::from_uri(uri));
    let [Some(home), Some(source), Some(out_dir)] = paths else {
        return say(&Word::Failed(Fault::new(
            Code::BadRequest,
            "This order names no file.",
        )));
    };
    log::start_log(&home, false);
    media::init();
    // Whatever a decoder is doing: without the other end there is nobody to do it for.
    let watch = std::thread::Builder::new()
        .name("apart-watch".to_owned())
        .spawn(|| {
            let _ended = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            std::process::exit(1);
        });
    if let Err(error) = watch {
        tracing::warn!(%error, "a file is read without looking who waits for it");
    }
    let mut said: Option<Instant> = None;
    let mut progress = |at: &IngestProgress| {
        if said.is_some_and(|said| said.elapsed() < SAY_EVERY) {
            return ControlFlow::Continue(());
        }
        said = Some(Instant::now());
        if say(&Word::At(*at)) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let made = jobs::guarded(|| {
        media::ingest(&source, &out_dir, &order.options(), &mut progress).map_err(|e| of_media(&e))
    });
    say(&match made {
        Ok(_report_is_in_the_folder) => Word::Done,
        Err(fault) => Word::Failed(fault),
    })
}

/// One line on standard output; false when nobody reads there.
fn say(word: &Word) -> bool {
    let Ok(mut line) = serde_json::to_vec(word) else {
        return false;
    };
    line.push(b'\n');
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(&line).and_then(|()| stdout.flush()).is_ok()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A reader of `script`, as the program that is started.
    fn read(script: &str, progress: &mut dyn FnMut(&IngestProgress) -> ControlFlow<()>) -> Fault {
        read_within(SILENT_MAX, script, progress)
    }

    fn read_within(
        silent_max: Duration,
        script: &str,
        progress: &mut dyn FnMut(&IngestProgress) -> ControlFlow<()>,
    ) -> Fault {
        let dir = tempfile::tempdir().unwrap();
        let (text, program) = (dir.path().join("text"), dir.path().join("reader"));
        std::fs::write(&text, format!("#!/bin/sh\nread order\n{script}\n")).unwrap();
        std::fs::set_permissions(&text, std::fs::Permissions::from_mode(0o700)).unwrap();
        // Another process writes it. Written here, it would be open for writing for a moment in whatever process another test starts
        // meanwhile, and a program that is being written cannot be started.
        let copied = Command::new("cp")
            .arg("-p")
            .args([&text, &program])
            .status()
            .unwrap();
        assert!(copied.success());
        let reading = Reading {
            reader: Some(&program),
            home: dir.path(),
            silent_max,
        };
        reading
            .ingest(
                Path::new("/films/a.mov"),
                dir.path(),
                &IngestOptions::default(),
                progress,
            )
            .unwrap_err()
    }

    const AT: &str =
        r#"echo '{"at":{"position":705600000,"duration":null,"frames":25,"bytes_read":9,"bytes_total":10}}'"#;

    #[test]
    fn a_decoder_that_crashes_is_a_fault_of_that_file() {
        let mut frames = 0;
        let fault = read(&format!("{AT}\nkill -SEGV $$"), &mut |at| {
            frames = frames.max(at.frames);
            ControlFlow::Continue(())
        });
        assert_eq!(fault.code, Code::DamagedMedia, "{fault:?}");
        assert!(fault.message.ends_with("/films/a.mov"), "{fault:?}");
        assert!(fault.detail.contains("signal: 11"), "{fault:?}");
        assert_eq!(frames, 25, "what it said before it died was passed on");
    }

    #[test]
    fn memory_that_ran_out_is_told_apart() {
        let fault = read("kill -KILL $$", &mut |_at| ControlFlow::Continue(()));
        assert_eq!(fault.code, Code::BeyondLimits, "{fault:?}");
    }

    #[test]
    fn one_that_hangs_is_ended_when_nobody_wants_it_any_more() {
        let began = Instant::now();
        let fault = read(&format!("{AT}\nexec sleep 600"), &mut |at| {
            if at.frames == 25 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!(fault.code, Code::Cancelled);
        assert!(began.elapsed() < Duration::from_secs(300));
    }

    #[test]
    fn one_that_hangs_is_given_up_although_somebody_waits() {
        let fault = read_within(Duration::from_millis(200), "exec sleep 600", &mut |_at| {
            ControlFlow::Continue(())
        });
        assert_eq!(fault.code, Code::DamagedMedia);
        assert!(
            fault.message.starts_with("Reading this file came to a stop"),
            "{fault:?}"
        );
    }

    #[test]
    fn one_that_talks_wildly_is_not_listened_to() {
        let wild = "head -c 1000000 /dev/zero";
        let fault = read(wild, &mut |_at| ControlFlow::Continue(()));
        assert_eq!(fault.code, Code::DamagedMedia, "{fault:?}");
    }
}
