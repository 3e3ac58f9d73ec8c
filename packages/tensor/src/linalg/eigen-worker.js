import { parentPort, workerData } from "node:worker_threads";
import { eigen } from "./eigen.js";

const { input, n, vectors } = workerData;
const result = eigen(input, n, vectors);
parentPort?.postMessage(
  result,
  result.vectors ? [result.values.buffer, result.vectors.buffer] : [result.values.buffer],
);
