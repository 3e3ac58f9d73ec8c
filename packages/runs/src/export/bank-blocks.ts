import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pngGrid } from "@gmem/datasets/png";
import type { Bank } from "@gmem/memory-bank";
import { full, isGMemError, type NDArray, stack } from "@gmem/tensor";
import type { BankFacts } from "../browser/facts.ts";
import type { Run } from "../open/open-run.ts";
import { type Images, openData } from "../parts/dataset.ts";

/** Rows of a file, and of a row of its sheet of pictures. */
const [block, columns] = [256, 16];

/**
 * Writes the snippets of a bank in blocks, and sheets of the pictures that they are of, where the run's data is at hand: a row
 * that was edited since has a blank one.
 */
export async function bankBlocks({ bank, config }: Run & { readonly bank: Bank }, folder: string): Promise<BankFacts> {
  const images = await openData(config).then(({ train }) => train, withoutData);
  const names = images && (await bank.sources?.());
  await mkdir(join(folder, "rows"), { recursive: true });
  for (let number = 0; number * block < bank.size; number++) {
    const rows = Int32Array.from({ length: Math.min(block, bank.size - number * block) }, (_, i) => number * block + i);
    const { data } = await bank.at(rows); // [n,d]
    await writeFile(join(folder, `rows/${number}.f32`), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    if (!images || !names) continue;
    const pictures: NDArray<"f32">[] = [];
    for (const row of rows) pictures.push(await pictureOf(images, { row, name: names[row], size: config.image.size }));
    await writeFile(join(folder, `rows/${number}.png`), await pngGrid(stack(pictures), { columns, gap: 0 }));
  }
  return { size: bank.size, dim: bank.dim, block, columns, pictures: names !== undefined };
}

/** Runs go where their pictures do not. */
function withoutData(error: unknown): undefined {
  if (!isGMemError(error)) throw error;
}

async function pictureOf(
  images: Images,
  { row, name, size }: { readonly row: number; readonly name: string | undefined; readonly size: number },
): Promise<NDArray<"f32">> {
  const example = row < images.length ? await images.at(row) : undefined;
  return example?.id === name && example ? example.image : full([3, size, size], 0.5);
}
