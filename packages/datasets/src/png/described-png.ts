import { GMemError } from "@gmem/tensor";
import sharp from "sharp";

/** What a picture says of itself. */
export interface PngDescription {
  /** What its pictures were asked to show. */
  readonly texts?: readonly string[] | undefined;
  /** How it was made: JSON values by name. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

/** A segment of a JPEG holds so much, in bytes: a PNG that becomes one keeps what it says. */
const mostSaid = 20_000;

const space = "https://github.com/gmem-ts/gmem/ns/settings/1.0/";
const spaces = `xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:gmem="${space}"`;

/**
 * A PNG that says what it shows and how it was made, in its XMP record: EXIF knows ASCII alone. Programs show the texts as the
 * description.
 * @throws {GMemError} code `CONFIG` for settings of more than 20 kB.
 * @example
 * const png = await describedPng(await encodePng(zeros([3, 8, 8])), { texts: ["a heart"], settings: { seed: 3 } });
 * await readDescription(png); // { texts: ["a heart"], settings: { seed: 3 } }
 */
export async function describedPng(png: Uint8Array, { texts, settings }: PngDescription): Promise<Uint8Array> {
  if (!texts && !settings) return png;
  const said = texts && escaped(texts.join("\n").slice(0, mostSaid));
  const made = settings && escaped(JSON.stringify(settings));
  if (made && made.length > mostSaid)
    throw new GMemError("CONFIG", `describedPng: settings must take at most ${mostSaid} bytes, got ${made.length}`);
  const record = [
    said === undefined
      ? ""
      : `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${said}</rdf:li></rdf:Alt></dc:description>`,
    made === undefined ? "" : `<gmem:settings>${made}</gmem:settings>`,
  ].join("");
  const whole = `<rdf:RDF ${spaces}><rdf:Description rdf:about="">${record}</rdf:Description></rdf:RDF>`;
  const bytes = await sharp(png).withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${whole}</x:xmpmeta>`).png().toBuffer();
  return new Uint8Array(bytes);
}

/**
 * What {@link describedPng} has written into a picture, a JPEG or WebP that was made of it too; {} of others.
 * @throws {GMemError} code `DATA` for bytes that are no picture.
 * @example
 * await readDescription(await encodePng(zeros([3, 8, 8]))); // {}
 */
export async function readDescription(bytes: Uint8Array): Promise<PngDescription> {
  const { xmp } = await sharp(bytes)
    .metadata()
    .catch((cause: unknown) => {
      throw new GMemError("DATA", "readDescription: must be a picture, got other bytes", { cause });
    });
  const text = xmp?.toString("utf8") ?? "";
  const said = /<dc:description>\s*<rdf:Alt>\s*<rdf:li[^>]*>([^<]*)<\/rdf:li>/.exec(text)?.[1];
  const made = text.includes(space) ? /<gmem:settings>([^<]*)<\/gmem:settings>/.exec(text)?.[1] : undefined;
  const settings = made === undefined ? undefined : recordOf(plain(made));
  return { ...(said !== undefined && { texts: plain(said).split("\n") }), ...(settings && { settings }) };
}

function recordOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined; // another program has changed it
  }
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const plain = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
