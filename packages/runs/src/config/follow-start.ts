import { readFileSync } from "node:fs";
import { runFiles } from "../folder/run-files.ts";
import { isTree, merge, type Tree } from "./tree.ts";

/**
 * A configuration that begins with another run, with that run's encoder and S-Adapter where it says nothing of its own, and
 * with its adapter from texts to snippets: a network understands the snippets of one encoder only.
 * @param own what is said by the person, not by a preset.
 */
export function followStart(config: Tree, own: Tree): Tree {
  const { start } = config;
  if (!isTree(start) || typeof start.run !== "string" || start.encoder === "new") return config;
  const before = storedConfig(start.run);
  if (!before || !remembers(before) || !remembers(config)) return config;
  const result = { ...config };
  for (const name of ["encoder", "adapter", "textEncoder"]) {
    const [kept, said] = [before[name], own[name] ?? {}];
    if (!isTree(kept) || !isTree(said)) continue;
    if (said.kind === undefined || said.kind === kept.kind) result[name] = merge(kept, said);
  }
  const [was, is] = [before.conditioner, config.conditioner];
  if (isTree(was) && isTree(is) && was.kind === "t2s" && is.kind === "t2s") {
    const { hidden, gain } = was;
    result.conditioner = { ...is, hidden, gain, ...(isTree(own.conditioner) && own.conditioner) };
  }
  return result;
}

/** What the run's folder keeps; undefined where there is none to read, which is said when the run begins. */
function storedConfig(run: string): Tree | undefined {
  try {
    const { config } = JSON.parse(readFileSync(runFiles(run).config, "utf8")) as Tree;
    return isTree(config) ? config : undefined;
  } catch {
    return undefined;
  }
}

/** True where snippets condition the model. */
function remembers({ conditioner = {} }: Tree): boolean {
  if (!isTree(conditioner)) return false;
  const { kind = "memory-bank", needs } = conditioner;
  return kind === "memory-bank" || kind === "t2s" || (kind === "module" && isTree(needs) && needs.snippets === true);
}
