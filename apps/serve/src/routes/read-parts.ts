import type { FastifyRequest } from "fastify";
import { Refusal } from "../refusal.ts";

/** What a request of several parts holds. */
export interface Parts {
  readonly files: readonly { readonly field: string; readonly name: string; readonly bytes: Uint8Array }[];
  readonly fields: Readonly<Record<string, string>>;
}

/** Reads files and fields. @throws {Refusal} 415 for another kind of body. */
export async function readParts(request: FastifyRequest): Promise<Parts> {
  if (!request.isMultipart())
    throw new Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "the body must be multipart/form-data with a picture", {
      param: "Content-Type",
      allowed: "multipart/form-data",
    });
  const files: { field: string; name: string; bytes: Uint8Array }[] = [];
  const fields: Record<string, string> = {};
  for await (const part of request.parts()) {
    if (part.type === "file")
      files.push({ field: part.fieldname.replace(/\[\]$/, ""), name: part.filename, bytes: await part.toBuffer() });
    else fields[part.fieldname] = String(part.value);
  }
  return { files, fields };
}

/** Files of one field. @throws {Refusal} 400 where there is none. */
export function filesOf({ files }: Parts, field: string): Parts["files"] {
  const own = files.filter((file) => file.field === field);
  if (own.length > 0) return own;
  throw new Refusal(400, "INVALID_REQUEST", `${field}: must be a file of the form, got none`, { param: field });
}
