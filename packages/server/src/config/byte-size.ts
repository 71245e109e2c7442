const bytesPerUnit = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
} as const;

const isUnit = (name: string): name is keyof typeof bytesPerUnit =>
  Object.hasOwn(bytesPerUnit, name);

/**
 * The number of bytes that a text such as `4096`, `64MiB` or `1.5 GB` means; undefined where it
 * means none. KiB, MiB and GiB count by 1,024, KB, MB and GB by 1,000; upper or lower case.
 */
export function parseByteSize(text: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (parts === null) return undefined;
  const [, amount = "", unitName = ""] = parts;
  const unit = unitName.toLowerCase() || "b";
  if (!isUnit(unit)) return undefined;
  const bytes = Number(amount) * bytesPerUnit[unit];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Says a number of bytes as people write it: `64 MiB`, `17 MiB`, `4097 bytes`. */
export function formatByteSize(bytes: number): string {
  for (const [name, size] of [
    ["GiB", bytesPerUnit.gib],
    ["MiB", bytesPerUnit.mib],
    ["KiB", bytesPerUnit.kib],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size} ${name}`;
  }
  return bytes === 1 ? "1 byte" : `${bytes} bytes`;
}
