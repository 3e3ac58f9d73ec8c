import { f32, sizeOf, trace } from "@gmem/tensor";
import { expect, it } from "vitest";
import { klVaeDecoder, klVaeMoments, klVaeOriginalName, klVaeParameters, sdVaeF8D4 } from "./index.ts";

const parameters = klVaeParameters(sdVaeF8D4);

it("has the 83.65 M parameters of the published network", () => {
  expect(Object.values(parameters).reduce((total, { shape }) => total + sizeOf(shape), 0)).toBe(83_653_863);
});

it("makes 4 channels of an eighth of the size out of images that need not be square, and images of those", () => {
  const graph = trace(
    { feeds: { x: f32(2, 3, 64, 96), z: f32(2, 4, 8, 12) }, state: parameters },
    ({ feeds, state: p }) => ({
      fetches: { moments: klVaeMoments(sdVaeF8D4, p, feeds.x), images: klVaeDecoder(sdVaeF8D4, p, feeds.z) },
    }),
  );
  expect(graph.fetches.moments?.shape).toEqual([2, 8, 8, 12]);
  expect(graph.fetches.images?.shape).toEqual([2, 3, 64, 96]);
});

it("every published diffusers name of its levels has a place", () => {
  for (const name of [
    "encoder.down_blocks.3.resnets.1.conv2.bias",
    "encoder.down_blocks.1.resnets.0.conv_shortcut.weight",
    "decoder.up_blocks.0.resnets.2.norm1.weight",
    "decoder.up_blocks.2.upsamplers.0.conv.weight",
    "decoder.up_blocks.3.resnets.0.conv_shortcut.weight",
    "decoder.mid_block.attentions.0.to_out.0.weight",
  ])
    expect(Object.keys(parameters)).toContain(klVaeOriginalName(name, 4));
});
