import { readDescription } from "@gmem/datasets/png";
import type { App } from "../context.ts";
import { Refusal } from "../refusal.ts";
import { filesOf, readParts } from "./read-parts.ts";

/** `POST /v1/settings`: what a picture of ours was drawn with, as a body of `POST /v1/samples`. */
export function settingsRoutes(app: App): void {
  app.post(
    "/v1/settings",
    { schema: { tags: ["samples"], summary: "What a picture was drawn with: file `image`" } },
    async (request) => {
      const [file] = filesOf(await readParts(request), "image");
      const { settings, texts } = await readDescription(file?.bytes ?? new Uint8Array()).catch((cause: Error) => {
        throw new Refusal(400, "INVALID_REQUEST", `image: must be a picture, got ${cause.message}`, { param: "image" });
      });
      if (!settings)
        throw new Refusal(
          404,
          "NO_SETTINGS",
          "image: must be a picture that was drawn here, got one that says nothing",
          {
            param: "image",
          },
        );
      const { row = null, bankVersion = null, needs = [], ...body } = settings;
      return { settings: body, row, bankVersion, needs, texts: texts ?? [] };
    },
  );
}
