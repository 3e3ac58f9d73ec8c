import { testSolver } from "@gmem/testing";
import { straight } from "../test/gaussian-model.ts";
import { dpmSolver, euler, eulerMaruyama, heun2, heun3, heunSde, midpoint, rk4 } from "./index.ts";

testSolver("euler", () => euler);
testSolver("heun", () => heun2);
testSolver("midpoint", () => midpoint);
testSolver("heun3", () => heun3);
testSolver("rk4", () => rk4);
testSolver("DPM-Solver++", () => dpmSolver({ interpolant: straight }), { order: 2 });
testSolver("DPM-Solver++ of order 1", () => dpmSolver({ interpolant: straight }).last);
testSolver("Euler–Maruyama", () => eulerMaruyama({ interpolant: straight }));
testSolver("Heun for SDEs", () => heunSde({ interpolant: straight }));
