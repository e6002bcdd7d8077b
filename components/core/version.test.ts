import * as assert from "node:assert/strict";
import { SUPPORTED_MINORS } from "../../versions/kubernetes";
import { KubernetesVersion, versionProblems } from "./version";

const version = (text: string) => KubernetesVersion.parse(text);
const problem = (wanted: string, deployed?: string) => {
  const found = versionProblems("version", version(wanted), deployed === undefined ? undefined : version(deployed));
  return found.map(({ rule, fix }) => `${rule}; ${fix}`).join();
};

describe("a Kubernetes version", () => {
  it("is printed as it was written", () => assert.equal(String(version("v1.34.4")), "v1.34.4"));

  for (const text of [
    "1.34.4",
    "v1.34",
    "v2.0.0",
    "v1.34.4-rc.1",
    "v1.34.4+k3s1",
    "v01.34.4",
    "v1.034.4",
    "v1.34.4\n",
    "latest",
    "",
  ]) {
    it(`is not "${text}"`, () => assert.throws(() => version(text), /is not a Kubernetes version/));
  }

  it("is wanted within the supported minors", () => {
    const { oldest, newest } = SUPPORTED_MINORS;
    assert.equal(problem(`v1.${oldest}.0`), "");
    assert.equal(problem(`v1.${newest}.0`), "");
    assert.match(problem(`v1.${oldest - 1}.0`), /must be v1\.\d+ to v1\.\d+/);
    assert.match(problem(`v1.${newest + 1}.0`), /must be v1\.\d+ to v1\.\d+/);
  });

  for (const [wanted, deployed, says] of [
    ["v1.34.1", "v1.34.1", /^$/],
    ["v1.34.4", "v1.34.1", /^$/],
    ["v1.34.0", "v1.33.9", /^$/],
    ["v1.34.0", "v1.32.9", /must not skip a minor; v1\.32\.9 is deployed; go to v1\.33 first/],
    ["v1.34.0", "v1.34.1", /must not go back; v1\.34\.1 is deployed; set v1\.34\.1 or newer/],
    ["v1.33.9", "v1.34.0", /must not go back/],
  ] as const) {
    it(`${wanted} over ${deployed} ${says.source === "^$" ? "is fine" : "is refused"}`, () => {
      assert.match(problem(wanted, deployed), says);
    });
  }
});
