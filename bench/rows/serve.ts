import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { openEngine, openRun, type RunSampler } from "@gmem/runs";
import { type Bench, median } from "../row.ts";
import { type Served, served, untrainedRun } from "../served.ts";
import { inTurns } from "../turns.ts";

interface Load {
  readonly settings: readonly string[];
  readonly slots: number;
  /** Pictures of a measurement, a multiple of the slots. */
  readonly pictures: number;
  /** Least ratio to one request after another. */
  readonly atLeast: number;
}

const unit = "ms per picture";

/** Pictures through gmem-serve, beside the same run drawn in this process in whole batches, and one after another. */
const serve = (name: string, { settings, slots, pictures, atLeast }: Load): Bench => ({
  name,
  async run({ repeats = 5 }) {
    const folder = untrainedRun(settings);
    const engine = await openEngine({ kind: "onnx", device: "cpu", threads: null });
    const run = await openRun(folder, { engine });
    const server = await served(folder, { slots });
    try {
      const [whole, single] = [slots, 1].map((batchSize) => run.sampler(run.config.sampler, { batchSize }));
      const [offline, shared, alone]: [number[], number[], number[]] = [[], [], []];
      const shares: number[] = [];
      for (let i = 0; i <= repeats; i++) {
        const batch = await drawn((await whole) as RunSampler, pictures);
        const { ms, share } = await loaded(server, { pictures, slots });
        const one = await drawn((await single) as RunSampler, slots);
        if (i === 0) continue; // warm-up
        offline.push(batch);
        shared.push(ms);
        alone.push(one);
        shares.push(share);
      }
      const note = `the client takes ${Math.round(100 * median(shares))} % of the time of the processors`;
      return [
        inTurns(`${name}-offline`, { ours: shared, peer: offline, unit, atLeast: 0.9, note }),
        inTurns(`${name}-single`, { ours: shared, peer: alone, unit, atLeast, note }),
      ];
    } finally {
      await server.close();
      await run.close();
      await engine.dispose();
      await rm(dirname(dirname(folder)), { recursive: true, force: true });
    }
  },
});

const d384 = ["backbone.hiddenSize=384", "backbone.depth=12", "backbone.heads=6", "image.size=32", "sampler.steps=3"];

export const serves: readonly Bench[] = [
  serve("serve", { settings: [], slots: 8, pictures: 96, atLeast: 2.5 }),
  serve("serve-d384", { settings: [...d384, "backbone.patchSize=2"], slots: 8, pictures: 24, atLeast: 1.1 }),
];

/** Milliseconds a picture of this process. */
async function drawn(sampler: RunSampler, count: number): Promise<number> {
  const start = performance.now();
  await sampler.draw({ request: undefined, count, seed: 0 });
  return (performance.now() - start) / count;
}

/** The same of the server while slots are wanted by all, and the share of this process, which asks. */
async function loaded(
  server: Served,
  { pictures, slots }: Pick<Load, "pictures" | "slots">,
): Promise<{ readonly ms: number; readonly share: number }> {
  const [theirs, ours] = [await server.cpuSeconds(), process.cpuUsage()];
  const ms = await server.draw(pictures, { atOnce: 2 * slots });
  const { user, system } = process.cpuUsage(ours);
  const own = (user + system) / 1e6;
  return { ms, share: own / (own + (await server.cpuSeconds()) - theirs) };
}
