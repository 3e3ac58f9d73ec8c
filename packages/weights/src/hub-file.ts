import { homedir } from "node:os";
import { join } from "node:path";
import { exists, hubCache, isCommit } from "./hub-cache.ts";
import { hubClient } from "./hub-client.ts";
import { download } from "./hub-download.ts";
import { HubError } from "./hub-error.ts";
import { type HubReference, parseHubReference, showHubReference } from "./hub-reference.ts";
import { fileError } from "./weights-error.ts";

export interface HubFileOptions {
  /** The Python library's cache; default `~/.cache/huggingface/hub`. */
  readonly cacheDir?: string;
  /** Default `https://huggingface.co`. */
  readonly hubUrl?: string;
  /** Of an account that can read the repository: `hf_...`. */
  readonly token?: string;
  readonly signal?: AbortSignal;
  /** Bytes of the file that are here, of all; not called for a file in the cache. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

/**
 * A file of the Hugging Face Hub on this disk. It is fetched once, checked against the hub's checksum, and shared with the
 * Python library by its cache; a download that broke off goes on where it stopped. When the hub cannot be reached, the
 * revision's last known file is taken; a commit that is in the cache is never asked for.
 * @throws {HubError} code `HUB`: no such thing, no access, no connection, damaged on the way.
 * @throws {WeightsError} code `DISK_FULL` or `WEIGHTS` @throws {GMemError} code `ABORTED`
 * @example
 * // no-run
 * const path = await hubFile("hf:stabilityai/sd-vae-ft-ema/diffusion_pytorch_model.safetensors");
 * const { tensors } = await readWeights(path);
 */
export async function hubFile(reference: string | HubReference, options: HubFileOptions = {}): Promise<string> {
  const shown = typeof reference === "string" ? reference : showHubReference(reference);
  const wanted = parseHubReference(shown);
  const { hubUrl = "https://huggingface.co", token, signal, onProgress } = options;
  const cache = hubCache(options.cacheDir ?? join(homedir(), ".cache", "huggingface", "hub"), wanted);
  const client = hubClient(wanted, { hubUrl: hubUrl.replace(/\/+$/, ""), token, signal });
  const last = await cache.commit();
  const known = last === undefined ? undefined : await cache.find(last);
  if (known !== undefined && isCommit(wanted.revision)) return known;
  try {
    const commit = await current();
    if (commit === undefined) return known as string;
    const path = (await cache.find(commit)) ?? (await fetched(commit));
    await cache.remember(commit);
    return path;
  } catch (cause) {
    throw fileError(shown, "write", cause);
  }

  /** What the revision stands for now; undefined if the hub does not answer and what is known must do. */
  async function current(): Promise<string | undefined> {
    if (isCommit(wanted.revision)) return wanted.revision;
    try {
      return await client.commit();
    } catch (cause) {
      if (known !== undefined && cause instanceof HubError && cause.reason === "unreachable") return undefined;
      throw cause;
    }
  }

  async function fetched(commit: string): Promise<string> {
    const remote = await client.file(commit);
    const blob = await cache.blob(remote.etag);
    const content = (start: number): AsyncIterable<Uint8Array> => client.content(commit, start);
    if (!(await exists(blob))) await download(blob, remote, { reference: shown, content, onProgress });
    return cache.add(commit, blob);
  }
}
