export { adherence, percent, type Share } from "./adherence.ts";
export { judge, type Verdict } from "./judge.ts";
