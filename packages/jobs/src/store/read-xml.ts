/** A document of S3 as records of text; of what is no XML an empty one. The parser is loaded by whoever has a bucket. */
export async function readXml(bytes: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  const { XMLParser } = await import("fast-xml-parser");
  const isArray = (name: string): boolean => name === "Contents";
  const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: true, isArray });
  try {
    const read: unknown = parser.parse(new TextDecoder().decode(bytes));
    return typeof read === "object" && read !== null ? (read as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
