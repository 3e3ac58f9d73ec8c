import type { ImageExample } from "@gmem/spec";
import { GMemError, key } from "@gmem/tensor";
import type { LabelledDataset } from "../labelled-dataset.ts";
import { captionsOf } from "./caption.ts";
import { withoutHeldOut } from "./combinations.ts";
import { drawScene } from "./draw-scene.ts";
import { renderScene } from "./render.ts";
import type { Scene, SceneLayout } from "./scene.ts";
import { shapeNames } from "./shapes.ts";

/** A rendered scene with its caption and attributes; the label is the main object's shape. */
export interface SceneExample extends ImageExample {
  readonly label: number;
  /** The first of `captions`. */
  readonly caption: string;
  readonly captions: readonly string[];
  readonly scene: Scene;
}

export interface SceneOptions {
  readonly count: number;
  /** Width and height in pixels, at least 8. */
  readonly size?: number;
  /**
   * `centred`: one main object near the middle, radius 4.5–5.5 sixteenths of the size, in half of the scenes a small
   * second one in a corner. `free`: one to three objects anywhere that do not touch.
   */
  readonly layout?: SceneLayout;
  readonly seed?: number;
  /**
   * `seen`: scenes that show a combination which `heldOutPrompts` asks for are drawn in other colours. Default `all`.
   */
  readonly combinations?: "all" | "seen";
}

/**
 * Procedurally rendered scenes: shapes in six colours on plain, shaded or striped nearly grey ground. Scene i depends on
 * the seed and i alone, so that any index can be had in any order and a longer set begins with the shorter one.
 * @throws {GMemError} code `CONFIG` for a count, size or seed that cannot be; code `INVALID_REQUEST` for an index outside.
 * @example
 * const data = scenes({ count: 100, seed: 1 });
 * const { image, caption, label, scene } = await data.at(7); // image [3,16,16] in [0, 1]
 */
export function scenes(options: SceneOptions): LabelledDataset<SceneExample> {
  const { count, size = 16, layout = "centred", seed = 0, combinations = "all" } = options;
  if (!Number.isSafeInteger(count) || count < 0)
    throw new GMemError("CONFIG", `scenes: count must be a whole number of 0 or more, got ${count}`);
  if (!Number.isSafeInteger(size) || size < 8)
    throw new GMemError("CONFIG", `scenes: size must be a whole number of pixels of 8 or more, got ${size}`);
  if (layout !== "centred" && layout !== "free")
    throw new GMemError("CONFIG", `scenes: layout must be "centred" or "free", got ${JSON.stringify(layout)}`);
  if (combinations !== "all" && combinations !== "seen")
    throw new GMemError("CONFIG", `scenes: combinations must be "all" or "seen", got ${JSON.stringify(combinations)}`);
  const rng = key(seed);
  const sceneAt = (index: number): Scene => {
    const drawn = drawScene(rng.split(index), size, layout);
    return combinations === "seen" ? withoutHeldOut(drawn, rng.split(index).split("seen")) : drawn;
  };
  const check = (index: number): void => {
    if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new GMemError("INVALID_REQUEST", `scenes: index must be 0…${count - 1}, got ${index}`);
  };
  const captionsAt = (scene: Scene, index: number): readonly string[] =>
    captionsOf(scene, rng.split(index).split("captions"));
  let labels: Int32Array | undefined;
  return {
    name: `scenes:${layout}-${size}-${seed}${combinations === "seen" ? "-seen" : ""}`,
    length: count,
    classes: shapeNames,
    get labels() {
      labels ??= Int32Array.from({ length: count }, (_, index) => shapeNames.indexOf(sceneAt(index).objects[0].shape));
      return labels;
    },
    async at(index) {
      check(index);
      const scene = sceneAt(index);
      const label = shapeNames.indexOf(scene.objects[0].shape);
      const captions = captionsAt(scene, index);
      const caption = captions[0] as string;
      return { image: renderScene(scene), label, id: `${layout}-${seed}-${index}`, caption, captions, scene };
    },
    async captionsAt(index) {
      check(index);
      return captionsAt(sceneAt(index), index);
    },
  };
}
