import { expect, it } from "vitest";
import { s3Access } from "./s3-access.ts";

it("takes who asks buckets from the environment, whole or not at all", () => {
  expect(s3Access({ AWS_ACCESS_KEY_ID: "id" })).toBeUndefined();
  const pair = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
  expect(s3Access(pair)).toEqual({ accessKeyId: "id", secretAccessKey: "secret" });
  expect(s3Access({ ...pair, AWS_ENDPOINT_URL: "http://127.0.0.1:9000", AWS_REGION: "eu" })).toEqual({
    accessKeyId: "id",
    secretAccessKey: "secret",
    endpoint: "http://127.0.0.1:9000",
    region: "eu",
  });
});
