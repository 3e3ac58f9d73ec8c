import { join } from "node:path";
import { conditioner as classTable } from "@gmem/class-table";
import { onnxEngine } from "@gmem/engine-onnx";
import { conditioner as memoryBank, openBank } from "@gmem/memory-bank";
import { velocityModel } from "@gmem/model";
import { drawSamples, heun, type Sampler, sampler } from "@gmem/samplers";
import type { Conditioner, VelocityModel } from "@gmem/spec";
import { type Engine, key } from "@gmem/tensor";
import { inFolder } from "../features.ts";
import { backboneOf, type Size, sizes } from "../network.ts";
import { timed } from "../pair.ts";
import { type Bench, median } from "../row.ts";
import { inTurns } from "../turns.ts";
import { writeRepeated } from "../write-repeated.ts";

const [rows, width, classes, wanted] = [50_000, 768, 1000, 50_000] as const;

interface Drawn {
  readonly model: VelocityModel;
  readonly ready: Sampler;
}

/** Pictures of one network whose condition is a row of a bank on disk, or a row of a class table. */
function bankOrTable(name: "demo" | "d384", steps: number): Bench {
  const size = sizes[name];
  return {
    name: `bank-or-table-${name}`,
    run: ({ repeats = 6 }) =>
      inFolder(async (folder) => {
        const path = join(folder, "bank.safetensors");
        await writeRepeated(path, { size: rows, width });
        const bank = await openBank(path);
        const engine = await onnxEngine({ threads: 2 });
        const ours = await drawing(engine, memoryBank({ bank }), { size, steps });
        const other = await drawing(engine, classTable({ classes, hiddenSize: size.d }), { size, steps });
        const count = 2 * size.batch;
        const [ms, peer]: [number[], number[]] = [[], []];
        for (let i = 0; i <= repeats; i++) {
          const draw = ({ model, ready }: Drawn): Promise<number> =>
            timed(() => drawSamples(ready, { model, steps, request: undefined, count, seed: i }));
          const [first, second] = [await draw(ours), await draw(other)];
          if (i > 0) [ms, peer].forEach((all, at) => void all.push((at === 0 ? first : second) / count));
        }
        for (const { ready } of [ours, other]) await ready.dispose();
        await engine.dispose();
        await bank.close();
        const minutes = (median(ms) * wanted) / 60_000;
        const note = `${steps} steps of Heun; ${wanted} pictures ${minutes.toFixed(1)} minutes, decoding aside; bank of ${rows} x ${width} on disk, table of ${classes}`;
        return [inTurns(`bank-or-table-${name}`, { ours: ms, peer, unit: "ms per picture", atLeast: 0.95, note })];
      }),
  };
}

async function drawing(
  engine: Engine,
  conditioner: Conditioner,
  { size, steps }: { readonly size: Size; readonly steps: number },
): Promise<Drawn> {
  const model = velocityModel({ conditioner, backbone: backboneOf(size) });
  const parameters = model.init(key(0));
  return { model, ready: await sampler({ engine, model, parameters, batchSize: size.batch, solver: heun, steps }) };
}

/** What drawing from a memory bank costs beside a class table. */
export const banksOrTables: readonly Bench[] = [bankOrTable("demo", 10), bankOrTable("d384", 3)];
