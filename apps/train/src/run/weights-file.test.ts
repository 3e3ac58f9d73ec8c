import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { weightsFile } from "./weights-file.ts";

afterEach(() => vi.unstubAllEnvs());

describe("weights of a setting", () => {
  it("are a file on this disk", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "gmem-")), "a.pt");
    writeFileSync(path, "x");
    expect(await weightsFile("encoder.weights", path, { what: "dinov2" })).toBe(path);
    await expect(weightsFile("encoder.weights", `${path}x`, { what: "dinov2" })).rejects.toThrow(
      /a\.ptx.*does not exist/,
    );
    await expect(weightsFile("encoder.weights", null, { what: "dinov2" })).rejects.toThrow(
      /needs the weights of dinov2.*encoder\.weights=hf:owner\/name\/file/,
    );
  });

  it("come from the hub's cache under HF_HOME, without asking for a commit that is there", async () => {
    const home = mkdtempSync(join(tmpdir(), "gmem-"));
    const commit = "c".repeat(40);
    const snapshot = join(home, "hub", "models--owner--name", "snapshots", commit);
    mkdirSync(snapshot, { recursive: true });
    writeFileSync(join(snapshot, "model.safetensors"), "x");
    vi.stubEnv("HF_HOME", home);
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1"); // nobody answers there
    expect(await weightsFile("t", `hf:owner/name/model.safetensors@${commit}`, { what: "sd-vae" })).toBe(
      join(snapshot, "model.safetensors"),
    );
    await expect(weightsFile("t", "hf:owner/name/other.bin", { what: "sd-vae" })).rejects.toMatchObject({
      code: "HUB",
    });
    await expect(weightsFile("t", "hf:owner", { what: "sd-vae" })).rejects.toMatchObject({ code: "HUB" });
  });
});
