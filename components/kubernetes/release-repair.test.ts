import * as assert from "node:assert/strict";
import type { Fields } from "../core/fields";
import { repairReleases } from "./release-repair";

/** A cluster with Helm's records of releases: `<release> <revision> <status>` by namespace. */
function helm(records: Readonly<Record<string, readonly string[]>>) {
  const deleted: string[] = [];
  const asked: string[] = [];
  return {
    deleted,
    asked,
    get: (path: string): Promise<Fields | undefined> => {
      const [, namespace = "", query = ""] = /namespaces\/([^/]+)\/secrets\?labelSelector=(.*)$/.exec(path) ?? [];
      asked.push(namespace);
      const statuses = /status in \(([^)]*)\)/.exec(decodeURIComponent(query))?.[1]?.split(",") ?? [];
      const items = (records[namespace] ?? [])
        .map((record) => record.split(" "))
        .filter(([, , status = ""]) => statuses.includes(status))
        .map(([name = "", version = "", status]) => ({
          metadata: {
            name: `sh.helm.release.v1.${name}.v${version}`,
            labels: { owner: "helm", name, version, status },
          },
        }));
      return Promise.resolve({ items });
    },
    delete: (path: string) => {
      deleted.push(path);
      return Promise.resolve();
    },
  };
}

const releases = [
  { name: "cilium", namespace: "cilium" },
  { name: "kamaji", namespace: "kamaji-system" },
  { name: "kamaji-crds", namespace: "kamaji-system" },
];

describe("records of releases that a killed run left", () => {
  it("are removed where they have no end, with what was under way", async () => {
    const cluster = helm({
      cilium: ["cilium 1 deployed", "cilium 2 pending-upgrade"],
      "kamaji-system": ["kamaji 1 pending-install", "kamaji-crds 3 deployed"],
    });
    assert.deepEqual(await repairReleases(cluster, releases), [
      "cilium: revision 2 was pending-upgrade when a run was killed; Helm's record of it is removed, and it is done again",
      "kamaji: revision 1 was pending-install when a run was killed; Helm's record of it is removed, and it is done again",
    ]);
    assert.deepEqual(cluster.deleted, [
      "/api/v1/namespaces/cilium/secrets/sh.helm.release.v1.cilium.v2",
      "/api/v1/namespaces/kamaji-system/secrets/sh.helm.release.v1.kamaji.v1",
    ]);
    assert.deepEqual(cluster.asked, ["cilium", "kamaji-system"], "each namespace once");
  });

  it("stay where they have an end, and where they are somebody else's", async () => {
    const cluster = helm({ cilium: ["cilium 1 superseded", "cilium 2 failed", "other 1 pending-install"] });
    assert.deepEqual(await repairReleases(cluster, releases), []);
    assert.deepEqual(cluster.deleted, []);
  });

  it("are none in a namespace that is not there", async () => {
    const gone = { get: () => Promise.resolve(undefined), delete: () => assert.fail("nothing is there") };
    assert.deepEqual(await repairReleases(gone, releases), []);
  });
});
