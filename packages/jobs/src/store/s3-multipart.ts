import { readXml } from "./read-xml.ts";
import { codeOf, type S3Answer, type S3Request } from "./s3-requests.ts";
import { StoreError } from "./store-error.ts";

/** Objects above this are sent in parts of this size, in bytes; S3 takes 10,000 parts. */
export const partSize: number = 64 * 2 ** 20;

/**
 * Sends a large object in parts, one after the other. It appears whole with the last request; if one fails, the parts are
 * given up.
 * @returns the last answer; its status is 412 if `headers` asked for a free key and it is taken.
 */
export async function putInParts(
  request: (request: S3Request) => Promise<S3Answer>,
  {
    name,
    key,
    bytes,
    headers,
  }: { name: string; key: string; bytes: Uint8Array; headers: Readonly<Record<string, string>> },
): Promise<S3Answer> {
  const begun = await readXml((await request({ method: "POST", key, query: { uploads: "" } })).body);
  const { UploadId: uploadId } = (begun.InitiateMultipartUploadResult ?? {}) as { readonly UploadId?: string };
  if (!uploadId) throw damaged(name, key, "no UploadId");
  try {
    const parts: string[] = [];
    for (let start = 0; start < bytes.length; start += partSize) {
      const query = { partNumber: `${parts.length + 1}`, uploadId };
      const body = bytes.subarray(start, start + partSize);
      const etag = (await request({ method: "PUT", key, query, body })).headers.get("etag");
      if (!etag) throw damaged(name, key, "a part without an ETag");
      parts.push(`<Part><PartNumber>${parts.length + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    }
    const body = new TextEncoder().encode(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
    const ended = await request({ method: "POST", key, query: { uploadId }, headers, body, understands: [412] });
    const refused = await codeOf(ended.body); // S3 may say 200 first and how it went afterwards
    if (ended.status < 300 && refused) throw damaged(name, key, refused);
    if (ended.status === 412) await abort(request, key, uploadId);
    return ended;
  } catch (error) {
    await abort(request, key, uploadId).catch(() => undefined); // what failed first is what is told
    throw error;
  }
}

const abort = (request: (request: S3Request) => Promise<S3Answer>, key: string, uploadId: string): Promise<S3Answer> =>
  request({ method: "DELETE", key, query: { uploadId }, understands: [404] });

const damaged = (name: string, key: string, got: string): StoreError =>
  new StoreError(name, "damaged", { message: `"${key}" must be taken in parts, got ${got}; run again` });
