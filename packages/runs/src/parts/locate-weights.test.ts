import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { locateWeights } from "./locate-weights.ts";

describe("weights of a setting", () => {
  it("are a file on this disk", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "gmem-")), "a.pt");
    writeFileSync(path, "x");
    expect(await locateWeights("encoder.weights", path, { what: "dinov2" })).toBe(path);
    await expect(locateWeights("encoder.weights", `${path}x`, { what: "dinov2" })).rejects.toThrow(
      /a\.ptx.*does not exist/,
    );
    await expect(locateWeights("encoder.weights", null, { what: "dinov2" })).rejects.toThrow(
      /needs the weights of dinov2.*encoder\.weights=hf:owner\/name\/file/,
    );
  });

  it("come from the hub's cache, without asking for a commit that is there", async () => {
    const home = mkdtempSync(join(tmpdir(), "gmem-"));
    const commit = "c".repeat(40);
    const snapshot = join(home, "hub", "models--owner--name", "snapshots", commit);
    mkdirSync(snapshot, { recursive: true });
    writeFileSync(join(snapshot, "model.safetensors"), "x");
    const hub = { cacheDir: join(home, "hub"), hubUrl: "http://127.0.0.1:1" }; // nobody answers there
    expect(await locateWeights("t", `hf:owner/name/model.safetensors@${commit}`, { what: "sd-vae", hub })).toBe(
      join(snapshot, "model.safetensors"),
    );
    await expect(locateWeights("t", "hf:owner/name/other.bin", { what: "sd-vae", hub })).rejects.toMatchObject({
      code: "HUB",
    });
    await expect(locateWeights("t", "hf:owner", { what: "sd-vae", hub })).rejects.toMatchObject({ code: "HUB" });
  });
});
