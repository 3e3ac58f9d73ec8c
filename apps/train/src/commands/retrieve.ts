import { pngGrid } from "@gmem/datasets/png";
import { type Retrieved, retrieve, scaleFor } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";
import { say, stopOnInterrupt } from "@gmem/terminal";
import { work } from "../terminal.ts";
import { checkEnding, writePicture } from "./picture-file.ts";
import { textConfig } from "./text.ts";

export interface RetrieveFlags {
  readonly text: readonly string[];
  readonly encoder: string;
  readonly count: number;
  readonly by: string;
  readonly size: number;
  readonly texts?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** `gmem-train retrieve`: the nearest pictures of a folder to each text, as a grid with a row a text. */
export async function retrievePictures(
  data: string,
  settings: readonly string[],
  options: RetrieveFlags,
): Promise<void> {
  const { text: texts, encoder: kind, count, by, size, texts: folder, out, json } = options;
  if (by !== "captions" && by !== "images")
    throw new GMemError("CONFIG", `retrieve: --by must be captions or images, got "${by}"`);
  if (count < 1) throw new GMemError("CONFIG", `retrieve: --count must be 1 or more, got ${count}`);
  checkEnding("--out", out);
  const config = await textConfig("retrieve", data, kind, [`image.size=${size}`, ...settings]);
  const signal = stopOnInterrupt("nothing is written");
  const { images, ...found } = await retrieve(config, { texts, count, by, folder, signal, ...work() });
  const columns = found.found[0]?.pictures.length ?? 1;
  await writePicture(out, await pngGrid(images, { columns, scale: scaleFor(size) }));
  say(json, { out, ...found }, [...found.found.flatMap(lines), out].join("\n"));
}

const lines = ({ text, pictures }: Retrieved["found"][number]): readonly string[] => [
  text,
  ...pictures.map(
    ({ score, row, id, caption }) =>
      `  ${score.toFixed(3)}  ${row}  ${id}${caption === undefined ? "" : `  ${caption}`}`,
  ),
];
