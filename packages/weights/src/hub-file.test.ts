import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array } from "@gmem/tensor";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hubFile } from "./hub-file.ts";
import { hubFileSize } from "./hub-file-size.ts";
import { readSafetensors } from "./read-safetensors.ts";
import { writeSafetensors } from "./write-safetensors.ts";

const first = "a".repeat(40);
const second = "b".repeat(40);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const gitId = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
const large = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 2654435761) >>> 13);
const small = new TextEncoder().encode('{"hidden_size": 1152}');

/** A hub on this machine: the answers of the real one to the questions that are asked, over one repository. */
const hub = {
  refs: { main: first, "refs/pr/1": second } as Record<string, string>,
  files: { "dir/large #1.bin": large, "config.json": small, "empty.txt": new Uint8Array(0) } as Record<
    string,
    Uint8Array
  >,
  /** Requests for content: range asked, authorization. */
  content: [] as { range: string | undefined; token: string | undefined }[],
  requests: 0,
  /** Bytes after which a connection breaks. */
  breakAfter: Number.POSITIVE_INFINITY,
  /** Bytes after which the connection stays open and silent. */
  stallAfter: Number.POSITIVE_INFINITY,
  corrupt: false,
  gated: false,
  answer: 200,
};
const initial = structuredClone(hub);
let server: Server;
let hubUrl = "";
let cacheDir = "";

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "x-error-code": code, "x-error-message": `${code} says the hub` }).end(code);
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  hub.requests++;
  const url = new URL(request.url ?? "/", hubUrl);
  const path = decodeURIComponent(url.pathname);
  if (hub.answer !== 200) return refuse(response, hub.answer, "");
  if (!/^\/(api\/models\/)?owner\/name\//.test(path)) return refuse(response, 401, "RepoNotFound");
  const [, kind = "", rest = ""] = /\/owner\/name\/(revision|paths-info|resolve|cdn)\/(.*)$/.exec(path) ?? [];
  const named = Object.entries(hub.refs).find(([name, id]) =>
    [name, id].some((r) => rest === r || rest.startsWith(`${r}/`)),
  );
  if (!named) return refuse(response, 404, "RevisionNotFound");
  const [, commit] = named;
  if (kind === "revision") {
    const body = { _id: "1", id: "owner/name", sha: commit, lastModified: "2025-01-01T00:00:00.000Z" };
    return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  }
  if (kind === "paths-info") {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { paths } = JSON.parse(String(Buffer.concat(parts))) as { paths: string[] };
    const infos = paths.flatMap((name) => {
      const bytes = hub.files[name];
      const lfs = bytes && bytes.length > 1000 ? { lfs: { oid: sha256(bytes), size: bytes.length } } : {};
      return bytes ? [{ type: "file", path: name, oid: gitId(bytes), size: bytes.length, ...lfs }] : [];
    });
    return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(infos));
  }
  if (hub.gated && request.headers.authorization !== "Bearer hf_member") return refuse(response, 403, "GatedRepo");
  const name = rest.slice(commit.length + 1);
  const bytes = hub.files[name];
  if (!bytes) return refuse(response, 404, "EntryNotFound");
  if (kind === "resolve" && bytes.length > 1000)
    return void response.writeHead(302, { location: request.url?.replace("/resolve/", "/cdn/") }).end();
  const { range } = request.headers;
  const [, from = "0", to = ""] = /bytes=(\d+)-(\d*)/.exec(range ?? "") ?? [];
  const isProbe = to === "0";
  const end = to === "" ? bytes.length : Number(to) + 1;
  if (!isProbe) hub.content.push({ range, token: request.headers.authorization });
  const part = Uint8Array.from(bytes.subarray(Number(from), end));
  if (hub.corrupt && !isProbe) part[5] = (part[5] as number) ^ 1;
  const status = range === undefined ? 200 : 206;
  response.writeHead(status, {
    etag: `"${sha256(bytes)}"`,
    "content-length": part.length,
    "content-range": `bytes ${from}-${end - 1}/${bytes.length}`,
  });
  const limit = Math.min(hub.breakAfter, hub.stallAfter);
  if (part.length <= limit) return void response.end(part);
  response.write(part.subarray(0, limit), () => void (hub.breakAfter < part.length && response.destroy()));
}

