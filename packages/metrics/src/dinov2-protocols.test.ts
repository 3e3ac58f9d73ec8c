import { dinov2Features, dinov2Parameters, dinov2S } from "@gmem/encoders/dinov2";
import { array, evaluate, key, type NDArray, referenceEngine, trace } from "@gmem/tensor";
import { expect, it } from "vitest";
import { dinov2ForMetrics, dinov2MetricInput } from "./dinov2-protocols.ts";

it("DINOv2's class token is of the picture that the protocol makes, named in the encoder's id", async () => {
  const config = { ...dinov2S, name: "tiny", depth: 1, hiddenSize: 8, heads: 2 };
  const parameters = dinov2Parameters(config);
  const weights = Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => [name, key(0).split(name).normal(shape)]),
  );
  const images = key(1).uniform([2, 3, 20, 24]);
  const encoder = dinov2ForMetrics({ engine: referenceEngine(), config, weights, protocol: "edm2", batchSize: 2 });
  expect(encoder).toMatchObject({ id: expect.stringMatching(/^tiny-edm2-[0-9a-f]{16}$/), dim: 8 });
  const found = await encoder.encode(images);
  await encoder.dispose();
  const graph = trace({ feeds: { images }, state: parameters }, ({ feeds, state }) => ({
    fetches: { token: dinov2Features(state, dinov2MetricInput(feeds.images, "edm2"), config).classToken },
  }));
  const { token } = evaluate(graph, { images }, weights).fetches;
  expect(found.shape).toEqual([2, 8]);
  expect([...found.data]).toEqual([...(token as NDArray).data].map((value) => expect.closeTo(value, 4)));
  await expect(encoder.encode(array([2], [1, 1, 1, 1]))).rejects.toMatchObject({ code: "DATA" });
});
