import type { Store } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { directoryStore } from "./directory-store.ts";
import type { S3Options } from "./s3-requests.ts";
import { s3Store } from "./s3-store.ts";

/** Who asks a bucket, and where it is. */
export type S3Access = Omit<S3Options, "bucket" | "prefix">;

/**
 * The store of a place as people write it: a folder, or `s3://bucket/prefix`.
 * @throws {GMemError} code `CONFIG` for a bucket without credentials, or a place that is neither.
 * @example
 * import { mkdtemp } from "node:fs/promises";
 * const store = openStore(await mkdtemp("store-"));
 */
export function openStore(place: string, access?: S3Access): Store {
  const [, scheme, rest = ""] = /^([a-z0-9]+):\/\/(.*)$/.exec(place) ?? [];
  if (scheme === undefined) return directoryStore(place);
  if (scheme !== "s3") throw new GMemError("CONFIG", `store: a folder or s3://bucket/prefix, got ${scheme}://…`);
  if (!access)
    throw new GMemError("CONFIG", "store: a bucket needs credentials: an id and a secret of a key, got none");
  const [bucket = "", ...parts] = rest.replace(/\/+$/, "").split("/");
  return s3Store({ ...access, bucket, prefix: parts.length > 0 ? `${parts.join("/")}/` : "" });
}
