import { expect, test } from "vitest";

import { drawChart } from "./line-chart.ts";

const chart = drawChart({
  title: "Growth & <more>",
  xTitle: "documents",
  names: ["BoxerDB", "lmdb"],
  panels: [
    {
      title: "random get",
      unit: "/s",
      series: [
        {
          name: "BoxerDB",
          points: [
            [100, 10],
            [10_000, 1_000],
          ],
        },
        { name: "lmdb", points: [[1_000, 100]] },
      ],
    },
    { title: "nothing yet", unit: "ms", series: [{ name: "lmdb", points: [] }] },
  ],
});

test("the least and the greatest point lie in the corners of a panel's plot", () => {
  const lines = [
    ...chart.matchAll(/<path class="line line(\d)" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/g),
  ];
  expect(lines.map((line) => line.slice(1).map(Number))).toEqual([[0, 64, 232, 456, 36]]);
});

test("a point in the middle of both ranges lies in the middle of the plot", () => {
  expect(chart).toContain('<path class="mark1" transform="translate(260 134)"');
});

test("ticks are named, texts are escaped", () => {
  for (const text of [">100<", ">10 k<", ">1 k<", "Growth &amp; &lt;more&gt;", ">documents<"]) {
    expect(chart).toContain(text);
  }
});

test("both colour schemes have a colour for each line", () => {
  const [light = "", dark = ""] = chart.split("prefers-color-scheme: dark");
  for (const index of [0, 1, 2, 3, 4]) {
    expect(light).toContain(`.line${index} { stroke: #`);
    expect(dark).toContain(`.line${index} { stroke: #`);
  }
});
