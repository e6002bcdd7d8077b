import * as assert from "node:assert/strict";
import { mirrored } from "./image-mirror";

describe("an image in a mirror", () => {
  const cases: readonly (readonly [image: string, mirror: string | undefined, result: string])[] = [
    ["quay.io/a/b", undefined, "quay.io/a/b"],
    ["quay.io/capk/node:v1", "registry.example/mirror", "registry.example/mirror/capk/node:v1"],
    ["quay.io/capk/node:v1", "registry.example/mirror/", "registry.example/mirror/capk/node:v1"],
    ["quay.io/capk/node:v1", "registry.example/mirror///", "registry.example/mirror/capk/node:v1"],
    ["quay.io/a/b", "r.example:5000/x", "r.example:5000/x/a/b"],
    ["localhost:5000/a/b", "r.example", "r.example/a/b"],
    ["localhost/a", "r.example/", "r.example/a"],
    ["registry:5000/a", "r.example", "r.example/a"],
    ["clastix/kamaji", "r.example/", "r.example/clastix/kamaji"],
    ["busybox", "r.example", "r.example/busybox"],
    ["busybox:1.37.0", "r.example/", "r.example/busybox:1.37.0"],
    ["quay.io", "r.example/mirror/", "r.example/mirror"],
    ["quay.io:443", "r.example", "r.example"],
    ["quay.io/a/b@sha256:00ff", "r.example", "r.example/a/b@sha256:00ff"],
  ];
  for (const [image, mirror, result] of cases) {
    it(`${image} in ${mirror ?? "no mirror"} is ${result}`, () => assert.equal(mirrored(image, mirror), result));
  }
});
