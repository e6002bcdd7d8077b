import * as assert from "node:assert/strict";
import { cacheDirectory } from "./cache-directory";

describe("the directory of the cache", () => {
  const home = { HOME: "/home/me" };
  const cases: readonly (readonly [string, NodeJS.ProcessEnv, string])[] = [
    ["is in the home", home, "/home/me/.cache/firmament"],
    ["follows XDG_CACHE_HOME", { ...home, XDG_CACHE_HOME: "/x" }, "/x/firmament"],
    ["ignores a relative XDG_CACHE_HOME", { ...home, XDG_CACHE_HOME: "relative" }, "/home/me/.cache/firmament"],
    ["follows FIRMAMENT_CACHE first", { ...home, XDG_CACHE_HOME: "/x", FIRMAMENT_CACHE: "/f" }, "/f"],
    ["ignores an empty FIRMAMENT_CACHE", { ...home, FIRMAMENT_CACHE: "" }, "/home/me/.cache/firmament"],
  ];
  for (const [what, env, expected] of cases) it(what, () => assert.equal(cacheDirectory(env), expected));
});
