import { XMLParser } from "fast-xml-parser";

const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: true, isArray: (name) => name === "Contents" });

/** A document of S3 as records of text; of what is no XML an empty one. */
export function readXml(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = parser.parse(new TextDecoder().decode(bytes));
    return typeof read === "object" && read !== null ? (read as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
