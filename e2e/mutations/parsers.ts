import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { decodeImage } from "@gmem/datasets/folder";
import { wordPieces } from "@gmem/encoders/tokenizer";
import { build, openBank, openJournal, saveBank } from "@gmem/memory-bank";
import { loadConfig, readRunConfig, runFiles } from "@gmem/runs";
import { array, key, type Named, type NDArray } from "@gmem/tensor";
import {
  readNpy,
  readNpz,
  readSafetensors,
  readTorch,
  readWeights,
  writeNpy,
  writeNpz,
  writeSafetensors,
  writeTorch,
} from "@gmem/weights";
import sharp from "sharp";

/** Something that reads files of others. */
export interface Parser {
  readonly name: string;
  /** Files as they should be; what lies beside the first is left alone. */
  files(folder: string): Promise<readonly string[]>;
  /** Reads one of them. @returns what it hands out */
  read(path: string): Promise<Handed>;
  /** True if checksums let no other array through. */
  readonly checked?: boolean;
}

export type Handed = Named<{ readonly shape: readonly number[]; readonly data: ArrayLike<number> & ArrayBufferView }>;

const tensors: Named<NDArray> = {
  w: key(1).normal([4, 6]),
  half: array([1, 2, 3, 4], [2, 2], "f64"),
  labels: array([3, 1, 2], [3], "i32"),
  flags: array([1, 0], [2], "bool"),
};
/** Workers run in the repository. */
const fixture = (of: string, name: string): string => join(process.cwd(), "packages", of, "test/fixtures", name);
const fixtures =
  (...names: readonly string[]) =>
  async (): Promise<readonly string[]> =>
    names.map((name) => fixture("weights", name));
const tensorsOf = async (reading: Promise<{ readonly tensors: Named<NDArray> }>): Promise<Handed> =>
  (await reading).tensors;

/** One file that `write` makes. */
const one =
  (name: string, write: (path: string) => Promise<unknown>) =>
  async (folder: string): Promise<readonly string[]> => {
    const path = join(folder, name);
    await write(path);
    return [path];
  };
/** A tokenizer of BERT that cuts and fills up. */
const tokenizer = {
  ...JSON.parse(readFileSync(fixture("encoders", "bert-tokenizer.json"), "utf8")),
  truncation: { direction: "Right", max_length: 8, strategy: "LongestFirst", stride: 0 },
  padding: {
    strategy: { Fixed: 10 },
    direction: "Right",
    pad_to_multiple_of: null,
    pad_id: 0,
    pad_type_id: 0,
    pad_token: "[PAD]",
  },
};

/** The bank whose journal is read. */
const small = () => build(key(2).normal([6, 4]));

export const parsers: readonly Parser[] = [
  {
    name: "safetensors",
    files: one("a.safetensors", (path) => writeSafetensors(path, tensors, { metadata: { step: "3" } })),
    read: (path) => tensorsOf(readSafetensors(path)),
  },
  {
    name: "torch, zip",
    async files(folder) {
      await writeTorch(join(folder, "a.pt"), { model: tensors, ema: tensors, step: 3, betas: [0.9, 0.5] });
      return [join(folder, "a.pt"), ...(await fixtures("pt_checkpoint.a.pt", "pt_newer.pt", "pt_dtypes_views.a.pt")())];
    },
    read: (path) => tensorsOf(readTorch(path)),
    checked: true,
  },
  {
    name: "torch, as weights",
    files: one("a.pt", (path) =>
      writeTorch(path, { model: tensors, ema_model: tensors, opt: { m: [tensors.w as NDArray] } }),
    ),
    read: (path) => tensorsOf(readWeights(path)),
    checked: true,
  },
  {
    name: "torch, older",
    files: fixtures("pt_legacy.a.pt", "pt_cuda_location_legacy.a.pt", "pt_protocol4.pt"),
    read: (path) => tensorsOf(readTorch(path)),
  },
  {
    name: "npz",
    async files(folder) {
      await writeNpz(join(folder, "a.npz"), tensors);
      return [join(folder, "a.npz"), ...(await fixtures("numpy.npz", "numpy_compressed.npz", "numpy_object.npz")())];
    },
    read: readNpz,
    checked: true,
  },
  {
    name: "npy",
    async files(folder) {
      await writeNpy(join(folder, "a.npy"), tensors.w as NDArray);
      return [join(folder, "a.npy"), fixture("weights", "version2.npy")];
    },
    read: async (path) => ({ array: await readNpy(path) }),
  },
  {
    name: "bank",
    files: one("bank.safetensors", (path) =>
      saveBank(build(key(2).normal([20, 8]), { labels: new Int32Array(20) }), path),
    ),
    async read(path) {
      const bank = await openBank(path);
      try {
        return { rows: await bank.at(Int32Array.from({ length: Math.min(bank.size, 1000) }, (_, row) => row)) };
      } finally {
        await bank.close();
      }
    },
  },
  {
    name: "journal of a bank",
    files: one("bank.edits.jsonl", async (path) => {
      const journal = await openJournal(small(), path);
      await journal.apply({ kind: "interpolate", first: 0, second: 1, weightOfSecond: 0.5 });
      await journal.apply({ kind: "remove", rows: [2] });
      await journal.undo();
    }),
    async read(path) {
      const { bank } = await openJournal(small(), path);
      return { rows: await bank.at(Int32Array.from({ length: bank.size }, (_, row) => row)) };
    },
  },
  {
    name: "index of shards",
    files: one("model.safetensors.index.json", async (path) => {
      await writeSafetensors(join(dirname(path), "a.safetensors"), tensors);
      const weight_map = Object.fromEntries(Object.keys(tensors).map((name) => [name, "a.safetensors"]));
      writeFileSync(path, JSON.stringify({ metadata: { total_size: 24 }, weight_map }));
    }),
    read: (path) => tensorsOf(readWeights(path)),
  },
  {
    name: "configuration of a run",
    files: one("config.json", async (path) => {
      const config = await loadConfig("cifar-nano", ["data=none"]);
      writeFileSync(path, JSON.stringify({ config, classes: ["a", "b"], versions: {} }));
    }),
    async read(path) {
      const folder = `${path}.run`; // a run is a folder
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "config.json"), readFileSync(path));
      readRunConfig(runFiles(folder));
      return {};
    },
  },
  {
    name: "tokenizer",
    files: one("tokenizer.json", async (path) => writeFileSync(path, JSON.stringify(tokenizer))),
    async read(path) {
      const json = parsed(readFileSync(path, "utf8"));
      if (json !== undefined) wordPieces(json).encode("a cats");
      return {};
    },
  },
  {
    name: "pictures",
    async files(folder) {
      const pixels = Buffer.from(
        key(3)
          .uniform([3 * 24 * 20])
          .data.map((value) => value * 255),
      );
      const picture = sharp(pixels, { raw: { width: 24, height: 20, channels: 3 } });
      await picture.clone().png().toFile(join(folder, "a.png"));
      await picture.clone().jpeg().toFile(join(folder, "a.jpg"));
      return [join(folder, "a.png"), join(folder, "a.jpg")];
    },
    async read(path) {
      const { width, height, data } = await decodeImage(path);
      return { picture: { shape: [height, width, 3], data } };
    },
  },
];

/** What is no JSON is the caller's to refuse. */
function parsed(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
