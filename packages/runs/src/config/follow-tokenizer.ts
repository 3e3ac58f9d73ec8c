import { existsSync } from "node:fs";
import { downsampling, loadKlVae } from "@gmem/tokenizers/kl-vae";
import { runFiles } from "../folder/run-files.ts";
import { isTree, type Tree } from "./tree.ts";

/**
 * A configuration whose tokenizer was trained, with what its folder says of it: hash and shape of latents. Where no folder is
 * named, it is the one of the run that the configuration begins with.
 * @throws {GMemError} code `WEIGHTS` for a file that is no tokenizer.
 */
export async function followTokenizer(config: Tree): Promise<Tree> {
  const { tokenizer, start } = config;
  if (!isTree(tokenizer) || tokenizer.kind !== "trained") return config;
  const folder = tokenizer.folder ?? (isTree(start) ? start.run : undefined);
  if (typeof folder !== "string" || !existsSync(runFiles(folder).tokenizer)) return config; // said when it is opened
  const { id, config: network } = await loadKlVae(runFiles(folder).tokenizer);
  const said = Object.fromEntries(Object.entries(tokenizer).filter(([, value]) => value !== null));
  const found = { folder, id, channels: network.latentChannels, factor: downsampling(network) };
  return { ...config, tokenizer: { ...found, ...said } };
}
