import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

export interface Site {
  /** HTML by path. */
  readonly pages: Readonly<Record<string, string>>;
  /** Folders by what their files' paths begin with. */
  readonly folders: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".png": "image/png",
};

/** A site on this machine, with the headers that threads of WebAssembly need. */
export async function serve(site: Site): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(site, new URL(request.url ?? "/", "http://site").pathname, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function answer({ pages, folders, files }: Site, path: string, response: ServerResponse): Promise<void> {
  const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  const folder = Object.keys(folders).find((prefix) => path.startsWith(prefix));
  const file = files[path] ?? (folder && join(folders[folder] as string, path.slice(folder.length)));
  const body = pages[path] ?? (file && (await readFile(file).catch(() => undefined)));
  const type = types[extname(file ?? "page.html")] ?? "application/octet-stream";
  response.writeHead(body === undefined ? 404 : 200, { ...headers, "Content-Type": type });
  response.end(body);
}
