#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { everyWorker } from "./every-worker.ts";
import { exported } from "./exported.ts";
import { hundredAtOnce, onceAtOnce } from "./faults/at-once.ts";
import { everyFault, faults } from "./faults/faults.ts";
import { manyKills, someKills } from "./faults/random-kills.ts";
import { everyKill } from "./kills-of-work.ts";
import { inLanes } from "./lanes.ts";
import { everyLoad, someLoad } from "./load/load.ts";
import { soak } from "./load/soak.ts";
import { everyMutation, mutations } from "./mutations/mutations.ts";
import { page } from "./page/page.ts";
import { release } from "./release/release.ts";
import { server } from "./server/server.ts";
import { steps } from "./steps.ts";
import { webgpu } from "./webgpu.ts";

/** What is tried outside the workspace, longest first: `e2e`, or `e2e exported` for one of them. */
const suites = {
  faults,
  release,
  kills: someKills,
  exported,
  page,
  webgpu,
  server,
  load: someLoad,
  mutations,
  "at-once": onceAtOnce,
} as const;
/** What takes too long for every time: only by name. */
const byName = {
  "every-fault": everyFault,
  "many-kills": manyKills,
  "every-kill": everyKill,
  "every-worker": everyWorker,
  "a-hundred-at-once": hundredAtOnce,
  "every-mutation": everyMutation,
  "every-load": everyLoad,
  soak,
} as const;

async function named(wanted: readonly string[]): Promise<{ readonly passed: number; readonly failed: number }> {
  const all = steps();
  for (const [name, suite] of Object.entries({ ...suites, ...byName })) if (wanted.includes(name)) await suite(all);
  return all.counts();
}

const wanted = process.argv.slice(2);
const { passed, failed } =
  wanted.length > 0 ? await named(wanted) : await inLanes(fileURLToPath(import.meta.url), Object.keys(suites));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
