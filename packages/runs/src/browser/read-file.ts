import { GMemError } from "@gmem/tensor";

/** Bytes of a file by its name. */
export type ReadFile = (name: string) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Reads files below an address.
 * @param option names what says where they are, for the error: `code` `WEIGHTS` for a file that is not there.
 */
export function filesAt(address: string | URL, option: string): ReadFile {
  const base = new URL(address, (globalThis as { readonly location?: { readonly href: string } }).location?.href);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return async (name) => {
    const url = new URL(name, base);
    const missing = (got: string, cause?: unknown): GMemError =>
      new GMemError(
        "WEIGHTS",
        `browser: needs ${url.href}, got ${got}; serve that folder, and give its address as { ${option} }`,
        {
          cause,
        },
      );
    const response = await fetch(url).catch((cause: unknown) => {
      throw missing("no answer", cause);
    });
    if (!response.ok) throw missing(`status ${response.status}`);
    if (response.headers.get("content-type")?.startsWith("text/html")) throw missing("a page");
    return new Uint8Array(await response.arrayBuffer());
  };
}

/** A file that is JSON. @throws {GMemError} code `FORMAT` for another. */
export async function readJson<T>(read: ReadFile, name: string): Promise<T> {
  const text = new TextDecoder().decode(await read(name));
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new GMemError("FORMAT", `browser: ${name} must be JSON; copy the model's folder again`, { cause });
  }
}
