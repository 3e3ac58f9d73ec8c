import { existsSync, ftruncateSync, mkdtempSync, openSync, readFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { array, isGMemError, type Named, type NDArray, sizeOf } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNpy } from "./npy.ts";
import { readNpz } from "./npz.ts";
import { readSafetensors } from "./read-safetensors.ts";
import { readTorch } from "./read-torch.ts";
import { readWeights } from "./read-weights.ts";
import { writeSafetensors } from "./write-safetensors.ts";
import { writeTorch } from "./write-torch.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-damage-"));
const path = join(folder, "damaged");
const fd = openSync(path, "w"); // written over and over: far faster than a new file each time
const fixture = (name: string): string => fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url));

type Edit = {
  readonly kind: "flip" | "cut" | "insert" | "drop" | "repeat";
  readonly at: number;
  readonly byte: number;
};

const edited = (bytes: Uint8Array, { kind, at, byte }: Edit): Uint8Array => {
  const place = at % Math.max(1, bytes.length);
  const before = bytes.subarray(0, place);
  if (kind === "cut") return before;
  if (kind === "insert") return Buffer.concat([before, Uint8Array.of(byte), bytes.subarray(place)]);
  if (kind === "drop") return Buffer.concat([before, bytes.subarray(place + byte)]);
  if (kind === "repeat") return Buffer.concat([bytes.subarray(0, place + byte), bytes.subarray(place)]);
  const copy = Uint8Array.from(bytes);
  copy[place] = byte;
  return copy;
};

const edits = fc.array(
  fc.record({
    kind: fc.constantFrom("flip", "flip", "flip", "cut", "insert", "drop", "repeat"),
    at: fc.oneof(fc.nat(200), fc.nat(100_000)),
    byte: fc.nat(255),
  }),
  { minLength: 1, maxLength: 4 },
) as fc.Arbitrary<Edit[]>;

/** Bytes that reading a file may take, by its size: deflate's own factor where entries are packed. */
const plainBound = (size: number): number => 32 * size + 2 ** 22;
const packedBound = (size: number): number => 1040 * size + 2 ** 22;

type Tensors = Named<NDArray>;
const tensorsOf = async (reading: Promise<{ readonly tensors: Tensors }>): Promise<Tensors> => (await reading).tensors;

interface Source {
  readonly name: string;
  readonly file: () => string | Promise<string>;
  readonly read: (path: string) => Promise<unknown>;
  /** What a file that can still be read may hold. */
  readonly holds: "what it held" | "arrays it held" | "arrays of their shapes";
  readonly bound?: (size: number) => number;
}

const torch = (name: string, holds: Source["holds"]): Source => ({
  name,
  file: () => fixture(name),
  read: readTorch,
  holds,
});
const sources: readonly Source[] = [
  torch("pt_checkpoint.a.pt", "what it held"),
  torch("pt_dtypes_views.a.pt", "what it held"),
  torch("malicious.pt", "what it held"),
  torch("pt_legacy.a.pt", "arrays of their shapes"),
  torch("malicious_legacy.pt", "arrays of their shapes"),
  {
    name: "a checkpoint of ours, as weights",
    async file() {
      const ours = join(folder, "ours.pt");
      await writeTorch(ours, { model: { w: array([1, 2, 3, 4], [2, 2]), b: array([5]) }, step: 3, betas: [0.9, 0.5] });
      return ours;
    },
    read: readWeights,
    holds: "arrays of their shapes",
  },
  {
    name: "safetensors",
    async file() {
      const small = join(folder, "small.safetensors");
      await writeSafetensors(small, { w: array([1, 2, 3, 4], [2, 2]), b: array([1, 0], [2], "bool") });
      return small;
    },
    read: (file) => tensorsOf(readSafetensors(file)),
    holds: "arrays of their shapes",
  },
  { name: "numpy.npz", file: () => fixture("numpy.npz"), read: readNpz, holds: "arrays it held" },
  {
    name: "numpy_compressed.npz",
    file: () => fixture("numpy_compressed.npz"),
    read: readNpz,
    holds: "arrays it held",
    bound: packedBound,
  },
  {
    name: "version2.npy",
    file: () => fixture("version2.npy"),
    read: async (file) => ({ array: await readNpy(file) }),
    holds: "arrays of their shapes",
  },
];

describe("10,000 damaged files", () => {
  it.each(sources)(
    "$name: a typed error or $holds, nothing executed, within a second and memory bounded by the file",
    async ({ file, read, holds, bound = plainBound }) => {
      const bytes = readFileSync(await file());
      const original = await read(await file()).catch((cause: unknown) => cause);
      await fc.assert(
        fc.asyncProperty(edits, async (changes) => {
          const damaged = changes.reduce(edited, bytes);
          ftruncateSync(fd, damaged.length);
          writeSync(fd, damaged, 0, damaged.length, 0);
          const memory = process.memoryUsage().arrayBuffers;
          const start = process.cpuUsage();
          const result = await read(path).catch((cause: unknown) => cause);
          const { user, system } = process.cpuUsage(start);
          expect(user + system).toBeLessThan(1_000_000);
          expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(bound(damaged.length));
          if (isGMemError(result)) return;
          const { tensors = result } = result as { readonly tensors?: Tensors };
          if (holds === "what it held") expect(result).toEqual(original);
          for (const value of Object.values(tensors as Tensors)) {
            expect(value.data.length).toBe(sizeOf(value.shape));
            if (holds === "arrays it held") expect(Object.values(original as Tensors)).toContainEqual(value);
          }
        }),
        { numRuns: 10_000 / sources.length },
      );
      expect(existsSync("/tmp/pwned_by_pickle")).toBe(false);
    },
  );
});
