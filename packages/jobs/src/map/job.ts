import { createHash } from "node:crypto";
import { GMemError } from "@gmem/tensor";

/** What is computed, as plain data: two machines that say the same mean one job. */
export interface JobDescription {
  /** What kind of work, such as "latents". */
  readonly kind: string;
  /** Everything that the result depends on besides the inputs: networks, seeds, precision, device, threads. */
  readonly settings: unknown;
  /** Hashes of what is read, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Items in all, and of a shard: shards are cut by item, never by the number of workers. */
  readonly count: number;
  readonly shardSize: number;
  /** Version of the code that computes: another one may give other bits. */
  readonly code: string;
}

/** Items start … end of a job, `end` left out. */
export interface Shard {
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The key of a job: 32 hex digits of what it is.
 * @throws {GMemError} code `CONFIG` for sizes that are no positive whole numbers.
 * @example
 * jobKey({ kind: "latents", settings: {}, inputs: { data: "ab" }, count: 5000, shardSize: 256, code: "1" }); // "…"
 */
export function jobKey(job: JobDescription): string {
  for (const [name, value] of Object.entries({ count: job.count, shardSize: job.shardSize }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new GMemError("CONFIG", `job: ${name} is a positive whole number, got ${value}`);
  const { kind, settings, inputs, count, shardSize, code } = job;
  return sha256(Buffer.from(canonicalJson({ kind, settings, inputs, count, shardSize, code }))).slice(0, 32);
}

/** The shards of a job, the last one shorter where the count does not divide. */
export const shardsOf = ({ count, shardSize }: Pick<JobDescription, "count" | "shardSize">): readonly Shard[] =>
  Array.from({ length: Math.ceil(count / shardSize) }, (_, index) => ({
    index,
    start: index * shardSize,
    end: Math.min(count, (index + 1) * shardSize),
  }));

/** Hex digits of bytes. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** JSON with the keys of every record in order: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
