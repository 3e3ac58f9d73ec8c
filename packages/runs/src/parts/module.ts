import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Origin, PartContexts, Parts } from "@gmem/spec";
import { GMemError, isGMemError } from "@gmem/tensor";
import { z } from "zod";

const origin = {
  kind: z.literal("module").describe("A part of anybody's package."),
  package: z.string().min(1).describe("A package, as an import names it, found from the working directory."),
  export: z.string().min(1).default("default").describe("The function that makes the part."),
  options: z.json().default({}).describe("What the function is called with."),
};

/** A part out of anybody's package, as a configuration keeps it. */
export const module = z.strictObject(origin);

/** A conditioner out of anybody's package, with what training must have ready for it. */
export const conditionerModule = z.strictObject({
  ...origin,
  needs: z
    .strictObject({
      snippets: z.boolean().default(false).describe("A memory bank of the images."),
      labels: z.boolean().default(false).describe("A class of every image."),
      text: z.boolean().default(false).describe("A text encoder."),
    })
    .prefault({})
    .describe("Of a conditioner: what training must have ready."),
});

export type ModuleSettings = z.output<typeof module>;

/** A part of another package in a word, for people. */
export const moduleName = (part: Pick<ModuleSettings, "package" | "export">): string =>
  `${part.export} of ${part.package}`;

/**
 * Opens a part of another package, found from the folder that the program was started in.
 * @param part the key that errors name, such as `backbone`.
 * @throws {GMemError} code `CONFIG` if the package is not installed or its export makes no such part.
 */
export async function openModule<K extends keyof Parts>(
  part: K,
  { package: name, export: exported, options }: Omit<ModuleSettings, "kind">,
  context: PartContexts[K],
): Promise<Parts[K]> {
  const make = (await imported(part, name))[exported];
  if (typeof make !== "function")
    throw new GMemError("CONFIG", `${part}: "${name}" must export a function "${exported}", got ${typeof make}`);
  const what = `${exported}(…) of "${name}"`;
  const opened = await made(part, what, async () => {
    const first: unknown = await make(options);
    return typeof first === "function" ? await first(context) : first;
  });
  const lacking = members[part].find(
    (member) => (opened as Readonly<Record<string, unknown>> | null)?.[member] == null,
  );
  if (lacking === undefined) return opened as Parts[K];
  throw new GMemError("CONFIG", `${part}: what ${what} makes must have ${members[part].join(", ")}, got no ${lacking}`);
}

/** What each part has at least. */
const members: Readonly<Record<keyof Parts, readonly string[]>> = {
  backbone: ["latent", "hiddenSize", "config", "init", "apply"],
  tokenizer: ["latent", "encode", "decode"],
  encoder: ["id", "dim", "encode"],
  conditioner: ["snippetDim", "output", "feeds", "init", "parse", "resolve", "batch", "snippet"],
  solver: ["name", "step"],
  dataset: ["name", "length", "at"],
  textEncoder: ["id", "dim", "tokens", "encode"],
};

/** What foreign code gives; what it throws says whose code it was. */
async function made(part: string, what: string, work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (cause) {
    if (isGMemError(cause)) throw cause;
    throw new GMemError("CONFIG", `${part}: ${what} must make a part of a run, got ${String(cause)}`, { cause });
  }
}

async function imported(part: string, name: string): Promise<Record<string, unknown>> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(pathToFileURL(resolve("package.json")).href);
  const url = jiti.esmResolve(name, { try: true });
  if (url === undefined)
    throw new GMemError(
      "CONFIG",
      `${part}: needs "${name}", which is not there for ${resolve(".")}; start in the folder of the project that has it, or npm install the package`,
    );
  try {
    return (/\.[cm]?tsx?$/.test(url) ? await jiti.import(url) : await import(url)) as Record<string, unknown>;
  } catch (cause) {
    throw new GMemError("CONFIG", `${part}: "${name}" must be importable, got ${String(cause)}`, { cause });
  }
}

/** What a configuration keeps of an object. @throws {GMemError} code `CONFIG` if the object does not say where it is from. */
export function settingsOfPart(part: string, value: unknown): ModuleSettings {
  const { origin: from } = (value ?? {}) as { readonly origin?: Origin };
  const checked = module.safeParse({ kind: "module", ...from });
  if (checked.success) return checked.data;
  throw new GMemError(
    "CONFIG",
    `${part}: an object must say where it is from, origin: { package, export, options } with plain JSON options, got ${from ? JSON.stringify(from) : "none"}; a run is opened again by it`,
  );
}
