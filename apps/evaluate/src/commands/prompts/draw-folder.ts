import { drawPrompts, needsOf, openRun, type PromptFiles } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";
import { hubSettings, progressLines, stopOnInterrupt } from "@gmem/terminal";

export interface DrawingFlags {
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
}

/**
 * Draws the pictures of a benchmark's prompts, word for word, in its own layout; what is there is not drawn again.
 * @returns the folder.
 */
export async function drawFolder(
  where: string,
  folder: string,
  { files, flags }: { readonly files: readonly PromptFiles[]; readonly flags: DrawingFlags },
): Promise<string> {
  const { out, seed } = flags;
  if (out === undefined) throw new GMemError("CONFIG", `${where}: needs --out FOLDER for the pictures, got none`);
  const onProgress = progressLines();
  const run = await openRun(folder, { hub: hubSettings(), onProgress });
  try {
    const { conditioner } = run.config;
    if (!needsOf(conditioner).text)
      throw new GMemError(
        "CONFIG",
        `${where}: "${folder}" must be conditioned on text, got conditioner.kind=${conditioner.kind}`,
      );
    const signal = stopOnInterrupt("the same command draws what is missing");
    const { drawn, kept } = await drawPrompts(run, files, { folder: out, seed, signal, onProgress });
    const total = drawn + kept;
    onProgress({ stage: "images", done: total, total, result: `${drawn} drawn, ${kept} were there` });
    return out;
  } finally {
    await run.close();
  }
}
