import type { FastifyRequest } from "fastify";
import { Refusal } from "../refusal.ts";

/** What a request of several parts holds. */
export interface Parts {
  readonly files: readonly { readonly field: string; readonly name: string; readonly bytes: Uint8Array }[];
  readonly fields: Readonly<Record<string, string>>;
}

/** Reads files and fields. @throws {Refusal} 415 for another kind of body, 400 for one that is none. */
export async function readParts(request: FastifyRequest): Promise<Parts> {
  if (!request.isMultipart())
    throw new Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "the body must be multipart/form-data with a picture", {
      param: "Content-Type",
      allowed: "multipart/form-data",
    });
  const files: { field: string; name: string; bytes: Uint8Array }[] = [];
  const fields: Record<string, string> = {};
  try {
    for await (const part of request.parts()) {
      if (part.type === "file")
        files.push({ field: part.fieldname.replace(/\[\]$/, ""), name: part.filename, bytes: await part.toBuffer() });
      else fields[part.fieldname] = String(part.value);
    }
  } catch (cause) {
    const { statusCode, message } = cause as Error & { readonly statusCode?: number };
    if (statusCode !== undefined) throw cause; // a limit was met
    throw new Refusal(400, "INVALID_REQUEST", `the body must be multipart/form-data, got another: ${message}`);
  }
  const empty = files.find(({ bytes }) => bytes.length === 0);
  if (empty)
    throw new Refusal(400, "INVALID_REQUEST", `${empty.field}: must be a file, got an empty one`, {
      param: empty.field,
    });
  return { files, fields };
}

/** Files of one field. @throws {Refusal} 400 where there is none. */
export function filesOf({ files }: Parts, field: string): Parts["files"] {
  const own = files.filter((file) => file.field === field);
  if (own.length > 0) return own;
  throw new Refusal(400, "INVALID_REQUEST", `${field}: must be a file of the form, got none`, { param: field });
}