beforeAll(async () => {
  server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  Object.assign(hub, structuredClone(initial));
  cacheDir = mkdtempSync(join(tmpdir(), "gmem-hub-"));
});

const fetchFile = (reference: string, options: Parameters<typeof hubFile>[1] = {}): Promise<string> =>
  hubFile(reference, { cacheDir, hubUrl, ...options });
const largeFile = "hf:owner/name/dir/large #1.bin";
const blobs = (): string[] => readdirSync(join(cacheDir, "models--owner--name", "blobs"));

describe("a file of a hub", () => {
  it("is fetched into the layout of the Python library, with its progress", async () => {
    const seen: [number, number][] = [];
    const path = await fetchFile(largeFile, { onProgress: (bytes, total) => seen.push([bytes, total]) });
    const root = join(cacheDir, "models--owner--name");
    expect(path).toBe(join(root, "snapshots", first, "dir", "large #1.bin"));
    expect(readlinkSync(path)).toBe(join("..", "..", "..", "blobs", sha256(large)));
    expect(sha256(readFileSync(path))).toBe(sha256(large));
    expect(readFileSync(join(root, "refs", "main"), "utf8")).toBe(first);
    expect(blobs()).toEqual([sha256(large)]);
    expect(seen[0]).toEqual([0, large.length]);
    expect(seen.at(-1)).toEqual([large.length, large.length]);
    expect(seen.map(([bytes]) => bytes)).toEqual(seen.map(([bytes]) => bytes).sort((a, b) => a - b));
  });
  it("says its size without being fetched", async () => {
    expect(await hubFileSize(largeFile, { hubUrl })).toBe(large.length);
    await expect(hubFileSize("hf:owner/name/none.txt", { hubUrl })).rejects.toMatchObject({ code: "HUB" });
    expect(hub.content).toEqual([]);
  });
  it("has its git id checked where it is small, and may be empty", async () => {
    expect(sha256(readFileSync(await fetchFile("hf:owner/name/config.json")))).toBe(sha256(small));
    expect(blobs()).toEqual([gitId(small)]);
    expect(readFileSync(await fetchFile("hf:owner/name/empty.txt")).length).toBe(0);
  });
  it("is not transferred again, by branch, by commit, or at another commit", async () => {
    const path = await fetchFile(largeFile);
    expect(hub.content.length).toBe(1);
    expect(await fetchFile(largeFile)).toBe(path);
    const other = await fetchFile(`${largeFile}@refs/pr/1`);
    expect(other).toContain(second);
    expect(hub.content.length).toBe(1);
    const before = hub.requests;
    expect(await fetchFile(`${largeFile}@${first}`)).toBe(path);
    expect(hub.requests).toBe(before);
  });
  it("goes on where it broke off and asks only for the rest", async () => {
    hub.breakAfter = 1_000_000;
    await expect(fetchFile(largeFile)).rejects.toMatchObject({ code: "HUB", reason: "unreachable" });
    hub.breakAfter = Number.POSITIVE_INFINITY;
    hub.content.length = 0;
    const seen: number[] = [];
    const path = await fetchFile(largeFile, { onProgress: (bytes) => seen.push(bytes) });
    expect(sha256(readFileSync(path))).toBe(sha256(large));
    expect(seen[0]).toBeGreaterThan(0);
    expect(hub.content.map(({ range }) => range)).toEqual([`bytes=${seen[0]}-${large.length - 1}`]);
  });
  it("of another content than its checksum is refused and nothing of it stays", async () => {
    hub.corrupt = true;
    for (const name of [largeFile, "hf:owner/name/config.json"])
      await expect(fetchFile(name)).rejects.toMatchObject({ code: "HUB", reason: "damaged" });
    expect(blobs()).toEqual([]);
    hub.corrupt = false;
    expect(sha256(readFileSync(await fetchFile(largeFile)))).toBe(sha256(large));
  });
  it("is whole when several ask for it at once", async () => {
    const paths = await Promise.all([1, 2, 3, 4].map(() => fetchFile(largeFile)));
    expect(new Set(paths).size).toBe(1);
    expect(sha256(readFileSync(paths[0] as string))).toBe(sha256(large));
    expect(blobs()).toEqual([sha256(large)]);
  });
  it("is read as weights", async () => {
    const local = join(cacheDir, "a.safetensors");
    await writeSafetensors(local, { w: array([1, 2, 3]) });
    hub.files["model.safetensors"] = Uint8Array.from(readFileSync(local));
    const { tensors } = await readSafetensors(await fetchFile("hf:owner/name/model.safetensors@main"));
    expect(tensors.w?.data).toEqual(Float32Array.of(1, 2, 3));
  });
});

