import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Case } from "./case.ts";
import { demand, refused } from "./expect.ts";

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** A number that is not finite is an error, never a picture or a file. */
export const notFinite: readonly Case[] = [
  {
    row: "06-nan-weights",
    input: "nan.pt",
    async check({ cli, file, scratch }) {
      const said = refused(
        cli("convert", file("nan.pt"), "run", "--heads", "1"),
        "NON_FINITE",
        "blocks.0.mlp.fc1.bias",
      );
      demand(!(await exists(join(scratch, "run"))), "no run folder", "one");
      return said;
    },
  },
  {
    row: "06-nan-weights",
    input: "noise_nan.npz",
    async check(given) {
      const [run, noise] = [await given.trained(), given.file("noise_nan.npz")];
      const said = refused(given.cli("sample", run, "--noise", noise, "--out", "grid.png"), "NON_FINITE");
      refused(given.cli("sample", run, "--noise", noise, "--latents", "out.safetensors"), "NON_FINITE");
      for (const name of ["grid.png", "out.safetensors"])
        demand(!(await exists(join(given.scratch, name))), `no ${name}`, "one");
      return said;
    },
  },
];
