import type { ImageExample } from "@gmem/spec";
import { stopIfAborted } from "@gmem/tensor";
import type { WorkOptions } from "../progress.ts";

/** What has captions, whatever else it has. */
export interface Captioned {
  readonly name: string;
  readonly length: number;
  captionsAt?(index: number): Promise<readonly string[]>;
  at?(index: number): Promise<Pick<ImageExample, "captions">>;
}

/** What each picture's captions say, none blank; pictures are decoded only where the dataset cannot say it without. */
export async function captionLists(images: Captioned, work: WorkOptions): Promise<readonly (readonly string[])[]> {
  const lists: (readonly string[])[] = [];
  for (let row = 0; row < images.length; row++) {
    stopIfAborted(work.signal, `captions: stopped after ${row} pictures; run again to go on`);
    const captions = images.captionsAt ? await images.captionsAt(row) : ((await images.at?.(row))?.captions ?? []);
    lists.push(captions.filter((caption) => caption.trim() !== ""));
    work.onProgress?.({ stage: "captions", done: row + 1, total: images.length });
  }
  return lists;
}
