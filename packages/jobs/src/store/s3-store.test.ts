import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { testStore } from "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../test/free-port.ts";
import { type Moto, noMoto, startMoto } from "../../test/moto.ts";
import { openStore } from "./open-store.ts";
import { s3Store } from "./s3-store.ts";

const secret = { accessKeyId: "AKIDNAME", secretAccessKey: "not-to-be-told" };

if (noMoto) it.skip(`S3 (skipped: ${noMoto})`, () => undefined);
describe.skipIf(noMoto)("S3", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto.stop());

  testStore("S3 by moto", async () => s3Store(await moto.bucket()));

  it("keeps to its prefix", async () => {
    const { bucket, ...access } = await moto.bucket();
    const [mine, all] = [openStore(`s3://${bucket}/some/where/`, access), openStore(`s3://${bucket}`, access)];
    await mine.put("a/b", Uint8Array.of(1));
    await all.put("else", Uint8Array.of(2));
    const keys: string[] = [];
    for await (const key of mine.list("")) keys.push(key);
    expect(keys).toEqual(["a/b"]);
    expect(await all.get("some/where/a/b")).toEqual(Uint8Array.of(1));
  });

  it("sends what is above 64 MB in parts, whole or not at all", async () => {
    const store = s3Store(await moto.bucket());
    const bytes = new Uint8Array(64 * 2 ** 20 + 5).fill(7, 10, 20);
    bytes.set([1, 2, 3, 4, 5], 64 * 2 ** 20);
    expect(await store.putIfAbsent("large", bytes)).toBe(true);
    expect(await store.head("large")).toEqual({ size: bytes.length });
    const end = { start: bytes.length - 6, end: bytes.length };
    expect(await store.get("large", end)).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5));
    expect(await store.putIfAbsent("large", bytes.fill(9))).toBe(false);
    expect(await store.get("large", end)).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5));
  });

  it("says that there is no such bucket", async () => {
    const store = s3Store({ ...(await moto.bucket()), bucket: "never-made" });
    await expect(store.get("a")).rejects.toThrow(/make (it|the bucket) first/);
    await expect(store.put("a", Uint8Array.of(1))).rejects.toThrow(/NoSuchBucket; make the bucket first/);
  });
});

/** A server that answers as told, one answer after the other. */
async function server(answers: readonly (readonly [number, string])[]): Promise<Server> {
  const left = answers.values();
  const listening = createServer((request, response) => {
    request.resume();
    const [status, body] = left.next().value ?? [200, ""];
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return listening;
}
const endpointOf = (listening: Server): string => `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;

it("asks again while the server is at fault, and gives up when its patience ends", async () => {
  const passing = await server([
    [503, ""],
    [500, ""],
    [200, "here"],
  ]);
  const patient = s3Store({ bucket: "bucket", endpoint: endpointOf(passing), ...secret });
  expect(new TextDecoder().decode(await patient.get("a"))).toBe("here");
  passing.close();
  const away = s3Store({
    bucket: "bucket",
    endpoint: `http://127.0.0.1:${await freePort()}`,
    patience: 300,
    ...secret,
  });
  await expect(away.get("a")).rejects.toMatchObject({ code: "STORE", reason: "unreachable" });
  await expect(away.get("a")).rejects.toThrow(/ECONNREFUSED; check the endpoint/);
});

it("says that access is denied, at once and without a credential", async () => {
  const xml = "<Error><Code>InvalidAccessKeyId</Code><AWSAccessKeyId>AKIDNAME</AWSAccessKeyId></Error>";
  const strict = await server([[403, xml]]);
  const store = s3Store({ bucket: "bucket", endpoint: endpointOf(strict), ...secret });
  const error = (await store.put("a", Uint8Array.of(1)).catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code: "STORE", reason: "denied" });
  expect(error.message).toMatch(/403 InvalidAccessKeyId; check the credentials/);
  expect(error.message + JSON.stringify(error)).not.toMatch(/AKIDNAME|not-to-be-told/);
  strict.close();
});

it("does not take a whole object for a range of it", async () => {
  const careless = await server([[200, "0123456789"]]);
  const store = s3Store({ bucket: "bucket", endpoint: endpointOf(careless), ...secret });
  await expect(store.get("a", { start: 2, end: 4 })).rejects.toMatchObject({ reason: "damaged" });
  careless.close();
});

it("refuses a bucket and an endpoint that are none", () => {
  expect(() => s3Store({ bucket: "A", ...secret })).toThrow(/a bucket's name/);
  expect(() => s3Store({ bucket: "abc", endpoint: "127.0.0.1:9000", ...secret })).toThrow(/the endpoint is a URL/);
});
