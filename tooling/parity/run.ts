import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NDArray } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { isOutput, type ParityCase } from "./case.ts";
import { compare } from "./compare.ts";
import { type ParitySource, parityFile } from "./file.ts";

/** The outcome of one file. */
export interface ParityResult {
  readonly name: string;
  readonly ok: boolean;
  /** Largest deviation relative to its bound, as |a − b| and the bound itself. */
  readonly maxError: number;
  readonly tolerance: number;
  /** The tensor where that was. */
  readonly worst?: string;
  /** What is wrong, one sentence each; empty when ok. */
  readonly problems: readonly string[];
}

const failed = (name: string, problem: string): ParityResult => ({
  name,
  ok: false,
  maxError: Number.POSITIVE_INFINITY,
  tolerance: 0,
  problems: [problem],
});

/** The case whose component is the longest that a file's name begins with. */
export const caseOf = (name: string, cases: readonly ParityCase[]): ParityCase | undefined =>
  cases
    .filter(({ component }) => name.startsWith(component))
    .reduce<ParityCase | undefined>(
      (longest, next) => (longest && longest.component.length >= next.component.length ? longest : next),
      undefined,
    );

/** Recomputes one file's outputs by the case of its component and compares every expected tensor. */
export async function checkTensors(
  name: string,
  source: ParitySource,
  cases: readonly ParityCase[],
): Promise<ParityResult> {
  const { tensors } = source;
  const known = caseOf(name, cases);
  if (!known)
    return failed(
      name,
      `unknown component: the name must begin with one of ${cases.map(({ component }) => component).join(", ")}`,
    );
  const expects = known.expected ?? isOutput;
  const { file, read } = parityFile({ name, component: known.component }, source);
  const computed = await known.run(file);
  const problems: string[] = [];
  const expected = file.names.filter(expects);
  if (expected.length === 0) problems.push("the file holds no expected output");
  for (const key of file.names) if (!expects(key) && !read.has(key)) problems.push(`${key}: never read`);
  let worst: { readonly error: number; readonly bound: number; readonly tensor: string } | undefined;
  for (const key of expected) {
    const actual = computed[key];
    if (!actual) {
      problems.push(`${key}: missing output`);
      continue;
    }
    const difference = compare(actual, tensors[key] as NDArray, known.tolerance(file, key));
    if (!difference.ok) problems.push(`${key}: ${difference.problem}`);
    if (!worst || closeness(difference) > closeness(worst)) worst = { ...difference, tensor: key };
  }
  return {
    name,
    ok: problems.length === 0,
    maxError: worst?.error ?? Number.POSITIVE_INFINITY,
    tolerance: worst?.bound ?? 0,
    ...(worst && { worst: worst.tensor }),
    problems,
  };
}

const closeness = ({ error, bound }: { readonly error: number; readonly bound: number }): number =>
  Number.isNaN(error) ? Number.POSITIVE_INFINITY : error === 0 ? 0 : error / bound;

/** Checks one `COMPONENT.VARIANT.safetensors`; whatever goes wrong is a failed result, never a thrown error. */
export async function checkFile(path: string, cases: readonly ParityCase[]): Promise<ParityResult> {
  const name = (path.split(/[\\/]/).pop() ?? path).replace(/\.safetensors$/, "");
  try {
    const { tensors, metadata } = await readSafetensors(path);
    return await checkTensors(name, { tensors, metadata: metadata ?? {}, folder: dirname(path) }, cases);
  } catch (error) {
    return failed(name, error instanceof Error ? error.message : String(error));
  }
}

/** True if a name, or the same with `.safetensors`, matches one of the comma-separated patterns, where `*` is any text and `?` any one character. */
export function matches(name: string, patterns: string): boolean {
  return patterns
    .split(",")
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "")
    .some((pattern) => {
      const source = pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".");
      const whole = new RegExp(`^${source}$`);
      return whole.test(name) || whole.test(`${name}.safetensors`);
    });
}

/** The reference files of a folder, sorted by name; `only` filters by glob. */
export async function parityFiles(folder: string, only?: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".safetensors")).sort();
  return names
    .filter((name) => only === undefined || matches(name.replace(/\.safetensors$/, ""), only))
    .map((name) => join(folder, name));
}
