/** Numbers as people read them: three digits that count, thousands parted. */

/** 1234567 → "1,234,567", 12.345 → "12.3", 0.01234 → "0.0123". */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  if (size >= 10) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  return size === 0 ? "0" : value.toPrecision(3);
}

/** A whole number in words that fit on an axis: 10_000 → "10 k", 20_000_000 → "20 M". */
export function formatCount(value: number): string {
  if (value >= 1_000_000_000) return `${trimmed(value / 1_000_000_000)} G`;
  if (value >= 1_000_000) return `${trimmed(value / 1_000_000)} M`;
  if (value >= 1_000) return `${trimmed(value / 1_000)} k`;
  return trimmed(value);
}

const trimmed = (value: number): string => String(Number(value.toPrecision(3)));
