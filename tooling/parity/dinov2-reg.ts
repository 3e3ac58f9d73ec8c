import type { ParityCase } from "./case.ts";
import { dinov2Case } from "./dinov2.ts";

/** DINOv2 with registers and the gated feed-forward layer. */
export const dinov2RegCase: ParityCase = { ...dinov2Case, component: "dinov2_reg" };
