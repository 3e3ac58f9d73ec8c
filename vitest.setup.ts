import { afterAll, vi } from "vitest";

afterAll(() => void vi.restoreAllMocks()); // a worker goes on with the next file
