import { GMemError } from "@gmem/tensor";
import { isTree, type Tree } from "./tree.ts";

const sceneKeys = ["layout", "count", "combinations"] as const;

/**
 * What is said of how scenes are drawn must be of scenes: other data would not change by it.
 * @param own what is said by the person, not by a preset.
 * @throws {GMemError} code `CONFIG`
 */
export function checkSceneKeys({ image }: Tree, { data }: Tree): void {
  if (data === undefined || data === "scenes" || !isTree(image)) return;
  const said = sceneKeys.find((name) => image[name] !== undefined);
  if (said === undefined) return;
  const got = typeof data === "string" ? data : "a module";
  throw new GMemError(
    "CONFIG",
    `image.${said}: is for data=scenes, got data=${got}, which it does not change; leave it out`,
  );
}
