import { concatRows, type NDArray, takeRows } from "@gmem/tensor";
import { append, loadImages, scenes } from "gmem";
import { memoryModel } from "../memory-model.ts";
import { runWhenMain, savePictures } from "../output.ts";
import { usual } from "../prepare.ts";

/** Adds one image that training never saw (eq. 3) and draws from it: the image, then seven samples of its row. */
export async function main(size = usual): Promise<NDArray<"f32">> {
  const { engine, encoder, bank, draw } = await memoryModel(size);
  const stranger = await loadImages(scenes({ count: 1, seed: 99 }), Int32Array.of(0)); // [1,3,16,16] in [0,1]
  const { bank: longer, residuals } = append(bank, await encoder.encode(stranger), { sources: ["stranger"] });
  process.stderr.write(
    `row ${longer.size - 1}; the bank cannot express ${(100 * (residuals[0] ?? 0)).toFixed(0)} % of it\n`,
  );
  const snippet = await longer.at(Int32Array.of(longer.size - 1)); // [1,d]
  const { images } = await draw({ snippets: takeRows(snippet, new Int32Array(7)) }, 7);
  await engine.dispose();
  return concatRows([stranger, images]);
}

await runWhenMain(import.meta.url, async () => savePictures("added.png", await main()));
