import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/** Folders by the first part of an address; anything else is a page, as single-page applications answer. */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly asked: string[]; close(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const [, name = "", ...path] = normalize(request.url ?? "").split("/");
    const folder = folders[name];
    if (folder === undefined) {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end("<!doctype html>");
      return;
    }
    readFile(join(folder, ...path)).then(
      (bytes) => response.writeHead(200).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.keepAliveTimeout = 600_000; // opening a program takes longer than Node keeps connections
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, asked, close };
}
