/** A value of every kind, under keys of every kind. */
export const sampleDocuments: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["string", "The Greatest"],
  ["empty string", ""],
  ["text beyond ASCII", "naïve 拳闘 🥊\n\u0000"],
  ["object", { name: "Ada", born: 1815 }],
  ["number", 42],
  ["fraction", -0.1e-7],
  ["null", null],
  ["false", false],
  ["array", [1, "two", null, [3]]],
  [
    "nested",
    {
      rounds: [
        { number: 1, scores: { red: 10, blue: 9 } },
        { number: 2, scores: {} },
      ],
    },
  ],
  ["🥊 ring/1?a=b&c#d%", { key: "emoji, slash, space and what URLs reserve" }],
]);
