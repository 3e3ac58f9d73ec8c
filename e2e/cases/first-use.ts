import type { Case } from "./case.ts";
import { configurations } from "./configurations.ts";
import { consumer } from "./consumer.ts";
import { messy } from "./messy.ts";
import { refusedResume } from "./refused-resume.ts";

/** What a new user tries. */
export const firstUse: readonly Case[] = [...messy, ...refusedResume, ...consumer, ...configurations];
