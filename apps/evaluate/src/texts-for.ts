import { readFile } from "node:fs/promises";
import { needsOf, type Run } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";

/**
 * The texts of a file, one a line, for a run that draws texts; undefined for other runs without one.
 * @throws {GMemError} code `CONFIG` for texts where none are taken, or none where they are.
 */
export async function textsFor(
  { config }: Pick<Run, "config">,
  file: string | undefined,
): Promise<readonly string[] | undefined> {
  const { conditioner } = config;
  const takes = needsOf(conditioner).text === true;
  if (file === undefined && !takes) return undefined;
  if (file === undefined)
    throw new GMemError(
      "CONFIG",
      `run: "${config.name}" draws what is said, got no text; give --texts FILE, a text a line`,
    );
  if (!takes)
    throw new GMemError(
      "CONFIG",
      `--texts: is for runs that are conditioned on text, got conditioner.kind=${conditioner.kind}; leave it out`,
    );
  const texts = (await readFile(file, "utf8"))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  if (texts.length > 0) return texts;
  throw new GMemError("CONFIG", `--texts: must have a text on each line, got none in ${file}`);
}
