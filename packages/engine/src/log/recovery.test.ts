import { describe, expect, test } from "vitest";

import type { BytePosition } from "../scalars.ts";

import { decideRecovery, type RecoveryDecision, type SegmentFindings } from "./recovery.ts";

const damage = 100 as BytePosition;
const missing = 80 as BytePosition;
const vouched = { nothing: 0, below: 60, "up to": 100, beyond: 101 } as const;
type Vouched = keyof typeof vouched;

/** All that can be found in a file, and what is to be done then. */
const table: readonly [
  place: "active" | "sealed",
  header: "valid" | "invalid",
  bytes: "whole" | "damaged",
  vouchedFor: Vouched,
  decision: RecoveryDecision["action"],
][] = [
  ["active", "valid", "whole", "nothing", "keep"],
  ["active", "valid", "whole", "below", "keep"],
  ["active", "valid", "whole", "up to", "keep"],
  ["active", "valid", "whole", "beyond", "keep"],
  ["active", "valid", "damaged", "nothing", "cut"],
  ["active", "valid", "damaged", "below", "cut"],
  ["active", "valid", "damaged", "up to", "cut"],
  ["active", "valid", "damaged", "beyond", "refuse"],
  ["active", "invalid", "whole", "nothing", "recreate"],
  ["active", "invalid", "whole", "below", "refuse"],
  ["active", "invalid", "whole", "up to", "refuse"],
  ["active", "invalid", "whole", "beyond", "refuse"],
  ["active", "invalid", "damaged", "nothing", "recreate"],
  ["active", "invalid", "damaged", "below", "refuse"],
  ["active", "invalid", "damaged", "up to", "refuse"],
  ["active", "invalid", "damaged", "beyond", "refuse"],
  ["sealed", "valid", "whole", "nothing", "keep"],
  ["sealed", "valid", "whole", "below", "keep"],
  ["sealed", "valid", "whole", "up to", "keep"],
  ["sealed", "valid", "whole", "beyond", "keep"],
  ["sealed", "valid", "damaged", "nothing", "refuse"],
  ["sealed", "valid", "damaged", "below", "refuse"],
  ["sealed", "valid", "damaged", "up to", "refuse"],
  ["sealed", "valid", "damaged", "beyond", "refuse"],
  ["sealed", "invalid", "whole", "nothing", "refuse"],
  ["sealed", "invalid", "whole", "below", "refuse"],
  ["sealed", "invalid", "whole", "up to", "refuse"],
  ["sealed", "invalid", "whole", "beyond", "refuse"],
  ["sealed", "invalid", "damaged", "nothing", "refuse"],
  ["sealed", "invalid", "damaged", "below", "refuse"],
  ["sealed", "invalid", "damaged", "up to", "refuse"],
  ["sealed", "invalid", "damaged", "beyond", "refuse"],
];

const findingsOf = ([
  place,
  header,
  bytes,
  vouchedFor,
]: (typeof table)[number]): SegmentFindings => ({
  isActive: place === "active",
  headerValid: header === "valid",
  damagePosition: bytes === "damaged" ? damage : undefined,
  syncedUpTo: vouched[vouchedFor],
  missingFrom: undefined,
});

test("the table has every combination once", () => {
  const combinations = new Set(table.map((row) => row.slice(0, 4).join()));
  expect(combinations.size).toBe(table.length);
  expect(table.length).toBe(2 * 2 * 2 * Object.keys(vouched).length);
});

describe("what is done about a segment", () => {
  test.each(table)("%s, header %s, bytes %s, vouched for %s: %s", (...row) => {
    const findings = findingsOf(row);
    const [, header, , , action] = row;
    const position = header === "valid" ? damage : 0;
    const hasPosition = action === "cut" || action === "refuse";
    expect(decideRecovery(findings)).toEqual(hasPosition ? { action, position } : { action });
  });

  test.each(table)(
    "%s, header %s, bytes %s, vouched for %s, but some are missing: refuse",
    (...row) => {
      const findings = { ...findingsOf(row), missingFrom: missing };
      expect(decideRecovery(findings)).toEqual({ action: "refuse", position: missing });
    },
  );
});
