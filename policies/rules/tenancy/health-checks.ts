import { stackRule, type Violation } from "../../engine/rule";
import { selectorMatches } from "../../engine/selectors";
import type { Target } from "../../engine/target";
import { View } from "../../engine/view";
import { machineDeployment, machineHealthCheck } from "./examples";
import { within } from "../../engine/library/tenants";

const DEPLOYMENT = "cluster.x-k8s.io/MachineDeployment";
const HEALTH_CHECK = "cluster.x-k8s.io/MachineHealthCheck";

/** Labels of a MachineDeployment's machines: its template's, and the two Cluster API gives them. */
function machineLabels(deployment: Target): View {
  const own = deployment.spec.at("template", "metadata", "labels");
  const given = own.unreadable || typeof own.value !== "object" ? {} : own.value;
  const labels = {
    "cluster.x-k8s.io/cluster-name": deployment.spec.field("clusterName").text,
    "cluster.x-k8s.io/deployment-name": deployment.name.text,
    ...given,
  };
  return new View(labels, deployment.root.reader);
}

export const healthCheckPresent = stackRule({
  id: "capi-mhc-present",
  group: "tenancy",
  title: "MachineHealthCheck present",
  severity: "medium",
  references: ["Cluster API health checks"],
  types: [DEPLOYMENT, HEALTH_CHECK],
  fix: "add a MachineHealthCheck that selects the machines: Ready Unknown and False, start-up within 5 to 30 minutes, at most 40% at once",
  docs: {
    why: "A failed machine stays in the cluster, with its pods, until an operator deletes it. A check without a limit replaces all machines when only the control plane is unavailable.",
    pass: { resources: [machineDeployment(), machineHealthCheck()] },
    fail: { resources: [machineDeployment()] },
  },
  *check(stack) {
    for (const deployment of stack.of(DEPLOYMENT)) {
      const { found, unsure } = within(stack, deployment.namespace.text, HEALTH_CHECK);
      const labels = machineLabels(deployment);
      const name = deployment.spec.field("clusterName").text;
      const checks = found.filter(({ spec }) => spec.field("clusterName").text === name);
      if (checks.some(({ spec }) => selectorMatches(spec.field("selector"), labels))) continue;
      const unless = [...unsure, deployment.namespace, ...checks.map(({ spec }) => spec.field("selector"))];
      yield { at: deployment.name, message: "no MachineHealthCheck selects its machines", unless, missing: true };
    }
    for (const check of stack.of(HEALTH_CHECK)) yield* checkFaults(check.spec);
  },
});

const MINUTES = 60;

function* checkFaults(spec: View): Generator<Violation> {
  const bound = spec.at("remediation", "triggerIf", "unhealthyLessThanOrEqualTo");
  const limit = spec.field("maxUnhealthy").present ? spec.field("maxUnhealthy") : bound;
  const range = [spec.field("unhealthyRange"), spec.at("remediation", "triggerIf", "unhealthyInRange")];
  if (!range.some((view) => view.present)) yield* limitFaults(limit, range);
  const old = spec.field("nodeStartupTimeout");
  const startup = old.present ? old : spec.at("checks", "nodeStartupTimeoutSeconds");
  const seconds = startup.number ?? (startup.text === undefined ? undefined : durationSeconds(startup.text));
  // left out, it is ten minutes
  if (startup.present && (seconds === undefined || seconds < 5 * MINUTES || seconds > 30 * MINUTES)) {
    yield { at: startup, message: "a machine gets less than 5 or more than 30 minutes to start" };
  }
  const conditions = spec.field("unhealthyConditions").present
    ? spec.field("unhealthyConditions")
    : spec.at("checks", "unhealthyNodeConditions");
  const watched = conditions.items().filter((each) => each.field("type").is("Ready"));
  for (const status of ["Unknown", "False"]) {
    if (watched.some((each) => each.field("status").is(status))) continue;
    yield { at: conditions, message: `a node that is Ready: ${status} is not treated as unhealthy`, missing: true };
  }
}

function* limitFaults(limit: View, unless: readonly View[]): Generator<Violation> {
  if (typeof limit.value === "number") return;
  const percent = /^(\d{1,3})%$/.exec(limit.text ?? "")?.[1];
  if (percent !== undefined && Number(percent) <= 40) return;
  const message = limit.present
    ? "more than 40% may be replaced at once, or the number is quoted"
    : "all machines may be replaced at once";
  yield { at: limit, message, unless };
}

/** `10m`, `1h30m`, `600s`; undefined for anything else. */
function durationSeconds(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:h|m|s))+$/.test(text) || text.length > 32) return undefined;
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
  return [...text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0),
    0,
  );
}
