import { openWeights, readWeights } from "@gmem/weights";
import type { Case } from "./case.ts";
import { close, demand, done, failing, refused, saying } from "./expect.ts";

const w = [1, 2, 3, 4, 5, 6];

/** A file whose odd tensors are listed, and errors only when they are read. */
const readable = (row: string, input: string, odd: string): Case => ({
  row,
  input,
  async check({ file, cli }) {
    const weights = await openWeights(file(input));
    try {
      demand(odd in weights.tensors, `${odd} in the list`, Object.keys(weights.tensors));
      saying(done(cli("inspect", file(input))), new RegExp(`^${odd}\\s`, "m"));
      const values = close(await weights.read("w"), w, { shape: [2, 3] });
      return `w ${values}; ${odd}: ${await failing(() => weights.read(odd), odd)}`;
    } finally {
      await weights.close();
    }
  },
});

/** Arrays of text, objects and of newer element types beside those that are wanted. */
export const archives: readonly Case[] = [
  {
    row: "10-text-in-npz",
    input: "bank_names.npz",
    async check(given) {
      const bank = given.file("bank_names.npz");
      const run = await given.trained("class-table");
      done(given.cli("convert", run, "out", "--to", "memory-bank", "--bank", bank, "--adapter", "random"));
      const { rows } = JSON.parse(done(given.cli("bank", "info", "out", "--json"))) as { readonly rows: number };
      demand(rows === 20, "20 rows", rows);
      return `${rows} rows`;
    },
  },
  {
    row: "10-text-in-npz",
    input: "noise_extra.npz",
    async check(given) {
      const run = await given.trained();
      const noise = ["--noise", given.file("noise_extra.npz"), "--rows", "1,2,3", "--steps", "2"];
      done(given.cli("sample", run, ...noise, "--latents", "a.safetensors"));
      const { tensors } = await readWeights(`${given.scratch}/a.safetensors`);
      demand(String(tensors.latents?.shape) === "3,3,16,16", "[3,3,16,16]", tensors.latents?.shape);
      return `latents [${tensors.latents?.shape}]`;
    },
  },
  {
    row: "10-text-in-npz",
    input: "big.npz",
    check: async ({ file }) => `w ${close((await readWeights(file("big.npz"))).tensors.w, w, { shape: [2, 3] })}`,
  },
  readable("10-text-in-npz", "object.npz", "o"),
  ...["C64", "F4", "F6_E2M3", "F8_E4M3FNUZ", "F8_E8M0"].map((type) =>
    readable("11-newer-dtypes", `dt_${type}.safetensors`, "z"),
  ),
  {
    row: "11-newer-dtypes",
    input: "meta_null.safetensors",
    check: async ({ file }) => `w ${close((await readWeights(file("meta_null.safetensors"))).tensors.w, w)}`,
  },
  ...(
    [
      ["lfs_pointer.pt", "Git LFS", "git lfs pull"],
      ["html.pt", "HTML"],
    ] as const
  ).map(
    ([input, ...says]): Case => ({
      row: "12-not-weights",
      input,
      check: async ({ cli, file }) => refused(cli("inspect", file(input)), ...says),
    }),
  ),
  {
    row: "12-not-weights",
    input: "legacy_p4.pt",
    async check({ cli, file }) {
      saying(done(cli("inspect", file("legacy_p4.pt"))), "pickle protocol 4");
      const { tensors } = await readWeights(file("legacy_p4.pt"));
      return `named, and read: w ${close(tensors.w, w)}, b ${close(tensors.b, [7, 8])}`;
    },
  },
];
