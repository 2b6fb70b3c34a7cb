//! What a process uses, as the kernel tells.

use std::fs;

/// The kernel's clock ticks in a second (`USER_HZ`), in which it tells CPU times.
const TICKS: f64 = 100.0;

/// CPU time that it has used, in seconds; 0 when it is gone.
pub fn cpu_seconds(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The second field is a name in parentheses, which may hold anything.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let times = fields.split_whitespace().skip(11).take(2);
    let ticks: f64 = times.filter_map(|text| text.parse::<f64>().ok()).sum();
    ticks / TICKS
}

/// Resident memory.
pub fn memory_kib(id: u32) -> u64 {
    status(id, "VmRSS:")
}

/// Threads.
pub fn threads(id: u32) -> i64 {
    status(id, "Threads:") as i64
}

/// Open descriptors.
pub fn descriptors(id: u32) -> i64 {
    fs::read_dir(format!("/proc/{id}/fd")).map_or(0, |entries| entries.count() as i64)
}

fn status(id: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
