import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NDArray } from "@gmem/tensor";
import "@gmem/testing";
import * as ort from "onnxruntime-web";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openExported } from "../browser/index.ts";
import { loadConfig } from "../config/load.ts";
import { runFiles } from "../folder/run-files.ts";
import { openRun } from "../open/open-run.ts";
import { trainRun } from "../train/train-run.ts";
import { exportForBrowser } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "gmem-for-browser-"));
const preset = {
  name: "tiny",
  runs: root,
  data: "scenes",
  steps: 2,
  batch: 4,
  image: { size: 8, count: 24, heldOut: 4 },
  tokenizer: { kind: "pixels" },
  encoder: { kind: "patch-kmeans", clusters: 8, dim: 6, patchSize: 3, patches: 300 },
  backbone: { patchSize: 2, depth: 1, hiddenSize: 16, heads: 2, adaLNInit: "xavier" },
  sampler: { solver: "heun", steps: 2 },
};

let site: Server;
beforeAll(async () => {
  site = createServer((request, response) => {
    try {
      response.end(readFileSync(join(root, request.url ?? "")));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  site.closeAllConnections();
  site.close();
});

it.each([
  ["rows of a bank", "memory-bank", "heun", { rows: [3, 19] }, { rows: [3, 19, 3, 19, 3] }],
  ["labels, by a solver with noise in its steps", "class-table", "euler-maruyama", { label: 2 }, { label: 2 }],
  ["nothing", "unconditional", "heun", {}, undefined],
])("a browser draws what Node draws: by %s", async (_, kind, solver, request, input) => {
  const config = await loadConfig("tiny", [`name=${kind}`, `conditioner.kind=${kind}`, `sampler.solver=${solver}`], {
    tiny: preset,
  });
  await trainRun(config, { files: runFiles(join(root, kind)), resume: false });
  const run = await openRun(join(root, kind));
  const facts = await exportForBrowser(run, { folder: join(root, kind, "browser") });
  const sampler = await run.sampler(run.config.sampler, { batchSize: 5 });
  const wanted = await sampler.draw({ request: run.conditioner.parse(input), count: 5, seed: 7 });
  await run.close();

  const { port } = site.address() as AddressInfo;
  const web = await openExported({ model: `http://127.0.0.1:${port}/${kind}/browser`, ort });
  expect(web.facts).toEqual(facts);
  expect(await web.draw({ request, count: 5, seed: 7 })).toBeAllclose(wanted.images as NDArray, {
    atol: 1e-3,
    rtol: 0,
  });
  await expect(web.draw({ request: { text: "a cat" }, count: 1, seed: 0 })).rejects.toThrow(
    /draw: must say .*, got text/,
  );
  if (facts.bank) {
    expect(facts.bank).toMatchObject({ size: 24, pictures: true });
    const draw = web.draw({ request: { rows: [24] }, count: 1, seed: 0 });
    await expect(draw).rejects.toThrow(/must be a row number 0…23, got 24/);
  }
  await web.close();
});
