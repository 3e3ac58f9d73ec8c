import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cellFile, cellsOf, type PlannedCell, runStudy, type Study, studies, studyResult } from "@gmem/studies";
import { beforeAll, describe, expect, it } from "vitest";
import { noRedis, startRedis } from "../../../packages/jobs/test/redis.ts";
import { begin, work } from "../test/work.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-work-studies-"));
const at = (...path: string[]): string => join(folder, ...path);
const study = studies.conditioning as Study;
const isWanted = ({ configuration, seed }: PlannedCell): boolean =>
  seed === 0 && ["strong", "gmem", "unconditional"].includes(configuration);
const wanted = cellsOf(study, { size: "quick" }).filter(isWanted);

/** A folder of the study that lacks three cells; the others hold a number each, which nobody computes. */
function begun(name: string): string {
  for (const cell of cellsOf(study, { size: "quick" })) {
    const path = cellFile(at(name), cell);
    mkdirSync(dirname(path), { recursive: true });
    const { configuration: _, ...input } = cell;
    const record = { ...input, values: { straightness: 1 }, seconds: 1, versions: {} };
    if (!isWanted(cell)) writeFileSync(path, JSON.stringify(record));
  }
  return at(name);
}

const cellsIn = (out: string): readonly object[] =>
  wanted.map((cell) => {
    const { seconds: _, ...record } = JSON.parse(readFileSync(cellFile(out, cell), "utf8"));
    return record;
  });

/** What one process computes without any store. */
const plain = begun("plain");
beforeAll(() => runStudy(study, { size: "quick", out: plain, engine: { kind: "onnx", device: "cpu", threads: 1 } }));

it("cells of a study come out the same with one process, with three and without any, and make its report", async () => {
  const files = readdirSync(join(plain, "cells"));
  for (const workers of ["1", "3"]) {
    const out = begun(`out-${workers}`);
    const places = ["--store", at(`store-${workers}`), "--scratch", at(`scratch-${workers}`)];
    const args = ["--out", out, "--workers", workers, "--json", ...places];
    const { status, stdout, stderr } = await work(["submit", "study", "conditioning", ...args]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ shards: 3, out });
    expect(readdirSync(join(out, "cells"))).toEqual(files);
    expect(cellsIn(out)).toEqual(cellsIn(plain));
    const { cells, numbers, untimed } = studyResult(study, { size: "quick", out });
    expect(cells.done).toBe(cells.total);
    expect(numbers).toEqual(studyResult(study, { size: "quick", out: plain }).numbers);
    expect(untimed).toBe(3);
    const again = await work(["submit", "study", "conditioning", ...args]);
    expect(JSON.parse(again.stdout)).toEqual({ shards: 0, out });
  }
});

if (noRedis) it.skip(`a worker of Redis (skipped: ${noRedis})`, () => undefined);
describe.skipIf(noRedis)("a worker of Redis", () => {
  it("computes the same cells", async () => {
    const redis = await startRedis();
    const places = ["--queue", redis.url, "--store", at("store-redis"), "--scratch", at("scratch-redis")];
    const worker = begin(["start", "--workers", "2", ...places]);
    try {
      const out = begun("out-redis");
      const { status, stderr } = await work(["submit", "study", "conditioning", "--out", out, ...places]);
      expect(status, stderr).toBe(0);
      expect(worker.said().match(/^computed /gm)).toHaveLength(3);
      expect(cellsIn(out)).toEqual(cellsIn(plain));
    } finally {
      worker.child.kill("SIGKILL");
      await redis.stop();
    }
  });
});

it("an unknown study, and a folder of pictures that is not there, are refused before anything is queued", async () => {
  const places = ["--workers", "1", "--store", at("store-refused"), "--out", at("refused")];
  for (const [args, rule] of [
    [["conditionning"], /no study "conditionning"\. Did you mean "conditioning"\?/],
    [["speed", "--data", at("nowhere")], /--data must be a folder of pictures, got .*nowhere/],
  ] as const) {
    const { status, stderr } = await work(["submit", "study", ...args, ...places]);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(rule);
  }
  mkdirSync(at("store-refused"), { recursive: true }); // most are refused before there is one
  const { stdout } = await work(["status", "--store", at("store-refused"), "--json"]);
  expect(JSON.parse(stdout).jobs).toEqual([]);
});
