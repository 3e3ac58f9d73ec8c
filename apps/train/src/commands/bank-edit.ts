import { rename, rm } from "node:fs/promises";
import { admCenterCrop, decodeImage, toArray } from "@gmem/datasets/folder";
import { type Bank, compress, type InterpolationMethod, reduce, saveBank } from "@gmem/memory-bank";
import { concatRows, GMemError } from "@gmem/tensor";
import { self } from "../output/self.ts";
import type { OpenEncoder } from "../run/make-encoder.ts";
import { makeEngine } from "../run/model-parts.ts";
import { openMemory, openRunEncoder } from "../run/open-run.ts";
import { readConfig, runFiles } from "../run/run-files.ts";
import { bankFiles } from "./bank-info.ts";

interface Output {
  readonly json?: boolean;
}

/** `gmem-train bank add`. */
export async function bankAdd(folder: string, images: readonly string[], { json }: Output): Promise<void> {
  const files = runFiles(folder);
  const { config } = readConfig(files);
  const { bank, journal } = await openMemory(files);
  const engine = await makeEngine(config);
  let encoder: OpenEncoder | undefined;
  try {
    encoder = await openRunEncoder(config, files, engine);
    const crops = await Promise.all(
      images.map(async (file) => toArray(admCenterCrop(await decodeImage(file), config.image.size))),
    );
    const features = await encoder.encode(concatRows(crops.map((image) => ({ ...image, shape: [1, ...image.shape] }))));
    const first = bank.size;
    const edited = await journal.apply({ kind: "append", features, sources: images });
    const rows = images.map((_, i) => first + i);
    say(
      json,
      { rows, size: edited.size },
      `rows ${rows.join(", ")} of ${edited.size}\nsample  ${self} sample ${folder} --rows ${rows[0]}\n`,
    );
  } finally {
    await encoder?.dispose?.();
    await engine.dispose();
    await bank.close();
  }
}

/** `gmem-train bank interpolate`. */
export async function bankInterpolate(
  folder: string,
  {
    a,
    b,
    weight,
    method,
    json,
  }: Output & { readonly a: number; readonly b: number; readonly weight: number; readonly method: string },
): Promise<void> {
  const { bank, journal } = await openMemory(bankFiles(folder));
  try {
    const edited = await journal.apply({
      kind: "interpolate",
      first: a,
      second: b,
      weightOfSecond: weight,
      method: methodOf(method),
    });
    const row = edited.size - 1;
    say(
      json,
      { rows: [row], size: edited.size },
      `row ${row} of ${edited.size}
sample  ${self} sample ${folder} --rows ${row}
`,
    );
  } finally {
    await bank.close();
  }
}

const methods: readonly InterpolationMethod[] = ["linear", "spherical", "concat", "mask"];

function methodOf(word: string): InterpolationMethod {
  const found = methods.find((method) => method === word);
  if (!found) throw new GMemError("CONFIG", `bank interpolate: --method must be ${methods.join(", ")}, got "${word}"`);
  return found;
}

/** `gmem-train bank undo`. */
export async function bankUndo(folder: string, { json }: Output): Promise<void> {
  const { bank, journal } = await openMemory(bankFiles(folder));
  try {
    const edited = await journal.undo();
    say(
      json,
      { size: edited.size },
      `${edited.size} rows, ${journal.edits.length} edits left
`,
    );
  } finally {
    await bank.close();
  }
}

/** `gmem-train bank compress`. */
export async function bankCompress(folder: string, { rank, json }: Output & { readonly rank: number }): Promise<void> {
  await rewrite(
    folder,
    async (bank) => {
      const engine = await makeEngine({ engine: { kind: "onnx", device: "cpu", threads: null } });
      try {
        const small = await compress(bank, { rank, engine });
        return {
          bank: small,
          note: `rank ${rank}: ${bank.size} × ${bank.dim} numbers became ${bank.size} × ${rank} and ${bank.dim} × ${rank}`,
        };
      } finally {
        await engine.dispose();
      }
    },
    json,
  );
}

/** `gmem-train bank reduce`. */
export async function bankReduce(
  folder: string,
  { perClass, pick, seed, json }: Output & { readonly perClass: number; readonly pick: string; readonly seed: number },
): Promise<void> {
  if (pick !== "random" && pick !== "average")
    throw new GMemError("CONFIG", `bank reduce: --pick must be random or average, got "${pick}"`);
  await rewrite(
    folder,
    async (bank) => {
      const { bank: small, short } = await reduce(bank, { pick, perClass, seed });
      const few =
        short.length === 0
          ? ""
          : `; classes with fewer rows: ${short.map(({ label, rows }) => `${label} (${rows})`).join(", ")}`;
      return { bank: small, note: `${pick}@${perClass}: ${bank.size} rows became ${small.size}${few}` };
    },
    json,
  );
}

/** Replaces a bank and its edits by a new file; the old one stays beside it as bank.previous.safetensors. */
async function rewrite(
  folder: string,
  change: (bank: Bank) => Promise<{ readonly bank: Bank; readonly note: string }>,
  json: boolean | undefined,
): Promise<void> {
  const files = bankFiles(folder);
  const { bank } = await openMemory(files);
  const draft = `${files.bank}.new`;
  try {
    const { bank: changed, note } = await change(bank);
    await saveBank(bank, files.bank.replace(/\.safetensors$/, ".previous.safetensors"));
    await saveBank(changed, draft);
    await rename(draft, files.bank);
    await rm(files.journal, { force: true }); // its edits are part of the new file
    say(
      json,
      { size: changed.size, note },
      `${note}\nthe bank as it was: ${files.bank.replace(/\.safetensors$/, ".previous.safetensors")}\n`,
    );
  } finally {
    await bank.close();
  }
}

function say(json: boolean | undefined, facts: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(facts)}\n` : text);
}
