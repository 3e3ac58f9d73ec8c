import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { getFolder, type JobContext, putFolder } from "@gmem/jobs";
import type { Engine } from "@gmem/tensor";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { openRun, type Run } from "../open/open-run.ts";

/** What drawing from a run and exporting it need of its folder: not its checkpoints, nor what came of it. */
const needed = /^(config\.json|[^/]+\.safetensors|bank\/[^/]+\.(safetensors|jsonl)|texts\/.+|null\/.+)$/;

/** Puts what is needed of a run into the store. @returns its hash. @throws {GMemError} code `CONFIG` for a folder without a run. */
export async function putRun(folder: string, { store }: Pick<JobContext, "store">): Promise<string> {
  readRunConfig(runFiles(folder)); // says what is wrong with the folder, before any of it is sent
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(folder, "/").length).replaceAll("\\", "/"));
  return putFolder(store, { folder, names: paths.filter((path) => needed.test(path)).sort() });
}

/** Fetches such a run unless this machine has it, and opens it. */
export async function openPutRun(
  hash: string,
  { store, scratch, ...work }: JobContext & { readonly engine?: Engine },
): Promise<Run> {
  const folder = join(scratch, `run-${hash.slice(0, 16)}`);
  await getFolder(store, hash, folder);
  return openRun(folder, work);
}
