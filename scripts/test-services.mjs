// What tests of many machines run against, outside of the project: redis-server by apt-get, moto's S3 server in a Python
// environment of its own. What is there already is left alone.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const moto = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gmem", "moto");
const server = join(moto, "bin", "moto_server");

const runs = (program, ...args) =>
  spawnSync(program, args, {
    stdio: ["ignore", "ignore", 2],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  }).status === 0;
const install = (name = "redis-server") => runs("apt-get", "install", "-y", "-q", "--no-install-recommends", name);

if (!runs("redis-server", "--version") && !install() && !(runs("apt-get", "update", "-q") && install()))
  console.error("test-services: redis-server is not there and apt-get cannot install it; install Redis 7 by hand");
if (!runs("ip", "-V")) install("iproute2"); // hosts in network namespaces; without them a proxy cuts the lines
if (!existsSync(server)) {
  const isMade =
    runs("python3", "-m", "venv", moto) && runs(join(moto, "bin", "pip"), "install", "-q", "moto[s3,server]==5.1.22");
  if (!isMade) {
    rmSync(moto, { recursive: true, force: true }); // half of one would be taken for a whole one
    console.error(`test-services: ${moto} cannot be made; python3 needs its module venv, pip a package index`);
  }
}

const found = { redis: runs("redis-server", "--version"), moto: existsSync(server) && runs(server, "--help") };
const names = Object.keys(found);
console.log(
  `${names.filter((name) => found[name]).length} passed, ${names.filter((name) => !found[name]).length} failed`,
);
process.exitCode = Object.values(found).every(Boolean) ? 0 : 1;
