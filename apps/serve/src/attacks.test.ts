import { request } from "node:http";
import { connect } from "node:net";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenTiny, openTiny, settings } from "../test/open-tiny.ts";
import { tinyRun } from "../test/tiny-run.ts";
import { checkSettings } from "./settings.ts";

let folder: string;
let server: OpenTiny;
beforeAll(async () => {
  folder = await tinyRun();
  server = await openTiny([folder]);
});
afterAll(() => server.stop(1));

/** A request whose headers fetch would not send. */
function raw(path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${server.url}${path}`, { headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** A PNG whose header says that it is of so many pixels a side. */
function claiming(side: number, png: Buffer): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(side, 16);
  changed.writeUInt32BE(side, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

describe("a server that is attacked", () => {
  it("does not answer to a foreign name or origin", async () => {
    for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::2]"])
      expect(await raw("/v1/runs", { host })).toMatchObject({
        status: 403,
        body: expect.stringContaining("FOREIGN_HOST"),
      });
    for (const origin of ["https://evil.example", "null", `${server.url}.evil.example`])
      expect(await raw("/v1/runs", { origin })).toMatchObject({
        status: 403,
        body: expect.stringContaining("FOREIGN_ORIGIN"),
      });
    const own = { origin: server.url };
    expect((await raw("/v1/runs", own)).status).toBe(200);
  });

  it("does not start where others reach it without a token", () => {
    expect(() => checkSettings({ ...settings, host: "0.0.0.0" })).toThrow(/needs a token/);
    expect(() => checkSettings({ ...settings, host: "0.0.0.0", token: "short" })).toThrow(/8 characters/);
    expect(() => checkSettings({ ...settings, host: "0.0.0.0", token: "long enough" })).not.toThrow();
  });

  it("takes JSON only, and no more of it than it says", async () => {
    const plain = { headers: { "content-type": "text/plain" } };
    expect((await server.ask("/v1/samples", {}, plain)).status).toBe(415);
    const form = { headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect((await server.ask("/v1/samples", {}, form)).status).toBe(415);
    const large = await server.ask("/v1/samples", { text: "x".repeat(2 ** 20) });
    expect(large).toMatchObject({ status: 413, json: { error: { limit: "max-body", allowed: 2 ** 20 } } });
    const torn = await server.ask("/v1/samples", undefined, {
      method: "POST",
      body: '{"count":',
      headers: { "content-type": "application/json" },
    });
    expect(torn.status).toBe(400);
    const polluted = await server.ask("/v1/samples", undefined, {
      method: "POST",
      body: '{"__proto__":{"count":3}}',
      headers: { "content-type": "application/json" },
    });
    expect(polluted.status).toBe(400);
  });

  it("refuses pictures that become larger than they look, and what is no picture", async () => {
    const bomb = claiming(
      20_000,
      await sharp({ create: { width: 8, height: 8, channels: 3, background: "#fff" } })
        .png()
        .toBuffer(),
    );
    const sent = await server.ask("/v1/samples", { image: bomb.toString("base64") });
    expect(sent).toMatchObject({ status: 413, json: { error: { param: "image", limit: "pixels" } } });
    const form = new FormData();
    form.set("image", new Blob(["<svg onload=x>"]), "../../etc/passwd");
    expect((await server.ask("/v1/runs/tiny/bank/rows", form)).status).toBe(400);
    expect((await server.ask("/v1/settings", form)).status).toBe(400);
  });

  it.each([
    "/v1/runs/..%2f..%2fetc/bank",
    "/v1/runs/tiny%00/bank",
    "/v1/runs/.../bank/0/image",
    "/v1/jobs/..%2f..%2f/images/0.png",
    "/v1/jobs/x/images/..%2f0.png",
    "/../package.json",
    "/v1/runs/tiny/bank/-1/image",
    "/v1/jobs/%3E%C3%AA%F1%9A%BD%B3/zip",
    `/v1/runs/${"x".repeat(300)}/bank`,
  ])("gives nothing for %s", async (path) => {
    const { status, body } = await raw(path, {});
    expect([400, 404, 414]).toContain(status);
    expect(JSON.parse(body).error.code).toBeTruthy();
  });

  it("asks for the token everywhere but of its health", async () => {
    const guarded = await openTiny([folder], { token: "a-long-secret" });
    const statuses = async (headers: Record<string, string>) =>
      Promise.all(
        ["/v1/runs", "/v1/jobs", "/metrics", "/v1/models", "/healthz", "/readyz"].map(
          async (path) => (await guarded.ask(path, undefined, { headers })).status,
        ),
      );
    expect(await statuses({})).toEqual([401, 401, 401, 401, 200, 200]);
    expect(await statuses({ authorization: "Bearer a-long-secreT" })).toEqual([401, 401, 401, 401, 200, 200]);
    expect(await statuses({ authorization: "Bearer a-long-secret" })).toEqual([200, 200, 200, 200, 200, 200]);
    await guarded.stop(1);
  });

  it("does not wait for ever for a body that does not come", async () => {
    const hurried = await openTiny([folder], { patience: 300 });
    const { port } = new URL(hurried.url);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1");
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.on("close", () => resolve(text));
      socket.write(
        `POST /v1/samples HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
      );
    });
    expect(answer).toContain("408");
    await hurried.stop(1);
  });
});
