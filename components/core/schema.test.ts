import * as assert from "node:assert/strict";
import { z } from "zod";
import { cidr, hostPort, kubernetesVersion, name, parseSettings, quantityText } from "./schema";

const schema = z.strictObject({ network: cidr, version: kubernetesVersion, who: name, much: quantityText });
const good = { network: "10.0.0.0/8", version: "v1.34.4", who: "acme", much: "4Gi" };
const parse = (change: object) => parseSettings(schema, "settings", { ...good, ...change });

const bad: Record<string, [change: object, message: RegExp]> = {
  "an unknown key": [{ netwrok: 1 }, /netwrok: unknown key — .*; remove it or correct its spelling/],
  "a missing value": [{ who: undefined }, /who: missing — /],
  "a network with host bits": [{ network: "10.0.0.1/8" }, /network: "10\.0\.0\.1\/8" — must be an IPv4 network/],
  "a network of the other family": [{ network: "fd00::/8" }, /network: "fd00::\/8" — must be an IPv4 network/],
  "a version without patch": [{ version: "v1.34" }, /version: "v1\.34" — must be a Kubernetes version/],
  "a name with capitals": [{ who: "Acme" }, /who: "Acme" — must be a DNS label/],
  "a name that is too long": [{ who: "a".repeat(41) }, /who: "a+" — /],
  "a quantity without a number": [{ much: "Gi" }, /much: "Gi" — must be a quantity/],
  "a value of another type": [{ network: 10 }, /network: 10 — /],
  "a list where an object belongs": [[] as object, /who/],
};

describe("settings", () => {
  it("become values when they are right", () => {
    const { network, version } = parse({});
    assert.deepEqual([String(network), String(version)], ["10.0.0.0/8", "v1.34.4"]);
  });

  for (const [what, [change, message]] of Object.entries(bad)) {
    it(`are refused with ${what}`, () => {
      const given = Array.isArray(change) ? change : { ...good, ...change };
      assert.throws(() => parseSettings(schema, "settings", given), {
        name: "InvalidInput",
        message: given === change ? /\(top\)/ : message,
      });
    });
  }

  it("are refused without showing the password of a URL", () => {
    const wrong = "https://me:secret@example.com";
    assert.throws(
      () => parseSettings(z.strictObject({ at: hostPort }), "settings", { at: wrong }),
      (error: Error) => /at: "https:\/\/…@example\.com" — must be/.test(error.message),
    );
  });

  it("are refused with everything that is wrong at once", () => {
    assert.throws(() => parse({ network: "x", version: "y", extra: 1 }), /network[^]*version[^]*extra/);
  });
});
