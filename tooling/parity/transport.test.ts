import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gmemLosses } from "./gmem-losses.ts";
import { gmemSampler } from "./gmem-sampler.ts";
import { checkFile } from "./run.ts";
import { sitOde } from "./sit-ode.ts";
import { sitSde } from "./sit-sde.ts";
import { sitTransport } from "./sit-transport.ts";

const root = join(import.meta.dirname, "../../packages");

describe("interpolants, losses and samplers", () => {
  it.each([
    ["SiT's transport", "model/test/fixtures/sit_transport.a", sitTransport],
    ["GMem's losses", "model/test/fixtures/gmem_losses.a", gmemLosses],
    ["SiT's ODE sampler", "samplers/test/fixtures/sit_ode.a", sitOde],
    ["SiT's SDE sampler", "samplers/test/fixtures/sit_sde.a", sitSde],
    ["GMem's sampler", "samplers/test/fixtures/gmem_sampler.a", gmemSampler],
  ])("reproduce %s", async (_, path, parity) => {
    const result = await checkFile(join(root, `${path}.safetensors`), [parity]);
    expect(result.problems).toEqual([]);
  });
});
