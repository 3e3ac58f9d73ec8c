import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const commit = "c".repeat(40);

export interface LoopbackHub {
  readonly url: string;
  /** `owner/name/file` of what was downloaded, in order. */
  readonly fetched: readonly string[];
  close(): void;
}

/** A hub on this machine with the files `owner/name/file`: the answers of the real one to the questions that are asked. */
export async function loopbackHub(files: Readonly<Record<string, Uint8Array>>): Promise<LoopbackHub> {
  const fetched: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://hub").pathname);
    const [, repo = "", kind = "", rest = ""] =
      /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(revision|paths-info|resolve)\/(.*)$/.exec(path) ?? [];
    const json = (body: unknown): void =>
      void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (kind === "revision") return json({ _id: "1", id: repo, sha: commit, lastModified: "2025-01-01T00:00:00.000Z" });
    if (kind === "paths-info") {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { paths } = JSON.parse(String(Buffer.concat(parts))) as { paths: string[] };
      return json(
        paths.flatMap((name) => {
          const bytes = files[`${repo}/${name}`];
          if (!bytes) return [];
          const oid = createHash("sha256").update(bytes).digest("hex");
          return [
            { type: "file", path: name, oid: "0".repeat(40), size: bytes.length, lfs: { oid, size: bytes.length } },
          ];
        }),
      );
    }
    const name = `${repo}/${rest.slice(commit.length + 1)}`;
    const bytes = files[name];
    if (!bytes) return void response.writeHead(404, { "x-error-code": "EntryNotFound" }).end();
    const [, from = "0", to = ""] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    const end = to === "" ? bytes.length : Number(to) + 1;
    if (to !== "0") fetched.push(name);
    const part = bytes.subarray(Number(from), end);
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      etag: `"${createHash("sha256").update(bytes).digest("hex")}"`,
      "content-length": part.length,
      "content-range": `bytes ${from}-${end - 1}/${bytes.length}`,
    });
    response.end(part);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fetched,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
