import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Store } from "@gmem/spec";
import { canonicalJson } from "./job.ts";
import { getObject, putObject } from "./job-files.ts";

/** Bytes of one object: files of any size pass through little memory. */
const piece = 32 * 2 ** 20;

type Index = Readonly<Record<string, readonly string[]>>;

/** Puts files of a folder into a store, in pieces under their hashes. @returns the hash of all of them and their names. */
export async function putFolder(
  store: Store,
  { folder, names }: { readonly folder: string; readonly names: readonly string[] },
): Promise<string> {
  const index: Record<string, readonly string[]> = {};
  for (const name of names) {
    const pieces: string[] = [];
    for await (const bytes of createReadStream(join(folder, name), { highWaterMark: piece }))
      pieces.push(await putObject(store, new Uint8Array(bytes as Buffer)));
    index[name] = pieces;
  }
  return putObject(store, new TextEncoder().encode(canonicalJson(index)));
}

/**
 * Fetches what {@link putFolder} put, each file whole or not at all; those that are there are left as they are.
 * @throws {GMemError} code `STORE` for a piece that is missing or damaged.
 */
export async function getFolder(store: Store, hash: string, folder: string): Promise<void> {
  const index = JSON.parse(new TextDecoder().decode(await getObject(store, hash))) as Index;
  for (const [name, pieces] of Object.entries(index)) {
    const path = join(folder, name);
    if (existsSync(path)) continue;
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}.part`;
    const read = async function* () {
      for (const one of pieces) yield await getObject(store, one);
    };
    await pipeline(Readable.from(read(), { objectMode: false, highWaterMark: 1 }), createWriteStream(draft));
    await rename(draft, path);
  }
}
