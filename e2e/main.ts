#!/usr/bin/env node
import { exported } from "./exported.ts";
import { release } from "./release/release.ts";
import { steps } from "./steps.ts";

/** What is tried outside the workspace: `e2e`, or `e2e exported` for one of them. */
const suites = { release, exported } as const;

const wanted = process.argv.slice(2);
const all = steps();
for (const [name, suite] of Object.entries(suites)) if (wanted.length === 0 || wanted.includes(name)) await suite(all);
const { passed, failed } = all.counts();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
