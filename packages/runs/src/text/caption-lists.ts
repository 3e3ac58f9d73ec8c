import { stopIfAborted } from "@gmem/tensor";
import type { Images } from "../parts/dataset.ts";
import type { WorkOptions } from "../progress.ts";

/** What each picture's captions say, none blank; pictures are decoded only where the dataset cannot say it without. */
export async function captionLists(images: Images, work: WorkOptions): Promise<readonly (readonly string[])[]> {
  const lists: (readonly string[])[] = [];
  for (let row = 0; row < images.length; row++) {
    stopIfAborted(work.signal, `captions: stopped after ${row} pictures; run again to go on`);
    const captions = images.captionsAt ? await images.captionsAt(row) : ((await images.at(row)).captions ?? []);
    lists.push(captions.filter((caption) => caption.trim() !== ""));
    work.onProgress?.({ stage: "captions", done: row + 1, total: images.length });
  }
  return lists;
}
