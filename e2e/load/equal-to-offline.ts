import { toBytes } from "@gmem/datasets/png";
import { openEngine, openRun, type RunConfig, runSchema } from "@gmem/runs";
import { array, key } from "@gmem/tensor";
import sharp from "sharp";
import { type Client, jsonOf, pause } from "./client.ts";

/** One request, and the bytes of its pictures. */
export interface Drawn {
  readonly body: Body;
  readonly pictures: readonly Buffer[];
}

interface Body {
  readonly rows: readonly number[];
  readonly count: number;
  readonly seed: number;
  readonly first: number;
  readonly solver: "euler" | "heun" | "euler-maruyama" | "heun-sde";
  readonly steps: number;
  readonly guidance: number;
}

const solvers = ["euler", "heun", "euler-maruyama", "heun-sde"] as const;

/** Requests that differ in everything, drawn by a server one at a time or so, beside whatever else it draws. */
export async function mixedRequests(client: Client, count: number): Promise<readonly Drawn[]> {
  const one = async (i: number): Promise<Drawn> => {
    const [a = 0, b = 0, c = 0, d = 0] = key(11).split(i).uniform([4]).data;
    const body: Body = {
      rows: [i % 8, (3 * i) % 8].slice(0, 1 + (i % 2)),
      count: 2 + Math.floor(2 * a),
      seed: Math.floor(1000 * b),
      first: Math.floor(5 * c),
      solver: solvers[i % 4] as Body["solver"],
      steps: 2 + Math.floor(4 * d),
      guidance: 1 + (Math.floor(i / 4) % 2),
    };
    for (;;) {
      const answer = await client.ask("/v1/samples?wait=true", { body });
      if (answer.status === 429) await pause(20);
      else if (answer.status !== 200) throw new Error(`request ${i}: ${answer.status} ${answer.body}`);
      else {
        const { images } = jsonOf(answer) as { images: string[] };
        return { body, pictures: await Promise.all(images.map(async (url) => (await client.ask(url)).body)) };
      }
    }
  };
  const drawn: Drawn[] = [];
  const lane = async (first: number): Promise<void> => {
    for (let i = first; i < count; i += 4) drawn.push(await one(i));
  };
  await Promise.all([0, 1, 2, 3].map(lane));
  return drawn;
}

/** How many of the pictures have not the bits that the run draws without a server, at as many rows of the network. */
export async function different(
  drawn: readonly Drawn[],
  { folder, slots }: { readonly folder: string; readonly slots: number },
): Promise<readonly string[]> {
  const engine = await openEngine({ kind: "onnx", device: "cpu", threads: 1 });
  const run = await openRun(folder, { engine });
  const found: string[] = [];
  try {
    for (const { body, pictures } of drawn) {
      const { rows, count, seed, first, solver, steps, guidance } = body;
      const settings: RunConfig["sampler"] = runSchema.shape.sampler.parse({
        ...run.config.sampler,
        solver,
        steps,
        cfg: guidance,
      });
      const sampler = await run.sampler(settings, { batchSize: guidance === 1 ? slots : slots / 2 });
      const request = run.conditioner.parse({ rows: Array.from({ length: count }, (_, i) => rows[i % rows.length]) });
      const { images } = await sampler.draw({ request, count, seed, firstId: first });
      const [, ...shape] = images.shape;
      const size = images.data.length / count;
      for (const [i, png] of pictures.entries()) {
        const { data: expected } = toBytes(array(images.data.subarray(i * size, (i + 1) * size), shape));
        const { data } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
        if (!data.equals(expected)) found.push(`picture ${i} of ${JSON.stringify(body)}`);
      }
    }
    return found;
  } finally {
    await run.close();
    await engine.dispose();
  }
}
