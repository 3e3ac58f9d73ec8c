import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFileAtomic } from "@gmem/weights";

/** Puts the content of a file at another path, whole or not at all; one that is there with that content is left alone. */
export async function copyOnce(from: string, to: string): Promise<void> {
  const wanted = await readFile(from);
  const found = await readFile(to).catch(() => undefined);
  if (found?.equals(wanted)) return;
  await mkdir(dirname(to), { recursive: true });
  await writeFileAtomic(to, wanted);
}
