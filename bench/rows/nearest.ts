import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { build, nearest } from "@gmem/memory-bank";
import { features, inFolder, writeRaw } from "../features.ts";
import { alternate, timed } from "../pair.ts";
import { startPeer } from "../peer.ts";
import type { Bench } from "../row.ts";

const [rows, width, queries, k] = [50_000, 768, 1000, 10] as const;

/** Exact neighbours of 1,000 queries among 50,000 rows of 768. */
export const nearestRows: Bench = {
  name: "nearest",
  async run({ repeats = 5 }) {
    return inFolder(async (folder) => {
      const bank = build(features(rows, width));
      const path = join(folder, "rows.f32");
      await writeRaw(path, await bank.rows.slice(0, rows));
      const peer = await startPeer("nearest", [path, rows, width, queries, k]);
      const engine = await onnxEngine({ threads: 2 });
      const wanted = await bank.at(Int32Array.from({ length: queries }, (_, i) => i * (rows / queries)));
      const row = await alternate(() => timed(() => nearest(bank, wanted, { k, engine })), {
        name: "nearest",
        peer,
        repeats,
        atLeast: 1,
      });
      await engine.dispose();
      return [row];
    });
  },
};
