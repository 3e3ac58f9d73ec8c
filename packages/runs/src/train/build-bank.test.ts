import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { buildBank } from "./build-bank.ts";

it("a bank's encoder that is named by its file is neither learned anew nor passed over", async () => {
  const parent = mkdtempSync(join(tmpdir(), "gmem-"));
  const [folder, encoder] = [join(parent, "bank"), join(parent, "encdoer.safetensors")];
  const config = await loadConfig("scenes-tiny", ["image.count=8"]);
  await expect(buildBank(config, { folder, encoder })).rejects.toThrow(
    /--encoder: must be the file of a learned encoder.*does not exist/,
  );
  expect([folder, encoder].filter((path) => existsSync(path))).toEqual([]);
  const published = await loadConfig("scenes-tiny", ["encoder.kind=dinov2", "encoder.weights=a.pt"]);
  const file = new URL(import.meta.url).pathname;
  await expect(buildBank(published, { folder, encoder: file })).rejects.toThrow(
    /left out for an encoder that is not learned/,
  );
});
