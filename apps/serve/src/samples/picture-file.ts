import { describedPng, encodePng } from "@gmem/datasets/png";
import { Zip, ZipPassThrough } from "fflate";
import sharp from "sharp";
import { Refusal } from "../refusal.ts";
import type { Drawn } from "./drawn.ts";
import type { PictureFormat } from "./sample-body.ts";

/** What one picture was drawn with: a body of `POST /v1/samples` that draws it again, its row and its bank. */
export interface PictureFacts {
  readonly index: number;
  readonly row: number | null;
  readonly seed: number;
  /** Its number among the pictures of the seed. */
  readonly number: number;
  readonly bankVersion: string | null;
  /** Pictures that have to be sent with the settings, to draw it again. */
  readonly needs: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
}

/** @throws {Refusal} 404 for a picture that there is not. */
export function factsOf({ run, body, settings, version, rows, pictures }: Drawn, index: number): PictureFacts {
  if (!pictures[index])
    throw new Refusal(404, "NO_SUCH_PICTURE", `images: must be in 0 … ${pictures.length - 1}, got ${index}`, {
      allowed: pictures.length,
    });
  const { interpolate, rows: listed, text, seed, first } = body;
  const { needs, keep: _, partial: __, format: ___, count: ____, ...asked } = body;
  const isStrip = interpolate !== undefined && typeof interpolate.at !== "number";
  const at = Array.isArray(interpolate?.at) ? interpolate.at[index % interpolate.at.length] : undefined;
  const share = at ?? (pictures.length === 1 ? 0.5 : index / (pictures.length - 1));
  return {
    index,
    row: rows[index] ?? null,
    seed,
    number: isStrip ? first : first + index,
    bankVersion: version ?? null,
    needs,
    settings: {
      ...asked,
      run,
      first: isStrip ? first : first + index,
      count: 1,
      steps: settings.steps,
      solver: typeof settings.solver === "string" ? settings.solver : undefined,
      guidance: settings.cfg,
      guidanceInterval: settings.cfgInterval,
      ...(listed && { rows: [listed[index % listed.length]] }),
      ...(Array.isArray(text) && { text: text[index % text.length] }),
      ...(isStrip && { interpolate: { ...interpolate, at: share } }),
    },
  };
}

/** A picture as a file. A PNG holds all that it was drawn with; the others too, as XMP. */
export async function pictureFile(drawn: Drawn, index: number, format: PictureFormat): Promise<Uint8Array> {
  const { settings, bankVersion, row, needs } = factsOf(drawn, index);
  const picture = drawn.pictures[index] as Drawn["pictures"][number];
  const said = [drawn.body.text ?? drawn.body.expression].flat().filter((one) => one !== undefined);
  const png = await describedPng(await encodePng(picture), {
    ...(said.length > 0 && { texts: [said[index % said.length] as string] }),
    settings: { ...settings, bankVersion, row, needs },
  });
  if (format === "png") return png;
  const image = sharp(png).keepXmp();
  const made =
    format === "webp" ? image.webp({ lossless: true }) : image.jpeg({ quality: 95, chromaSubsampling: "4:4:4" });
  return new Uint8Array(await made.toBuffer());
}

/** All pictures of a request as PNGs in an archive. */
export async function picturesZip(drawn: Drawn): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const zip = new Zip((error, part) => {
    if (error) throw error;
    parts.push(part);
  });
  for (const i of drawn.pictures.keys()) {
    const file = new ZipPassThrough(`${String(i).padStart(4, "0")}.png`);
    zip.add(file);
    file.push(await pictureFile(drawn, i, "png"), true); // one a time: checksums hold the event loop
  }
  zip.end();
  return Buffer.concat(parts);
}
