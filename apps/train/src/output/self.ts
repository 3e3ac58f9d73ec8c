/** How to call this program again: by npm's script in the repository, by its name elsewhere. */
export const self: string = ["demo", "gmem-train"].includes(process.env.npm_lifecycle_event ?? "")
  ? "npm run gmem-train --"
  : "gmem-train";
