const count = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** 1234567 → "1,234,567". */
export const formatCount = (value: number): string => count.format(value);

/** 1 → "1 document", 1500 → "1,500 documents". */
export const formatCountOf = (value: number, noun: string): string =>
  `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;

/** 1536 → "1.5 KiB". */
export const formatBytes = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  // 1023.95 would be shown as 1024.0, which is one of the next unit.
  while (value >= 1023.95 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${byteUnits[unit] ?? "B"}`;
};

/** 860 → "0.9 s", 62_000 → "1 min 2 s", 3_720_000 → "1 h 2 min". */
export const formatDuration = (durationMs: number): string => {
  const seconds = Math.round(durationMs / 1000);
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

/** How many bytes a second, as in "8.5 MiB/s"; of nothing and of no time, "0 B/s". */
export const formatByteRate = (bytes: number, durationMs: number): string =>
  `${formatBytes(durationMs <= 0 ? 0 : Math.round((bytes * 1000) / durationMs))}/s`;

/** How many a second, as in "12,500/s"; of nothing and of no time, "0/s". */
export const formatRate = (value: number, durationMs: number): string =>
  `${formatCount(durationMs <= 0 ? 0 : (value * 1000) / durationMs)}/s`;
