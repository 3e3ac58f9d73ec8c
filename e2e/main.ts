#!/usr/bin/env node
import { exported } from "./exported.ts";
import { atOnce } from "./faults/at-once.ts";
import { everyFault, faults } from "./faults/faults.ts";
import { manyKills, someKills } from "./faults/random-kills.ts";
import { everyMutation, mutations } from "./mutations/mutations.ts";
import { release } from "./release/release.ts";
import { steps } from "./steps.ts";
import { webgpu } from "./webgpu.ts";

/** What is tried outside the workspace: `e2e`, or `e2e exported` for one of them. */
const suites = { release, exported, webgpu, faults, kills: someKills, "at-once": atOnce(1), mutations } as const;
/** What takes too long for every time: only by name. */
const byName = {
  "every-fault": everyFault,
  "many-kills": manyKills,
  "a-hundred-at-once": atOnce(100),
  "every-mutation": everyMutation,
} as const;

const wanted = process.argv.slice(2);
const all = steps();
for (const [name, suite] of Object.entries({ ...suites, ...byName }))
  if (wanted.length === 0 ? name in suites : wanted.includes(name)) await suite(all);
const { passed, failed } = all.counts();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
