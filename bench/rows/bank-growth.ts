import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { type Bank, build, compress, nearest, openBank, openJournal } from "@gmem/memory-bank";
import type { NDArray } from "@gmem/tensor";
import { features, inFolder } from "../features.ts";
import { timed } from "../pair.ts";
import { type Bench, type BenchRow, unasked } from "../row.ts";
import { writeRepeated } from "../write-repeated.ts";

/** A bank that grows: 64 wide in memory, 768 wide on disk. */
const places = {
  memory: { width: 64, rank: 32, sizes: [1e3, 1e4, 1e5, 1e6, 1e7] },
  disk: { width: 768, rank: 512, sizes: [1e3, 1e4, 1e5, 1e6] },
} as const;

type Place = keyof typeof places;

const [drawn, queries, k] = [256, 100, 10] as const;

function grownBank(place: Place, size: number): Bench {
  const { width, rank } = places[place];
  const name = `bank-${place}-${size}`;
  return {
    name,
    run: ({ repeats = 5 }) =>
      inFolder(async (folder) => {
        const path = join(folder, "bank.safetensors");
        if (place === "disk") await writeRepeated(path, { size, width });
        const given = place === "memory" ? features(size, width) : undefined;
        const opened = await measured(
          repeats,
          () => open(given, path),
          (bank) => bank.close(),
        );
        const engine = await onnxEngine({ threads: 2 });
        const bank = await open(given, path);
        const wanted = (count: number, i: number): Int32Array =>
          Int32Array.from({ length: count }, (_, at) => ((at * 2654435761 + i * 40503) >>> 0) % size);
        const rows = await measured(repeats, (i) => bank.at(wanted(drawn, i)));
        const journal = await openJournal(bank, join(folder, "bank.edits.jsonl"));
        const edits = await measured(repeats, () => journal.apply({ kind: "append", features: features(1, width) }));
        const asked = await bank.at(wanted(queries, 1));
        const near = await measured(Math.min(repeats, 3), () => nearest(bank, asked, { k, engine }));
        const small = await measured(1, async () => {
          const into = place === "disk" ? { path: join(folder, "small.safetensors") } : {};
          await (await compress(bank, { rank: Math.min(rank, size - 1), engine, ...into })).close();
        });
        await bank.close();
        await engine.dispose();
        const row = (what: string, times: readonly number[]): BenchRow => unasked(`${name}: ${what}`, times);
        return [
          row("open", opened),
          row(`read ${drawn} rows`, rows),
          row("add a row", edits),
          row(`nearest ${k} of ${queries}`, near),
          row(`compress to rank ${rank}`, small),
        ];
      }),
  };
}

const open = async (given: NDArray<"f32"> | undefined, path: string): Promise<Bank> =>
  given ? build(given) : openBank(path);

/** Milliseconds of each of some repetitions. */
async function measured<T>(
  repeats: number,
  work: (i: number) => Promise<T>,
  after?: (result: T) => Promise<void>,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    let result: T | undefined;
    times.push(
      await timed(async () => {
        result = await work(i);
      }),
    );
    await after?.(result as T);
  }
  return times;
}

/** What a bank costs to open, read, edit, search and compress as its rows grow. */
export const bankGrowths: readonly Bench[] = (Object.keys(places) as Place[]).flatMap((place) =>
  places[place].sizes.map((size) => grownBank(place, size)),
);
