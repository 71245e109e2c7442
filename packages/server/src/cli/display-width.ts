/**
 * How wide text stands on a terminal, which is not its length: CJK characters and most emoji take
 * two columns, combining marks none.
 */

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const printableAscii = /^[\u0020-\u007e]*$/;
const emoji = /^\p{RGI_Emoji}$/v;
const fullWidth =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const noWidth = /^[\p{Mark}\p{Format}]+$/u;

const graphemeWidth = (grapheme: string): number => {
  if (noWidth.test(grapheme)) return 0;
  return emoji.test(grapheme) || fullWidth.test(grapheme) ? 2 : 1;
};

/** The columns that a text without line breaks takes. */
export const displayWidth = (text: string): number => {
  if (printableAscii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
};

/** The text, filled with spaces to a width in columns. */
export const padToWidth = (text: string, width: number, align: "left" | "right"): string => {
  const fill = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "left" ? text + fill : fill + text;
};

/** The text, or as much of its beginning as fits in a width in columns with "…" behind it. */
export const cutToWidth = (text: string, width: number): string => {
  if (printableAscii.test(text) && text.length <= width) return text;
  let taken = 0;
  let fits = 0;
  // The rest of a long text cannot matter, and segmenting it would take time.
  const beginning = text.slice(0, 32 * (width + 1));
  for (const { segment, index } of graphemes.segment(beginning)) {
    taken += graphemeWidth(segment);
    if (taken <= width - 1) fits = index + segment.length;
    if (taken > width) return `${text.slice(0, fits)}${width > 0 ? "…" : ""}`;
  }
  return beginning.length === text.length ? text : `${text.slice(0, fits)}…`;
};

const steering =
  /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The text with every character that could steer a terminal (colours, cursor, direction of
 * writing) shown as `\u001b` and its like. What others stored must not write over the screen.
 */
export const withoutControls = (text: string): string =>
  text.replace(
    steering,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
