import { concatRows, type NDArray } from "@gmem/tensor";
import { memoryModel } from "../memory-model.ts";
import { runWhenMain, savePictures } from "../output.ts";
import { usual } from "../prepare.ts";

const pictures = 9;

/** A strip from one row of the bank to another (eq. 4, G.6): the noise stays, only the snippet moves. */
export async function main(size = usual): Promise<NDArray<"f32">> {
  const { engine, draw } = await memoryModel(size);
  const strip: NDArray<"f32">[] = [];
  for (let i = 0; i < pictures; i++) {
    const interpolate = { a: 3, b: 7, weight: i / (pictures - 1), method: "spherical" };
    strip.push((await draw({ interpolate }, 1)).images);
  }
  await engine.dispose();
  return concatRows(strip);
}

await runWhenMain(import.meta.url, async () => savePictures("strip.png", await main()));
