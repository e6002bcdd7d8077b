import * as assert from "node:assert/strict";
import type { EngineEvent } from "../engine-events";
import { lastEvent } from "./object-state";
import { failedSteps, unready } from "./unready";

const urn = (type: string, name: string) =>
  `urn:pulumi:platform.a::firmament::firmament:platform:Storage$${type}::${name}`;

const failed = (op: string, type: string, name: string, inputs: Record<string, unknown>): EngineEvent => ({
  resOpFailedEvent: { metadata: { op, urn: urn(type, name), type, new: { inputs } } },
});

const RELEASE = "kubernetes:helm.sh/v3:Release";
const CLUSTER = "kubernetes:piraeus.io/v1:LinstorCluster";

const release = failed("create", RELEASE, "piraeus", { name: "piraeus", namespace: "piraeus-datastore" });
const linstor = failed("update", CLUSTER, "linstor", {
  apiVersion: "piraeus.io/v1",
  kind: "LinstorCluster",
  metadata: { name: "linstorcluster", annotations: { "pulumi.com/waitFor": "condition=Available" } },
});

const workload = (name: string, of: string, status: object, spec: object = { replicas: 2 }) => ({
  metadata: { name, annotations: { "meta.helm.sh/release-name": of } },
  spec,
  status,
});
const event = (object: string, at: string, reason: string, message: string) => ({
  type: reason === "Failed" ? "Warning" : "Normal",
  involvedObject: { kind: "Pod", name: object },
  lastTimestamp: at,
  reason,
  message,
});

const APPS = "/apis/apps/v1/namespaces/piraeus-datastore";
const ANSWERS: Readonly<Record<string, Record<string, unknown>>> = {
  [`${APPS}/deployments`]: {
    items: [
      workload("piraeus-operator", "piraeus", { readyReplicas: 1 }),
      workload("piraeus-gencert", "piraeus", { readyReplicas: 2 }),
      workload("somebody-elses", "other", {}),
    ],
  },
  [`${APPS}/statefulsets`]: { items: [] },
  [`${APPS}/daemonsets`]: {
    items: [workload("agent", "piraeus", { desiredNumberScheduled: 3, numberReady: 3 }, {})],
  },
  "/api/v1/namespaces/piraeus-datastore/events": {
    items: [
      event("piraeus-operator-7d-x", "2026-01-01T00:00:00Z", "Scheduled", "assigned"),
      event("piraeus-operator-7d-x", "2026-01-01T00:01:00Z", "Failed", "image cannot be pulled"),
      event("somebody-elses-1", "2026-01-01T00:02:00Z", "Pulled", "other"),
    ],
  },
  "/apis/piraeus.io/v1": { resources: [{ kind: "LinstorCluster", name: "linstorclusters", namespaced: false }] },
  "/apis/piraeus.io/v1/linstorclusters/linstorcluster": {
    status: {
      conditions: [
        { type: "Applied", status: "True" },
        { type: "Available", status: "False", reason: "Waiting", message: "controller is not reachable" },
      ],
    },
  },
};
const api = (answers: typeof ANSWERS = ANSWERS) => ({ get: (at: string) => Promise.resolve(answers[at]) });
const unnamed = () => undefined;

describe("what was not ready when a deployment failed", () => {
  it("is, of a release, its own workloads whose pods are not ready, with their last event", async () => {
    const [line = "", ...others] = await unready(api(), failedSteps([release]), () => "piraeus (piraeus-operator)");
    assert.match(
      line,
      /^piraeus \(piraeus-operator\), installation: Deployment piraeus-datastore\/piraeus-operator — 1 of 2 pods ready; last event: Failed: image cannot be pulled \(\d+ s ago\)$/,
    );
    assert.deepEqual(others, []);
  });

  it("is, of an object, the condition that it lacks, and what was waited for", async () => {
    assert.deepEqual(await unready(api(), failedSteps([linstor]), unnamed), [
      "linstor, change: LinstorCluster linstorcluster — Available is False: Waiting: controller is not reachable; awaited: condition=Available; last event: none",
    ]);
  });

  it("is said of what is not there, or of a kind that is not served", async () => {
    const { "/apis/piraeus.io/v1/linstorclusters/linstorcluster": _, ...gone } = ANSWERS;
    assert.deepEqual(await unready(api(gone), failedSteps([linstor]), unnamed), [
      "linstor, change: LinstorCluster linstorcluster — is not there",
    ]);
    assert.deepEqual(await unready(api({}), failedSteps([linstor]), unnamed), [
      "linstor, change: LinstorCluster linstorcluster — piraeus.io/v1 is not served (yet)",
    ]);
    assert.deepEqual(await unready(api({}), failedSteps([release]), unnamed), [
      "piraeus, installation: release piraeus-datastore/piraeus — has no workload (any more); last warning there: none",
    ]);
  });

  it("is, of a release that was rolled back, what was reported before", async () => {
    const place = "/api/v1/namespaces/piraeus-datastore/events";
    const [line] = await unready(api({ [place]: ANSWERS[place] ?? {} }), failedSteps([release]), unnamed);
    assert.match(
      line ?? "",
      /last warning there: Pod piraeus-operator-7d-x: Failed: image cannot be pulled \(\d+ s ago\)$/,
    );
  });

  it("is nothing where the API cannot be asked, or nothing of Kubernetes failed", async () => {
    const refused = { get: () => Promise.reject(new Error("connection refused")) };
    assert.deepEqual(await unready(refused, failedSteps([release, linstor]), unnamed), []);
    assert.deepEqual(failedSteps([failed("create", "command:local:Command", "x", {})]), []);
  });

  it("names the last event of an object or its pods, by time", () => {
    const at = (second: number, object: string) => {
      return { at: second * 1000, kind: "Pod", object, warning: false, text: `at ${second}` };
    };
    const all = [at(3, "web-1"), at(9, "website"), at(5, "web"), at(NaN, "web")];
    assert.equal(lastEvent(all, "web", 7000), "at 5 (2 s ago)");
    assert.equal(lastEvent(all, "other", 7000), undefined);
  });
});
