import type { z } from "zod";

/** One kind of a part: its settings, and how it is opened from them. */
export interface Kind<Settings extends z.ZodObject, Context, Opened> {
  readonly schema: Settings;
  open(settings: z.output<Settings>, context: Context): Opened;
}
