import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hubSettings } from "./hub-settings.ts";

describe("the hub's settings", () => {
  it("are those of Python's library", () => {
    expect(hubSettings({})).toEqual({ cacheDir: join(homedir(), ".cache", "huggingface", "hub") });
    expect(hubSettings({ HF_HOME: "/cache", HF_ENDPOINT: "http://hub", HF_TOKEN: "hf_x" })).toEqual({
      cacheDir: join("/cache", "hub"),
      hubUrl: "http://hub",
      token: "hf_x",
    });
  });
});
