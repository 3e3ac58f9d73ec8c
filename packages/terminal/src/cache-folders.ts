import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A folder of ours in the user's cache, under XDG_CACHE_HOME where that is set: what it holds can be deleted at any time. */
export const cacheFolder = (name: string, environment: NodeJS.ProcessEnv = process.env): string =>
  join(environment.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gmem", name);

const inceptionFile = "pt_inception-2015-12-05-6726825d.pth";

/** The feature extractor `inception` with the file where PyTorch's programs keep it, if they have fetched it; others as they are. */
export function withFetchedWeights(word: string, environment: NodeJS.ProcessEnv = process.env): string {
  const home = environment.TORCH_HOME ?? join(homedir(), ".cache", "torch");
  const path = join(home, "hub", "checkpoints", inceptionFile);
  return word === "inception" && existsSync(path) ? `${word}=${path}` : word;
}
