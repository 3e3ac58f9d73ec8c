import { createHash, randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { GMemError } from "@gmem/tensor";
import type { AwsClient } from "aws4fetch";
import { readXml } from "./read-xml.ts";
import { StoreError } from "./store-error.ts";

/** Where a bucket is and as whom it is asked. Packages read no environment: programs pass what they find there. */
export interface S3Options {
  readonly bucket: string;
  /** What stands before every key, such as "gmem/"; default: nothing. */
  readonly prefix?: string;
  /** Such as "http://127.0.0.1:9000"; the bucket follows in the path. Default: Amazon's of the region. */
  readonly endpoint?: string;
  /** Default: "us-east-1". */
  readonly region?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** How long a request is sent again while nothing answers, in milliseconds; default: two minutes. */
  readonly patience?: number;
}

export interface S3Request {
  readonly method: "GET" | "PUT" | "POST" | "HEAD" | "DELETE";
  /** Of the object; empty for the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Statuses beside 2xx that the caller understands. */
  readonly understands?: readonly number[];
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Sends signed requests to one bucket; what fails on the way, or by the server's fault, is sent again. */
export function s3Requests(name: string, options: S3Options): (request: S3Request) => Promise<S3Answer> {
  const { bucket, prefix = "", region = "us-east-1", patience = 120_000 } = options;
  const endpoint = (options.endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, "");
  const { accessKeyId, secretAccessKey, sessionToken } = options;
  const session = sessionToken === undefined ? {} : { sessionToken };
  let client: Promise<AwsClient> | undefined; // loaded with the first request
  const signer = async (): Promise<AwsClient> => {
    const { AwsClient } = await import("aws4fetch");
    return new AwsClient({ accessKeyId, secretAccessKey, ...session, region, service: "s3", retries: 0 });
  };

  async function once({ method, key, query = {}, headers = {}, body }: S3Request): Promise<S3Answer> {
    const url = new URL(`${endpoint}/${bucket}${key === "" ? "" : `/${prefix}${key}`}`);
    for (const [parameter, value] of Object.entries(query)) url.searchParams.set(parameter, value);
    const hash = createHash("sha256")
      .update(body ?? "")
      .digest("hex"); // the server refuses bytes that are not these
    const init = {
      method,
      headers: { ...headers, "x-amz-content-sha256": hash },
      ...(body ? { body: body as NonNullable<RequestInit["body"]> } : {}),
    };
    client ??= signer();
    const answer = await fetch(await (await client).sign(url, init), { signal: AbortSignal.timeout(300_000) });
    return { status: answer.status, headers: answer.headers, body: new Uint8Array(await answer.arrayBuffer()) };
  }

  return async (request) => {
    const end = Date.now() + patience;
    for (let tries = 0; ; tries++) {
      const pause = Math.min(100 * 2 ** tries, 5000) * (0.5 + randomInt(500) / 1000);
      const isLast = Date.now() + pause > end;
      try {
        const answer = await once(request);
        if (answer.status < 300 || request.understands?.includes(answer.status)) return answer;
        if (isLast || !isPassing(answer)) throw await refusal(name, request, answer);
      } catch (error) {
        if (isLast || error instanceof GMemError)
          throw error instanceof GMemError ? error : unreachable(name, request, error);
      }
      await wait(pause);
    }
  };
}

/** The server's own fault, too many requests, or two conditional writes at once: the same request may go well later. */
const isPassing = ({ status }: S3Answer): boolean => status >= 500 || [408, 409, 429].includes(status);

async function refusal(name: string, { method, key }: S3Request, { status, body }: S3Answer): Promise<StoreError> {
  const code = await codeOf(body);
  const told = `${method} of "${key}" must go well, got ${status}${code ? ` ${code}` : ""}`;
  if (status === 401 || status === 403)
    return new StoreError(name, "denied", { message: `${told}; check the credentials and what they allow` });
  if (code === "NoSuchBucket") return new StoreError(name, "refused", { message: `${told}; make the bucket first` });
  if (status >= 500 || status === 429)
    return new StoreError(name, "unreachable", { message: `${told}; see how the store is, then run again` });
  return new StoreError(name, "refused", { message: `${told}; the store does not take what S3 takes` });
}

function unreachable(name: string, { method, key }: S3Request, cause: unknown): StoreError {
  const { cause: inner } = cause as { readonly cause?: { readonly code?: string } };
  const why = inner?.code ?? (cause as Error).message;
  const message = `${method} of "${key}" must be answered, got ${why}; check the endpoint and the network, then run again`;
  return new StoreError(name, "unreachable", { message, cause });
}

/** The code of an error document; empty where there is none, as after HEAD. The rest may hold the id of a key: it is not read. */
export async function codeOf(body: Uint8Array): Promise<string> {
  const { Error: error } = (await readXml(body)) as { readonly Error?: { readonly Code?: unknown } };
  return typeof error?.Code === "string" ? error.Code : "";
}
