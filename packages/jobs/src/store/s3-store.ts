import type { Store } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { readXml } from "./read-xml.ts";
import { partSize, putInParts } from "./s3-multipart.ts";
import { type S3Options, s3Requests } from "./s3-requests.ts";
import { StoreError } from "./store-error.ts";
import { checkKey, checkPrefix, checkRange } from "./store-key.ts";

/**
 * A store in a bucket of anything that speaks S3 with `If-None-Match`: Amazon, MinIO, Ceph, R2. Requests carry the SHA-256
 * of what they send, objects above 64 MB go in parts, and while nothing answers requests are sent again for `patience`.
 * @throws {GMemError} code `CONFIG` for an endpoint, a bucket or a prefix that is none, and for such keys from every method.
 * @throws {StoreError} code `STORE` from every method.
 * @example
 * // no-run
 * declare const secrets: { readonly accessKeyId: string; readonly secretAccessKey: string };
 * const store = s3Store({ bucket: "work", endpoint: "http://127.0.0.1:9000", ...secrets });
 * await store.putIfAbsent("jobs/one.json", new TextEncoder().encode("{}"));
 */
export function s3Store(options: S3Options): Store {
  const { bucket, prefix = "", endpoint } = options;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw new GMemError("CONFIG", `s3: a bucket's name is 3 to 63 of a-z, 0-9, . and -, got ${JSON.stringify(bucket)}`);
  if (endpoint !== undefined && !(URL.canParse(endpoint) && /^https?:/.test(endpoint)))
    throw new GMemError(
      "CONFIG",
      `s3: the endpoint is a URL such as http://127.0.0.1:9000, got ${JSON.stringify(endpoint)}`,
    );
  checkPrefix(prefix);
  const name = `s3:${bucket}${prefix ? `/${prefix}` : ""}`;
  const request = s3Requests(name, options);

  async function write(key: string, bytes: Uint8Array, headers: Readonly<Record<string, string>>): Promise<boolean> {
    checkKey(key);
    const answer =
      bytes.length > partSize
        ? await putInParts(request, { name, key, bytes, headers })
        : await request({ method: "PUT", key, headers, body: bytes, understands: [412] });
    return answer.status !== 412;
  }

  return {
    name,
    async get(key, range) {
      checkKey(key);
      if (range) checkRange(range, { store: name, key });
      const headers = range ? { range: `bytes=${range.start}-${range.end - 1}` } : {};
      const { status, body } = await request({ method: "GET", key, headers, understands: [404, 416] });
      if (status === 404) return absent(name, body);
      const size = range ? range.end - range.start : body.length;
      if (range && (status === 416 || body.length < size))
        checkRange(range, { store: name, key, size: range.start + (status === 416 ? 0 : body.length) });
      if (body.length !== size)
        throw new StoreError(name, "damaged", {
          message: `"${key}" must come as ${size} bytes, got ${body.length}; the store ignores ranges`,
        });
      return body;
    },
    put: async (key, bytes) => void (await write(key, bytes, {})),
    putIfAbsent: (key, bytes) => write(key, bytes, { "if-none-match": "*" }),
    async head(key) {
      checkKey(key);
      const { status, headers } = await request({ method: "HEAD", key, understands: [404] });
      return status === 404 ? undefined : { size: Number(headers.get("content-length")) };
    },
    async *list(keyPrefix) {
      checkPrefix(keyPrefix);
      for (let token: string | undefined, more = true; more; ) {
        const query = {
          "list-type": "2",
          prefix: prefix + keyPrefix,
          ...(token ? { "continuation-token": token } : {}),
        };
        const page = await listed(name, (await request({ method: "GET", key: "", query })).body);
        for (const { Key } of page.Contents ?? []) yield Key.slice(prefix.length);
        token = page.NextContinuationToken;
        more = page.IsTruncated === "true" && token !== undefined;
      }
    },
    async delete(key) {
      checkKey(key);
      await request({ method: "DELETE", key, understands: [404] });
    },
  };
}

/** No such key is an answer, no such bucket is not. */
async function absent(name: string, body: Uint8Array): Promise<undefined> {
  const { Error: error } = (await readXml(body)) as { readonly Error?: { readonly Code?: unknown } };
  if (error?.Code !== "NoSuchBucket") return undefined;
  throw new StoreError(name, "refused", { message: "the bucket must be there, got NoSuchBucket; make it first" });
}

interface Page {
  readonly Contents?: readonly { readonly Key: string }[];
  readonly IsTruncated?: string;
  readonly NextContinuationToken?: string;
}

async function listed(name: string, body: Uint8Array): Promise<Page> {
  const { ListBucketResult: page } = await readXml(body);
  if (page !== undefined) return page as Page;
  throw new StoreError(name, "damaged", { message: "a list of keys must come as XML, got something else" });
}
