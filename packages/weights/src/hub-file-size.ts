import { isCommit } from "./hub-cache.ts";
import { hubClient } from "./hub-client.ts";
import type { HubFileOptions } from "./hub-file.ts";
import { parseHubReference } from "./hub-reference.ts";

/**
 * Bytes of a file of the Hugging Face Hub, which is not fetched.
 * @throws {HubError} code `HUB`: no such thing, no access, no connection. @throws {GMemError} code `ABORTED`
 * @example
 * // no-run
 * const bytes = await hubFileSize("hf:stabilityai/sd-vae-ft-ema/diffusion_pytorch_model.safetensors");
 */
export async function hubFileSize(
  reference: string,
  options: Pick<HubFileOptions, "hubUrl" | "token" | "signal"> = {},
): Promise<number> {
  const { hubUrl = "https://huggingface.co", token, signal } = options;
  const wanted = parseHubReference(reference);
  const client = hubClient(wanted, { hubUrl: hubUrl.replace(/\/+$/, ""), token, signal });
  const { size } = await client.file(isCommit(wanted.revision) ? wanted.revision : await client.commit());
  return size;
}
