import { askJson, ServerError } from "./ask.ts";
import type { SampleBody } from "./types.ts";

/** What a picture was drawn with, where it says so; undefined for one that was not made here. */
export async function settingsIn(file: Blob): Promise<SampleBody | undefined> {
  const text = new TextDecoder("latin1").decode(await file.arrayBuffer());
  if (!/XML:com\.adobe\.xmp|<gmem:settings>/.test(text)) return undefined; // says nothing of itself: not ours
  const body = new FormData();
  body.append("image", file, "picture.png");
  try {
    return (
      (await askJson<{ readonly settings: SampleBody | null }>("v1/settings", { method: "POST", body })).settings ??
      undefined
    );
  } catch (error) {
    if (error instanceof ServerError && error.status < 500) return undefined;
    throw error;
  }
}
