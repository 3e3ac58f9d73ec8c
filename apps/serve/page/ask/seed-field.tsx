import type { JSX } from "preact";
import { NumberField } from "../look/field.tsx";
import { edit, form } from "./state.ts";

/** The seed of what is drawn next. */
export const SeedField = (): JSX.Element => (
  <NumberField
    label="Seed"
    value={form.value.seed}
    least={0}
    most={Number.MAX_SAFE_INTEGER}
    set={(value = 0) => edit({ seed: value })}
  />
);
