#!/usr/bin/env node
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packModel } from "@gmem/drawings/pack";
import { measureAdherence } from "./drawings/adherence.ts";
import { writeCredits } from "./drawings/credits.ts";
import { writeGrid } from "./drawings/grid.ts";
import { readPlan } from "./drawings/plan.ts";
import { writeReadme } from "./drawings/readme.ts";
import { trained } from "./drawings/trained.ts";

/**
 * Makes the model of `@gmem/drawings` from seeds, as its training.json says: trains what is not there yet, packs it, and writes
 * credits, the grid and the numbers of the README. `npm run drawings:make [FOLDER]`; runs go to FOLDER, by itself the repository.
 */
const root = fileURLToPath(new URL("../..", import.meta.url));
const home = join(root, "packages/drawings");
const work = process.argv[2] ?? root;
const plan = await readPlan(join(home, "training.json"));

for (const step of plan.train) trained(step, { root, work });

const [draft, model] = [join(home, ".model"), join(home, "model")];
await rm(draft, { recursive: true, force: true });
const { run, bank, ...options } = plan.pack;
await packModel(join(work, run), draft, { ...options, bank: join(work, bank) });
await writeCredits(draft);
await rm(model, { recursive: true, force: true });
await rename(draft, model);
await writeGrid(home, plan.grid);
console.log(await writeReadme(home, plan, await measureAdherence(model)));
