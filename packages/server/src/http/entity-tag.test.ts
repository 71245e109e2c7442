import { expect, test } from "vitest";

import { entityTag, parseEntityTags } from "./entity-tag.ts";

const strong = (opaque: string) => ({ weak: false, opaque });
const weak = (opaque: string) => ({ weak: true, opaque });

test.each([
  ["*", "*"],
  [" * ", "*"],
  ['"41"', [strong("41")]],
  ['W/"41"', [weak("41")]],
  ['"41", "42"', [strong("41"), strong("42")]],
  ['"41",W/"42" ,\t"x,y"', [strong("41"), weak("42"), strong("x,y")]],
  [', "41",,', [strong("41")]],
  ['""', [strong("")]],
])("%s is read", (value, tags) => {
  expect(parseEntityTags(value)).toEqual(tags);
});

test.each(["", " ", ",", "41", '"41', '41"', '"4"1"', 'w/"41"', '"41" "42"', '*, "41"', '"a b"'])(
  "%o is malformed",
  (value) => {
    expect(parseEntityTags(value)).toBeUndefined();
  },
);

test("the tag of an offset is read back as it", () => {
  expect(parseEntityTags(entityTag(41))).toEqual([strong("41")]);
});