describe("a file that cannot be had", () => {
  const cases: [string, string, string, RegExp][] = [
    [
      "a file that is not there",
      "hf:owner/name/none.bin",
      "missing",
      /must have that file; see .*\/owner\/name\/tree\/main/,
    ],
    ["a revision that is not there", "hf:owner/name/config.json@v9", "missing", /revision must exist/],
    ["a repository that is not there", "hf:owner/other/config.json", "missing", /check its name, or pass a `token`/],
  ];
  it.each(cases)("%s says what to do", async (_, reference, reason, words) => {
    const error = await fetchFile(reference).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "HUB", reason, message: expect.stringMatching(words) });
  });
  it("of a gated repository needs a token that may read it, which is sent", async () => {
    hub.gated = true;
    const words = /conditions must be accepted at http:.*\/owner\/name/;
    for (const options of [{}, { token: "hf_stranger" }])
      await expect(fetchFile(largeFile, options)).rejects.toMatchObject({
        reason: "denied",
        message: expect.stringMatching(words),
      });
    const error = await fetchFile(largeFile, { token: "secret" }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ reason: "denied", message: expect.not.stringContaining("secret") });
    await fetchFile(largeFile, { token: "hf_member" });
    expect(hub.content.at(-1)?.token).toBe("Bearer hf_member");
  });
  it("stops by its signal and goes on later", async () => {
    hub.stallAfter = 500_000;
    const stop = new AbortController();
    const running = fetchFile(largeFile, {
      signal: stop.signal,
      onProgress: (bytes) => void (bytes > 100_000 && stop.abort()),
    });
    await expect(running).rejects.toMatchObject({ code: "ABORTED" });
    hub.stallAfter = Number.POSITIVE_INFINITY;
    expect(sha256(readFileSync(await fetchFile(largeFile)))).toBe(sha256(large));
    expect(hub.content.at(-1)?.range).toMatch(/^bytes=[1-9]/);
    await expect(fetchFile("hf:owner/name/config.json", { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
  it.each([
    ["no hub there", "http://127.0.0.1:1", 200],
    ["a hub in trouble", "", 503],
  ])("%s: what is cached is taken, else the reason given", async (_, url, answer) => {
    const path = await fetchFile(largeFile);
    hub.answer = answer;
    const options = url === "" ? {} : { hubUrl: url };
    expect(await fetchFile(largeFile, options)).toBe(path);
    await expect(fetchFile("hf:owner/name/config.json", options)).rejects.toMatchObject({ reason: "unreachable" });
    await expect(fetchFile(`${largeFile}@other`, options)).rejects.toMatchObject({ reason: "unreachable" });
  });
  it("is not replaced by an older one when a new one breaks off", async () => {
    await fetchFile("hf:owner/name/config.json");
    hub.refs.main = second;
    hub.files["config.json"] = new TextEncoder().encode('{"hidden_size": 1153}');
    hub.breakAfter = 3;
    await expect(fetchFile("hf:owner/name/config.json")).rejects.toMatchObject({ reason: "unreachable" });
    hub.breakAfter = Number.POSITIVE_INFINITY;
    expect(readFileSync(await fetchFile("hf:owner/name/config.json"), "utf8")).toContain("1153");
  });
  it("in a folder that cannot be made is an error of the file system", async () => {
    const file = join(cacheDir, "file");
    await writeFile(file, "");
    await expect(fetchFile(largeFile, { cacheDir: file })).rejects.toMatchObject({ code: "WEIGHTS" });
  });
});
