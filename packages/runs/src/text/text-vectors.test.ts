import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashedWords } from "@gmem/encoders/hashed-words";
import type { TextEncoder } from "@gmem/spec";
import { array, takeRows } from "@gmem/tensor";
import "@gmem/testing";
import { afterAll, describe, expect, it } from "vitest";
import type { Images } from "../parts/dataset.ts";
import type { Progress } from "../progress.ts";
import { captionVectors } from "./caption-vectors.ts";
import { nearestPictures } from "./nearest-pictures.ts";
import { textVectors } from "./text-vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-texts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const encoder = hashedWords({ dim: 32 });
const texts = Array.from({ length: 600 }, (_, i) => `picture ${i}`).sort();

/** Every file of a folder and its bytes. */
const bytesOf = (at: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(at, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(at.length), readFileSync(path, "base64")]),
  );

/** An encoder that counts, and fails after so many calls. */
function counting(failAfter = Number.POSITIVE_INFINITY): TextEncoder & { calls: number } {
  const counted = {
    ...encoder,
    calls: 0,
    async encode(given: readonly string[]) {
      if (counted.calls++ >= failAfter) throw new Error("killed");
      return encoder.encode(given);
    },
  };
  return counted;
}

describe("vectors of texts", () => {
  it("go on where they were stopped, with the same bytes, and are not computed twice", async () => {
    const [whole, stopped] = [join(folder, "whole"), join(folder, "stopped")];
    const vectors = await textVectors(texts, { encoder, folder: whole });
    expect(vectors).toEqual(await encoder.encode(texts));
    await expect(textVectors(texts, { encoder: counting(2), folder: stopped })).rejects.toThrow("killed");
    const second = counting();
    expect(await textVectors(texts, { encoder: second, folder: stopped })).toEqual(vectors);
    expect(second.calls).toBe(1);
    expect(bytesOf(stopped)).toEqual(bytesOf(whole));
    const third = counting();
    await textVectors(texts, { encoder: third, folder: stopped });
    expect(third.calls).toBe(0);
  });

  it("of other texts or another encoder lie apart", async () => {
    const at = join(folder, "apart");
    await textVectors(["a"], { encoder, folder: at });
    await textVectors(["a", "b"], { encoder, folder: at });
    await textVectors(["a"], { encoder: hashedWords({ dim: 16 }), folder: at });
    expect(readdirSync(at).length).toBe(3);
  });

  it("that are not finite, or of another width, are refused by the text and leave no file", async () => {
    const at = join(folder, "bad");
    const bad = {
      ...encoder,
      encode: async (given: readonly string[]) => {
        const { data, shape } = await encoder.encode(given);
        return array(
          data.map((value, i) => (given[Math.floor(i / 32)] === "broken" ? Number.NaN : value)),
          shape,
        );
      },
    };
    await expect(textVectors(["broken", "well"], { encoder: bad, folder: at })).rejects.toThrow(
      /textEncoder: hashed-words: vector of "broken" must be finite.*got NaN/,
    );
    await expect(textVectors(["a"], { encoder: { ...encoder, dim: 31 } })).rejects.toThrow(/vectors must be \[1,31\]/);
    expect(Object.keys(bytesOf(at)).filter((name) => name.includes("vectors"))).toEqual([]);
  });
});

/** Pictures with these captions; those that are opened are counted. */
function pictures(captions: readonly (readonly string[])[], known = true): Images & { opened: number } {
  const images = {
    name: "few",
    length: captions.length,
    opened: 0,
    async at(row: number) {
      images.opened++;
      return { image: array(new Float32Array(3), [3, 1, 1]), id: `${row}.png`, captions: captions[row] ?? [] };
    },
    ...(known && { captionsAt: async (row: number) => captions[row] ?? [] }),
  };
  return images;
}

describe("captions", () => {
  const train = [["a red circle", "circle"], [], ["a blue square", " "]];
  const heldOut = [["circle"]];

  it("of several sets are encoded once, and rows keep theirs", async () => {
    const heard: Progress[] = [];
    const sets = [pictures(train), pictures(heldOut, false)];
    const about = "few";
    const found = await captionVectors(sets, { encoder, about, onProgress: (progress) => heard.push(progress) });
    expect(found).toMatchObject({
      captions: 4,
      without: 1,
      cut: 0,
      texts: ["a blue square", "a red circle", "circle"],
    });
    expect(found.sets.map(({ first, which }) => [Array.from(first), Array.from(which ?? [])])).toEqual([
      [
        [0, 2, 2, 3],
        [1, 2, 0],
      ],
      [[0, 1], [2]],
    ]);
    const [vectors] = found.sets;
    expect(vectors?.vectors).toEqual(await encoder.encode(found.texts));
    expect(sets.map(({ opened }) => opened)).toEqual([0, 1]);
    expect(heard.find(({ stage, result }) => stage === "captions" && result)?.result).toBe(
      "4 captions; 1 of 4 pictures without one",
    );
  });

  it("share a cache in whatever order their pictures come", async () => {
    const at = join(folder, "order");
    await captionVectors([pictures(train), pictures(heldOut)], { encoder, about: "few", folder: at });
    const again = counting();
    await captionVectors([pictures([...heldOut, ...train])], { encoder: again, about: "few", folder: at });
    expect(again.calls).toBe(0);
  });

  it("that are missing, or of which the encoder hears a part, are said", async () => {
    await expect(captionVectors([pictures([[], [" "]])], { encoder, about: "photos" })).rejects.toThrow(
      /data: needs captions, got 2 pictures from photos without one; put NAME.txt beside/,
    );
    const heard: (string | undefined)[] = [];
    const deaf = {
      ...encoder,
      cut: (given: readonly string[]) => given.flatMap((text, i) => (text.length > 8 ? [i] : [])),
    };
    const onProgress = ({ result }: Progress): void => void heard.push(result);
    const { cut } = await captionVectors([pictures(train)], { encoder: deaf, about: "few", onProgress });
    expect(cut).toBe(2);
    expect(heard).toContain(
      '2 of 3 texts are longer than hashed-words hears, such as "a blue square…"; their ends are left out',
    );
  });

  it("lead to pictures: the nearest by any of their captions, never one without", async () => {
    const { sets } = await captionVectors([pictures(train)], { encoder, about: "few" });
    const queries = await encoder.encode(["circle", "a blue square"]);
    const near = nearestPictures(queries, sets[0] as (typeof sets)[0], 5);
    expect(Array.from(near.rows.data)).toEqual([0, 2, 2, 0]);
    expect([near.captions.data[0], near.captions.data[2]]).toEqual([1, 0]);
    expect([near.scores.data[0], near.scores.data[2]]).toBeAllclose([1, 1], { atol: 1e-6 });
    const silent = takeRows(await encoder.encode(["", "x"]), [1, 0]);
    expect(() => nearestPictures(silent, sets[0] as (typeof sets)[0], 1)).toThrow(/text must say something.*text 2/);
  });
});

it("a damaged file is named", async () => {
  const at = join(folder, "damaged");
  await textVectors(["a"], { encoder, folder: at });
  const [key = ""] = readdirSync(at);
  const { writeSafetensors } = await import("@gmem/weights");
  const file = join(at, key, "vectors-00000.safetensors");
  expect(existsSync(file)).toBe(true);
  await writeSafetensors(file, { other: array([1]) });
  await expect(textVectors(["a"], { encoder, folder: at })).rejects.toThrow(
    /vectors-00000.safetensors: must hold "vectors"/,
  );
});
