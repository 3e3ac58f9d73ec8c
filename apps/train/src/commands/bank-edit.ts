import { compress, type InterpolationMethod, reduce } from "@gmem/memory-bank";
import { addImages, editBank, isRunFolder, openEngine, rewriteBank, runSchema, undoEdit } from "@gmem/runs";
import { counted, GMemError } from "@gmem/tensor";
import { say, stopOnInterrupt } from "@gmem/terminal";
import { commandLine, work } from "../terminal.ts";

interface Output {
  readonly json?: boolean;
}

/** `gmem-train bank add`. */
export async function bankAdd(folder: string, images: readonly string[], { json }: Output): Promise<void> {
  const signal = stopOnInterrupt("nothing is added");
  const { rows, size, leftOut } = await addImages(folder, images, { signal, ...work() });
  const [first = 0, last = first] = [rows[0], rows.at(-1)];
  const which = rows.length > 1 ? `rows ${first}…${last}` : `row ${first}`;
  const next = `sample  ${commandLine("sample", folder, "--rows", String(first))}`;
  say(json, { rows, size, leftOut }, `${which} of ${size}\n${next}`);
}

interface Blend extends Output {
  readonly a: number;
  readonly b: number;
  readonly weight: number;
  readonly method: string;
}

/** `gmem-train bank interpolate`. */
export async function bankInterpolate(folder: string, { a, b, weight, method, json }: Blend): Promise<void> {
  const blend = { first: a, second: b, weightOfSecond: weight, method: methodOf(method) };
  const { size } = await editBank(folder, ({ journal }) => journal.apply({ kind: "interpolate", ...blend }));
  const next = `\nsample  ${commandLine("sample", folder, "--rows", String(size - 1))}`;
  say(json, { rows: [size - 1], size }, `row ${size - 1} of ${size}${isRunFolder(folder) ? next : ""}`);
}

const methods: readonly InterpolationMethod[] = ["linear", "spherical", "concat", "mask"];

function methodOf(word: string): InterpolationMethod {
  const found = methods.find((method) => method === word);
  if (!found) throw new GMemError("CONFIG", `bank interpolate: --method must be ${methods.join(", ")}, got "${word}"`);
  return found;
}

/** `gmem-train bank undo`. */
export async function bankUndo(folder: string, { json }: Output): Promise<void> {
  const { size, edits, isRestored } = await undoEdit(folder);
  const what = isRestored ? "the bank as it was before: " : "";
  say(json, { size, edits }, `${what}${counted(size, "row")}, ${counted(edits, "edit")} left`);
}

/** What brings the bank back that another has replaced. */
const back = (folder: string): string =>
  `undo  ${commandLine("bank", "undo", folder)}  (brings the bank back as it was)`;

/** `gmem-train bank compress`. */
export async function bankCompress(folder: string, { rank, json }: Output & { readonly rank: number }): Promise<void> {
  const engine = await openEngine(runSchema.shape.engine.parse({}));
  try {
    const { size, note } = await rewriteBank(folder, async (bank) => ({
      bank: await compress(bank, { rank, engine }),
      note: `rank ${rank}: ${bank.size} × ${bank.dim} numbers became ${bank.size} × ${rank} and ${bank.dim} × ${rank}`,
    }));
    say(json, { size, note }, `${note}\n${back(folder)}`);
  } finally {
    await engine.dispose();
  }
}

interface Reduction extends Output {
  readonly perClass: number;
  readonly pick: string;
  readonly seed: number;
}

/** `gmem-train bank reduce`. */
export async function bankReduce(folder: string, { perClass, pick, seed, json }: Reduction): Promise<void> {
  if (pick !== "random" && pick !== "average")
    throw new GMemError("CONFIG", `bank reduce: --pick must be random or average, got "${pick}"`);
  const { size, note } = await rewriteBank(folder, async (bank) => {
    const { bank: small, short, unlabelled } = await reduce(bank, { pick, perClass, seed });
    const few = short.map(({ label, rows }) => `${label} (${rows})`).join(", ");
    const rest = few === "" ? "" : `; classes with fewer rows: ${few}`;
    const dropped = unlabelled === 0 ? "" : `; ${counted(unlabelled, "row")} without a label left out`;
    return {
      bank: small,
      note: `${pick}@${perClass}: ${counted(bank.size, "row")} became ${small.size}${dropped}${rest}`,
    };
  });
  say(json, { size, note }, `${note}\n${back(folder)}`);
}
