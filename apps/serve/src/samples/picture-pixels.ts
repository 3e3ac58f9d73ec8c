import { admCenterCrop, decodeImage, toArray } from "@gmem/datasets/folder";
import type { RunConfig } from "@gmem/runs";
import type { NDArray } from "@gmem/tensor";
import sharp from "sharp";
import { Refusal } from "../refusal.ts";

/** Pixels of a picture that is decoded: a bomb says in its header that it is larger. */
const mostPixels = 64 * 2 ** 20;

/**
 * A picture that was sent as [3,S,S] in [0,1], decoded, cropped and sized as in training.
 * @throws {Refusal} 413 for one of too many pixels, 400 for bytes that are no picture.
 */
export async function pictureOf(
  bytes: Uint8Array,
  { size, decode, background }: RunConfig["image"],
  param = "image",
): Promise<NDArray<"f32">> {
  const { width = 0, height = 0 } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => ({}) as { readonly width?: number; readonly height?: number });
  if (width * height > mostPixels)
    throw new Refusal(
      413,
      "PICTURE_TOO_LARGE",
      `${param}: must have ${mostPixels} pixels or fewer, got ${width}×${height}`,
      {
        param,
        limit: "pixels",
        allowed: mostPixels,
      },
    );
  try {
    return toArray(admCenterCrop(await decodeImage(bytes, { decode, background }), size));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "unknown";
    throw new Refusal(400, "INVALID_REQUEST", `${param}: must be a picture, got ${why}`, { param });
  }
}

/** Bytes of a text in base64, a data URL or not. @throws {Refusal} 400 for another. */
export function base64Bytes(text: string, param: string): Uint8Array {
  const own = text.replace(/^data:[^,]*;base64,/, "");
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(own.slice(0, 64)) || own.length < 16)
    throw new Refusal(400, "INVALID_REQUEST", `${param}: must be a picture in base64, got other text`, { param });
  return new Uint8Array(Buffer.from(own, "base64"));
}
