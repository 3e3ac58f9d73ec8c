import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { root, run } from "../repository.ts";
import type { Case, Given } from "./case.ts";
import { demand, saying } from "./expect.ts";
import { noisePicture } from "./pictures.ts";

/** A project that has our packages, and one program in it. @returns what the program prints */
async function project({ file, scratch }: Given, name: string): Promise<string> {
  await mkdir(join(scratch, "photos/cat"), { recursive: true });
  await mkdir(join(scratch, "photos/dog"));
  for (let i = 0; i < 16; i++)
    await noisePicture(join(scratch, `photos/${i % 2 ? "cat" : "dog"}/${i}.png`), i, [32, 32]);
  await symlink(join(root, "e2e/node_modules"), join(scratch, "node_modules"));
  await writeFile(join(scratch, "package.json"), '{ "type": "module", "private": true }\n');
  await writeFile(join(scratch, name), renamed(await readFile(file(name), "utf8")));
  const types = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2022", "--module", "nodenext"];
  if (name !== "wrong2.ts")
    run("tsc", [...types, "--types", "node", "--typeRoots", join(root, "node_modules/@types"), name], scratch);
  await build({
    entryPoints: [join(scratch, name)],
    outfile: join(scratch, "out.mjs"),
    format: "esm",
    target: "node20",
  });
  return run(process.execPath, ["out.mjs", "photos"], scratch);
}

/** The programs were written for earlier names: a width was the conditioners' second argument. */
const renamed = (code: string): string =>
  code
    .replace("klVaeShapes(small)", "klVaeParameters(small)")
    .replace("const s = shape as readonly number[]", "const s = (shape as { shape: readonly number[] }).shape")
    .replace("klVaeShapes", "klVaeParameters")
    .replace("memoryBank({}, { hiddenSize: 32 })", "memoryBank({} as never)") // a mistake that types find
    .replaceAll(/\b(memoryBank|classTable|none)\(\{(.*?)\}, \{ (hiddenSize: \d+) \}\)/g, (_, call, options, width) =>
      call === "memoryBank" ? `${call}({${options}})` : `${call}({${options.trim() ? `${options},` : ""} ${width} })`,
    );

/** The line of a try, which must have ended in an error with this code. */
function typed(printed: string, tried: string, code: string | RegExp): string {
  const line = printed.split("\n").find((one) => one.startsWith(`-- ${tried}:`)) ?? "no such line";
  const got = /^-- .*: \[(\w+)\]/.exec(line)?.[1] ?? line;
  demand(typeof code === "string" ? got === code : code.test(got), `${tried}: ${code}`, line);
  return line;
}

const row = "swap.ts, wrong2.ts";

/** What programs do with our packages, and what they do wrong. */
export const consumer: readonly Case[] = [
  {
    row,
    input: "swap.ts",
    async check(given) {
      const printed = await project(given, "swap.ts");
      demand(!printed.includes("UNTYPED"), "typed errors only", printed);
      for (const backbone of ["sit", "ldit"])
        for (const kind of ["bank", "classes", "none"])
          saying(printed, new RegExp(`^${backbone} ${kind} (\\d|\\[?[A-Z_]+\\]? )`, "m"));
      typed(printed, "depth 0", /\w/);
      typed(printed, "device typo", /\w/);
      return `${printed.split("\n").filter((line) => line.startsWith("--")).length} mistakes, each with a code`;
    },
  },
  {
    row,
    input: "wrong2.ts",
    async check(given) {
      const printed = await project(given, "wrong2.ts");
      demand(!printed.includes("UNTYPED"), "typed errors only", printed);
      return [
        typed(printed, "sample unknown request key", /\w/),
        typed(printed, "sample count NaN", /\w/),
        typed(printed, "sample seed string", /\w/),
        typed(printed, "NaN latents", /\w/),
      ].join("; ");
    },
  },
];
