import type { Scene, SceneObject } from "./scene.ts";

/**
 * Says in words what a scene shows, e.g. "a large red circle in the middle and a small blue square at the top left on a
 * striped ground".
 */
export function caption(scene: Scene): string {
  const [main, ...others] = scene.objects;
  const ground = { plain: "plain", gradient: "shaded", stripes: "striped" }[scene.ground.kind];
  if (scene.layout === "centred") {
    const corner = others[0];
    const aside = corner
      ? ` with a small ${corner.colour} ${corner.shape} in the ${place(corner, scene.size)} corner`
      : "";
    return `${withArticle(`${main.colour} ${main.shape}`)}${aside} on a ${ground} ground`;
  }
  const listed = scene.objects.map((object) => {
    const where = place(object, scene.size);
    return `a ${object.radius > 0.19 * scene.size ? "large" : "small"} ${object.colour} ${object.shape} ${where === "middle" ? "in" : "at"} the ${where}`;
  });
  const last = listed.pop() as string;
  return `${listed.length ? `${listed.join(", ")} and ` : ""}${last} on a ${ground} ground`;
}

const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;

/** One of nine places by thirds: "top left" … "middle" … "bottom right". */
function place(object: SceneObject, size: number): string {
  const third = (value: number): number => Math.min(2, Math.floor((3 * value) / size));
  const words = [["top", "", "bottom"][third(object.y)], ["left", "", "right"][third(object.x)]].filter((word) => word);
  return words.length ? words.join(" ") : "middle";
}
