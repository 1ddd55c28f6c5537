//! How much memory decoded frames may take.

use std::path::Path;

/// Less is of no use: the group of a proxy, twice.
pub const CACHE_MIN_BYTES: usize = 64 * MEBIBYTE;
/// More than this is never taken by itself; a setting may.
pub const CACHE_MAX_BYTES: usize = 2048 * MEBIBYTE;
/// Where the machine does not tell its memory: four groups of a 720-line proxy.
const UNKNOWN_BYTES: usize = 96 * MEBIBYTE;
/// The part of the machine's memory that frames may take.
const PART: u64 = 16;

const MEBIBYTE: usize = 1024 * 1024;

/// Bytes of decoded frames to keep: what a person set, or a sixteenth of the memory this process may use, within
/// [`CACHE_MIN_BYTES`] and [`CACHE_MAX_BYTES`].
pub fn cache_budget_bytes(set_bytes: Option<usize>) -> usize {
    budget(set_bytes, memory_bytes(Path::new("/")))
}

fn budget(set_bytes: Option<usize>, memory_bytes: Option<u64>) -> usize {
    if let Some(set) = set_bytes {
        return set.max(CACHE_MIN_BYTES);
    }
    match memory_bytes {
        Some(memory) => usize::try_from(memory / PART)
            .unwrap_or(CACHE_MAX_BYTES)
            .clamp(CACHE_MIN_BYTES, CACHE_MAX_BYTES),
        None => UNKNOWN_BYTES,
    }
}

/// The memory this process may use: the machine's, or less where its control group says so. `root` is `/` but in tests. Known on
/// Linux only.
fn memory_bytes(root: &Path) -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let machine = read("proc/meminfo").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    })?;
    let number = |text: String| text.trim().parse::<u64>().ok();
    let groups = read("proc/self/cgroup").unwrap_or_default();
    let allowed = groups.lines().filter_map(|line| {
        // Second version: "0::/path"; first: "9:memory:/path".
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let (folder, file) = match controllers {
            "" => ("sys/fs/cgroup", "memory.max"),
            named if named.split(',').any(|name| name == "memory") => {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _other => return None,
        };
        // Any group above may allow less; one that has no limit says `max`.
        Path::new(path)
            .ancestors()
            .filter_map(|group| {
                let group = group.strip_prefix("/").unwrap_or(group);
                let limit = root.join(folder).join(group).join(file);
                std::fs::read_to_string(limit).ok().and_then(number)
            })
            .min()
    });
    Some(allowed.min().map_or(machine, |allowed| allowed.min(machine)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIBIBYTE: u64 = 1 << 30;

    #[test]
    fn the_budget_is_a_part_of_the_memory_within_bounds_and_a_setting_wins() {
        assert_eq!(budget(None, Some(8 * GIBIBYTE)), 512 * MEBIBYTE);
        assert_eq!(budget(None, Some(GIBIBYTE / 2)), CACHE_MIN_BYTES);
        assert_eq!(budget(None, Some(1024 * GIBIBYTE)), CACHE_MAX_BYTES);
        assert_eq!(budget(None, None), UNKNOWN_BYTES);
        assert_eq!(budget(Some(3000 * MEBIBYTE), Some(GIBIBYTE)), 3000 * MEBIBYTE);
        assert_eq!(budget(Some(1), Some(GIBIBYTE)), CACHE_MIN_BYTES);
    }

    #[test]
    fn a_control_group_allows_less_than_the_machine_has() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        assert_eq!(memory_bytes(dir.path()), None);
        write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\n");
        assert_eq!(memory_bytes(dir.path()), Some(16 * GIBIBYTE));
        write("proc/self/cgroup", "0::/user.slice/desk.scope\n");
        write("sys/fs/cgroup/user.slice/desk.scope/memory.max", "max\n");
        assert_eq!(memory_bytes(dir.path()), Some(16 * GIBIBYTE));
        write("sys/fs/cgroup/user.slice/memory.max", "4294967296\n");
        assert_eq!(
            memory_bytes(dir.path()),
            Some(4 * GIBIBYTE),
            "the group above allows less"
        );
        write("proc/self/cgroup", "9:cpu,memory:/box\n1:name=systemd:/box\n");
        write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "2147483648\n");
        assert_eq!(memory_bytes(dir.path()), Some(2 * GIBIBYTE));
        write(
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes",
            "9223372036854771712\n",
        );
        assert_eq!(
            memory_bytes(dir.path()),
            Some(16 * GIBIBYTE),
            "no limit is a very large one"
        );
    }
}
