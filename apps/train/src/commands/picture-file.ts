import { constants, existsSync } from "node:fs";
import { access, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { GMemError } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import sharp from "sharp";

const endings = [".png", ".jpg", ".jpeg"];

/** @throws {GMemError} code `CONFIG` for a name that does not end in one of them. */
export function checkEnding(flag: string, path: string, allowed: readonly string[] = endings): void {
  if (allowed.includes(extname(path).toLowerCase())) return;
  throw new GMemError("CONFIG", `${flag} must end in ${allowed.join(", ")}, got ${path}`);
}

/** @throws {GMemError} code `CONFIG` before anything is drawn for a place where no file can be made. Makes nothing. */
export async function checkPlace(path: string): Promise<void> {
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  const fault = (await stat(folder)).isDirectory()
    ? await access(folder, constants.W_OK).then(
        () => undefined,
        () => "a folder that may not be written to",
      )
    : "a file";
  if (fault !== undefined)
    throw new GMemError(
      "CONFIG",
      `sample: ${path} must lie where files can be made, got ${folder}, ${fault}; give --out`,
    );
}

/** Writes a grid, a PNG's bytes, to a file that a person named: as JPEG where it ends so. What was there is replaced. */
export async function writePicture(path: string, png: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const isPng = extname(path).toLowerCase() === ".png";
  const bytes = isPng ? png : await sharp(png).keepXmp().jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer();
  await writeFileAtomic(path, bytes);
}

/** Writes a PNG as `name.png` of a folder, or `name-2.png` and on where that is taken: nothing is replaced. @returns its path. */
export async function keepPicture(folder: string, name: string, png: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let copy = 1; ; copy++) {
    const path = join(folder, `${name}${copy === 1 ? "" : `-${copy}`}.png`);
    try {
      await writeFile(path, png, { flag: "wx" });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
