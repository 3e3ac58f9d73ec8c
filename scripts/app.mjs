// Builds what has changed and runs a program of this repository where npm was called: `node scripts/app.mjs train demo`.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const at = (path) => new URL(path, import.meta.url);
const [app, ...args] = process.argv.slice(2);
const { status } = spawnSync(process.execPath, [fileURLToPath(at("setup.mjs")), "--build"], {
  stdio: ["ignore", 2, 2],
});
if (status !== 0) process.exit(status ?? 1);
const cli = at(`../apps/${app}/dist/cli.js`);
process.chdir(process.env.INIT_CWD ?? process.cwd());
process.argv = [process.execPath, fileURLToPath(cli), ...args];
await import(cli.href);
