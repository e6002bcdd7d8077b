import { object } from "../../engine/library/examples";
import { cluster, kamajiControlPlane, machineDeployment, machineHealthCheck } from "./examples";
import { UNKNOWN } from "../../engine/unknown";
import { describeRules } from "../cases.fixture";

const MIN = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size";
const MAX = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size";
const autoscaled = (annotations: object, spec: object = { replicas: undefined }) =>
  machineDeployment({ ...spec }, {}, { annotations });
const withCheck = (spec: object) => ({ resources: [machineDeployment(), machineHealthCheck({ ...spec })] });
const versions = (server: string, worker: string) => ({
  resources: [cluster(), kamajiControlPlane({ version: server }), machineDeployment({}, { version: worker })],
});
const strategy = (rollingUpdate: object) =>
  machineDeployment({ rollout: { strategy: { type: "RollingUpdate", rollingUpdate } } });
const older = (spec: object) => ({
  ...machineDeployment({ rollout: undefined, ...spec }),
  apiVersion: "cluster.x-k8s.io/v1beta1",
});
const provider = (kind: string, spec: object) =>
  object("operator.cluster.x-k8s.io/v1alpha2", kind, { spec }, { namespace: "capi-system" });

const WHOLE_POOL = { remediation: { triggerIf: { unhealthyLessThanOrEqualTo: "100%" } } };

describeRules("rules about Cluster API", {
  "capi-mhc-present": {
    passes: {
      "one machine at a time": withCheck({ remediation: { triggerIf: { unhealthyLessThanOrEqualTo: 1 } } }),
      "all that look dead, a few at a time": {
        resources: [machineDeployment({ remediation: { maxInFlight: "40%" } }), machineHealthCheck(WHOLE_POOL)],
      },
      "the older form": {
        resources: [
          older({}),
          {
            ...machineHealthCheck({
              checks: undefined,
              remediation: undefined,
              maxUnhealthy: "40%",
              nodeStartupTimeout: "10m",
              unhealthyConditions: [
                { type: "Ready", status: "Unknown", timeout: "5m" },
                { type: "Ready", status: "False", timeout: "10m" },
              ],
            }),
            apiVersion: "cluster.x-k8s.io/v1beta1",
          },
        ],
      },
      "labels that Cluster API gives by itself": {
        resources: [machineDeployment({ template: { spec: { clusterName: "acme" } } }), machineHealthCheck()],
      },
    },
    breaks: {
      "a check of another cluster": withCheck({ clusterName: "bank" }),
      "a check of other machines": withCheck({ selector: { matchLabels: { a: "b" } } }),
      "more than 40%": withCheck({ remediation: { triggerIf: { unhealthyLessThanOrEqualTo: "50%" } } }),
      "all at the same time": withCheck(WHOLE_POOL),
      "more than 40% at a time": {
        resources: [machineDeployment({ remediation: { maxInFlight: "50%" } }), machineHealthCheck(WHOLE_POOL)],
      },
      "a pace of another pool's": {
        resources: [
          machineDeployment(),
          machineDeployment({ remediation: { maxInFlight: 1 } }, {}, { name: "acme-other", namespace: "tenant-bank" }),
          machineHealthCheck(WHOLE_POOL),
        ],
      },
      "a quoted number": withCheck({ remediation: { triggerIf: { unhealthyLessThanOrEqualTo: "1" } } }),
      "no bound": withCheck({ remediation: undefined }),
      "a minute to start": withCheck({ checks: { nodeStartupTimeoutSeconds: 60 } }),
      "one condition": withCheck({
        checks: { unhealthyNodeConditions: [{ type: "Ready", status: "False", timeoutSeconds: 300 }] },
      }),
    },
  },
  "capi-version-skew": {
    passes: {
      "three minors behind": versions("v1.34.1", "v1.31.9"),
      "nothing known of the control plane": machineDeployment(),
    },
    breaks: {
      "a newer patch": versions("v1.34.1", "v1.34.2"),
      "four minors behind": versions("v1.34.1", "v1.30.9"),
      "a skipped minor": {
        resources: [machineDeployment()],
        params: { deployed: { "tenant-acme/acme-small": "v1.32.0" } },
      },
    },
    undecided: { "a version that is not known": versions("v1.34.1", UNKNOWN) },
  },
  "capi-autoscaler-bounds": {
    passes: {
      "a pool without autoscaling": machineDeployment(),
      "none to some": autoscaled({ [MIN]: "0", [MAX]: "3" }),
    },
    breaks: {
      "one bound": autoscaled({ [MIN]: "0" }),
      "no number": autoscaled({ [MIN]: "zero", [MAX]: "3" }),
      "a number of replicas": autoscaled({ [MIN]: "0", [MAX]: "3" }, { replicas: 2 }),
      "more than the quota": { resources: [autoscaled({ [MIN]: "0", [MAX]: "30" })], params: { maxMachines: 10 } },
    },
  },
  "capi-md-strategy": {
    passes: {
      defaults: machineDeployment({ rollout: undefined }),
      "more before fewer": strategy({ maxSurge: "25%", maxUnavailable: 1 }),
      "the older form": older({ strategy: { type: "RollingUpdate" }, template: { spec: { nodeDrainTimeout: "10m" } } }),
    },
    breaks: {
      "replacing by hand": machineDeployment({ rollout: { strategy: { type: "OnDelete" } } }),
      "no drain timeout": machineDeployment({}, { deletion: undefined }),
      "a drain for ever": machineDeployment({}, { deletion: { nodeDrainTimeoutSeconds: 0 } }),
      "fewer before more, in the older form": older({
        strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      }),
    },
  },
  "capi-providers-pinned": {
    passes: {
      "a mirror": {
        resources: [
          provider("InfrastructureProvider", {
            version: "v0.11.2",
            fetchConfig: { oci: "mirror.example/capk:v0.11.2" },
          }),
        ],
        config: { registries: ["mirror.example"] },
      },
      "a Secret by name": provider("AddonProvider", { version: "v0.6.4", configSecret: { name: "variables" } }),
    },
    breaks: {
      "a range": provider("BootstrapProvider", { version: "^1.13" }),
      "the newest release": provider("ControlPlaneProvider", {
        version: "v0.20.0",
        fetchConfig: { url: "https://github.example/kamaji/releases/latest/components.yaml" },
      }),
      "plain http": provider("CoreProvider", {
        version: "v1.13.5",
        fetchConfig: { url: "http://mirror.example/core.yaml" },
      }),
      "another registry": {
        resources: [
          provider("InfrastructureProvider", { version: "v0.11.2", fetchConfig: { oci: "evil.example/capk:v0.11.2" } }),
        ],
        config: { registries: ["mirror.example"] },
      },
      "a configuration in plain text": provider("CoreProvider", {
        version: "v1.13.5",
        configSecret: { name: "x", data: { a: "b" } },
      }),
    },
  },
});
