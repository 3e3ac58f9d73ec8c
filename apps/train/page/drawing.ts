import type { BrowserDevice, BrowserFacts, BrowserRequest } from "@gmem/runs/browser";

/** What the page asks of the worker. */
export type Asked =
  | { readonly kind: "open"; readonly base: string; readonly wanted: BrowserDevice | undefined }
  | { readonly kind: "draw"; readonly request: BrowserRequest; readonly count: number; readonly seed: number };

/** What the worker answers. */
export type Told =
  | { readonly kind: "opened"; readonly facts: BrowserFacts; readonly device: BrowserDevice }
  | { readonly kind: "drawn"; readonly images: readonly ImageData[]; readonly seconds: number }
  | { readonly kind: "failed"; readonly message: string };
