import { open } from "node:fs/promises";
import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { build, compress, openBank, saveBank } from "@gmem/memory-bank";
import { features, inFolder } from "../features.ts";
import { type Bench, peakMB, round, within } from "../row.ts";
import { writeRepeated } from "../write-repeated.ts";

const [rows, width, rank] = [1_281_167, 768, 512] as const;

/** SVD of 1.28M × 768 rows streamed from disk: what counts is the memory. Writes 6.6 GB to the temporary folder. */
export const bankStreamed: Bench = {
  name: "bank-svd-streamed",
  large: true,
  async run() {
    return inFolder(async (folder) => {
      const path = join(folder, "bank.safetensors");
      await writeRepeated(path, { size: rows, width });
      const before = peakMB();
      const engine = await onnxEngine({ threads: 2 });
      const bank = await openBank(path);
      const start = performance.now();
      const small = await compress(bank, { rank, engine, path: join(folder, "small.safetensors") });
      const seconds = (performance.now() - start) / 1000;
      await small.close();
      await bank.close();
      await engine.dispose();
      const oursPeakMB = peakMB();
      return [
        {
          name: "bank-svd-streamed",
          ours: round(seconds),
          peer: null,
          unit: "s",
          ratio: null,
          spread: null,
          oursPeakMB: Math.round(oursPeakMB),
          peerPeakMB: null,
          bar: "peak memory <= 1500 MB",
          ok: oursPeakMB <= 1500,
          note: `${rows} x ${width}, rank ${rank}; ${Math.round(before)} MB before`,
        },
      ];
    });
  },
};

/** Opening a bank of ImageNet's size and reading random rows, with the file in the page cache as far as it was read. */
export const bankRows: Bench = {
  name: "bank-rows",
  async run({ repeats = 15 }) {
    return inFolder(async (folder) => {
      const path = join(folder, "bank.safetensors");
      await sparseBank(path, folder);
      const opens: number[] = [];
      const reads: number[] = [];
      for (let i = 0; i < repeats; i++) {
        const start = performance.now();
        const bank = await openBank(path);
        opens.push(performance.now() - start);
        const wanted = Int32Array.from({ length: 256 }, (_, k) => ((k * 2654435761 + i * 40503) >>> 0) % rows);
        await bank.at(wanted); // warm
        const read = performance.now();
        await bank.at(wanted);
        reads.push(performance.now() - read);
        await bank.close();
      }
      return [within(opens, { name: "bank-open", limit: 50 }), within(reads, { name: "bank-rows-256", limit: 5 })];
    });
  },
};

/** A bank file whose rows are a hole: the header of a real one, and the length of 1.28M rows. */
async function sparseBank(path: string, folder: string): Promise<void> {
  const model = join(folder, "model.safetensors");
  await saveBank(build(features(2, width)), model);
  const small = await openBank(model);
  const { index, encoderId, preprocessing } = small;
  await small.close();
  const metadata = { format: "gmem-bank-1", encoder_id: encoderId, preprocessing, index: JSON.stringify(index) };
  const bytes = rows * width * 4;
  const header = JSON.stringify({
    __metadata__: metadata,
    snippets: { dtype: "F32", shape: [rows, width], data_offsets: [0, bytes] },
  });
  const text = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = await open(path, "w");
  await file.writeFile(Buffer.concat([length, text]));
  await file.truncate(8 + text.length + bytes);
  await file.close();
}
