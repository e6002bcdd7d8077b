import { parameters, textsByName } from "../../engine/parameters";
import { section } from "../../engine/remediation";
import { objectRule, stackRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { cluster, kamajiControlPlane, machineDeployment } from "./examples";
import { parseMinor, parsePatchVersion } from "../../engine/versions";
import { within } from "../../engine/library/tenants";
import { DEPLOYMENT, MAX_SIZE, MIN_SIZE } from "./node-pool";

/** Minors a kubelet may stay behind its API server. */
const BEHIND = 3;

const SKEW = parameters("capi-version-skew", (z) => ({
  deployed: textsByName(z).describe("Version that runs now, by `<namespace>/<name>` of the MachineDeployment."),
}));

export const versionSkew = stackRule({
  id: "capi-version-skew",
  group: "tenancy",
  title: "Version skew",
  severity: "high",
  references: ["Kubernetes version skew policy"],
  types: [DEPLOYMENT],
  fix: "upgrade the control plane first, then the machines, one minor at a time",
  params: SKEW,
  docs: {
    why: "A kubelet that is newer than its API server, or more than three minors older, uses an API that the other does not have. Pods are no longer started, and the rollout stops halfway.",
    pass: {
      resources: [cluster(), kamajiControlPlane({ version: "v1.34.1" }), machineDeployment({}, { version: "v1.33.4" })],
    },
    fail: {
      resources: [cluster(), kamajiControlPlane({ version: "v1.34.1" }), machineDeployment({}, { version: "v1.35.0" })],
    },
  },
  *check(stack, settings) {
    for (const deployment of stack.of(DEPLOYMENT)) {
      const wanted = deployment.spec.at("template", "spec", "version");
      const worker = parsePatchVersion(wanted.text);
      if (worker === undefined) continue;
      yield* stepFaults(deployment, wanted, settings);
      const plane = controlPlaneOf(deployment, stack);
      const version =
        plane?.key.startsWith("kamaji.") === true
          ? plane.spec.at("kubernetes", "version")
          : plane?.spec.field("version");
      const server = parsePatchVersion(version?.text);
      if (version === undefined || server === undefined) continue;
      const newer = worker.minor > server.minor || (worker.minor === server.minor && worker.patch > server.patch);
      if (newer)
        yield { at: wanted, message: `the machines are newer than their control plane, ${version.text ?? ""}` };
      if (server.minor - worker.minor > BEHIND) {
        yield { at: wanted, message: `the machines are more than ${BEHIND} minors behind ${version.text ?? ""}` };
      }
    }
  },
});

/** What runs now is not part of the resource; a check that knows it says so by parameter `deployed`. */
function* stepFaults(deployment: Target, wanted: View, settings: Settings): Generator<Violation> {
  const { deployed = {} } = SKEW.of(settings);
  const name = `${deployment.namespace.text ?? ""}/${deployment.name.text ?? ""}`;
  const running = Object.hasOwn(deployed, name) ? deployed[name] : undefined;
  if (running === undefined) return;
  const [now, next] = [parseMinor(running), parseMinor(wanted.text)];
  if (now !== undefined && next !== undefined && next > now + 1)
    yield { at: wanted, message: `it skips a minor: ${running} runs` };
}

function controlPlaneOf(deployment: Target, stack: Stack): Target | undefined {
  const namespace = deployment.namespace.text;
  const name = deployment.spec.field("clusterName").text;
  const owner = within(stack, namespace, "cluster.x-k8s.io/Cluster").found.find((each) => each.name.text === name);
  const reference = owner?.spec.field("controlPlaneRef");
  const kinds = ["KamajiControlPlane", "KubeadmControlPlane", "TalosControlPlane"].map(
    (kind) => `controlplane.cluster.x-k8s.io/${kind}`,
  );
  const found = within(stack, namespace, ...kinds, "kamaji.clastix.io/TenantControlPlane").found;
  return found.find((each) => each.name.text === (reference?.field("name").text ?? name));
}

const autoscaled = (min: string, max: string) =>
  machineDeployment({ replicas: undefined }, {}, { annotations: { [MIN_SIZE]: min, [MAX_SIZE]: max } });

const BOUNDS = parameters("capi-autoscaler-bounds", (z) => ({
  maxMachines: z.number().describe("How many machines the quota has room for."),
}));

export const autoscalerBounds = objectRule({
  id: "capi-autoscaler-bounds",
  group: "tenancy",
  title: "Autoscaler bounds valid",
  severity: "medium",
  references: ["Cluster API autoscaling", "MTB PL1-BC-FNS-1"],
  kinds: [DEPLOYMENT],
  fix: "give both bounds as whole numbers, min no greater than max, and leave replicas out",
  params: BOUNDS,
  docs: {
    why: "The autoscaler ignores a pool whose bounds it cannot read. A number of replicas beside them removes every machine that it has added, at every deployment.",
    pass: autoscaled("1", "4"),
    fail: autoscaled("4", "1"),
  },
  *check({ annotations, spec }, settings) {
    const [min, max] = [annotations.field(MIN_SIZE), annotations.field(MAX_SIZE)];
    if (!min.present && !max.present) return;
    const [least, most] = [min, max].map((view) =>
      /^\d{1,9}$/.test(String(view.value ?? "")) ? Number(view.value) : undefined,
    );
    for (const [view, number] of [
      [min, least],
      [max, most],
    ] as const) {
      if (number === undefined) yield { at: view, message: "the bound is missing or not a whole number" };
    }
    if (least !== undefined && most !== undefined && least > most) {
      yield { at: min, message: `the minimum, ${least}, is greater than the maximum, ${most}` };
    }
    const { maxMachines: quota } = BOUNDS.of(settings);
    if (quota !== undefined && most !== undefined && most > quota) {
      yield { at: max, message: `the quota has room for ${quota} machines` };
    }
    const replicas = spec.field("replicas");
    if (replicas.present) yield { at: replicas, message: "the number removes machines that the autoscaler added" };
  },
});

export const deploymentStrategy = objectRule({
  id: "capi-md-strategy",
  group: "tenancy",
  title: "Rollout keeps capacity",
  severity: "low",
  references: ["Cluster API rollout"],
  kinds: [DEPLOYMENT],
  fix: "use RollingUpdate with maxUnavailable 0 or maxSurge 1 or more, and set a drain timeout",
  docs: {
    why: "A rollout that removes machines before it adds new ones leaves the tenant with fewer than it pays for. Without a drain timeout one pod that cannot be evicted blocks it for ever.",
    pass: machineDeployment(),
    fail: machineDeployment({
      rollout: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
    }),
  },
  *check({ spec }) {
    const strategy = spec.field("strategy").present ? spec.field("strategy") : spec.at("rollout", "strategy");
    const type = strategy.field("type");
    if (type.present && !type.is("RollingUpdate"))
      yield { at: type, message: "machines are replaced only when they are deleted by hand" };
    const surge = strategy.at("rollingUpdate", "maxSurge");
    const down = strategy.at("rollingUpdate", "maxUnavailable");
    if (isSome(down, false) && !isSome(surge, true)) {
      yield { at: down, message: "machines are removed before others are added", unless: [surge] };
    }
    const template = spec.at("template", "spec");
    const timeout = template.field("nodeDrainTimeout").present
      ? template.field("nodeDrainTimeout")
      : template.at("deletion", "nodeDrainTimeoutSeconds");
    // zero is for ever
    if (!timeout.present || timeout.is(0) || timeout.is("0s") || timeout.is("0")) {
      yield { at: timeout, message: "the drain of a node has no timeout" };
    }
  },
  remediate: ({ object }) => {
    const spec = section(object, "spec");
    if (spec === undefined) return;
    const before = String(object["apiVersion"] ?? "").endsWith("/v1beta1");
    const holder = before ? spec : section(spec, "rollout");
    const strategy = holder === undefined ? undefined : section(holder, "strategy");
    if (strategy !== undefined) {
      if (strategy["type"] === undefined || strategy["type"] === "OnDelete") strategy["type"] = "RollingUpdate";
      const update = section(strategy, "rollingUpdate");
      if (update !== undefined && typeof update["maxSurge"] !== "string") {
        if (update["maxSurge"] === undefined || update["maxSurge"] === 0) update["maxSurge"] = 1;
      } else if (update !== undefined && update["maxSurge"] === "0%") update["maxSurge"] = 1;
    }
    const template = section(section(spec, "template") ?? {}, "spec");
    if (template === undefined) return;
    const [place, name, value] = before
      ? [template, "nodeDrainTimeout", "10m"]
      : [section(template, "deletion") ?? {}, "nodeDrainTimeoutSeconds", 600];
    const present = place[name];
    if (present === undefined || present === null || present === 0 || present === "0s" || present === "0")
      place[name] = value;
  },
});

/** Whether a number or percentage is more than none; what it is where it is absent, the caller says. */
function isSome(view: View, absent: boolean): boolean {
  if (!view.present) return absent;
  return typeof view.value === "number" ? view.value > 0 : /[1-9]/.test(view.text ?? "");
}
