import { stackRule, type Violation } from "../../engine/rule";
import { selectorMatches } from "../../engine/selectors";
import type { Stack } from "../../engine/stack";
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
  fix: "add a MachineHealthCheck that selects the machines: Ready Unknown and False, start-up within 5 to 30 minutes, at most 40% at once (triggerIf, or remediation.maxInFlight of the MachineDeployment)",
  docs: {
    why: "A failed machine stays in the cluster, with its pods, until an operator deletes it. A check without any limit replaces all machines at the same time when only their network is away.",
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
    for (const check of stack.of(HEALTH_CHECK)) yield* checkFaults(check.spec, paces(check, stack));
  },
});

/** What says of each deployment whose machines a check selects how many are replaced at once. */
function paces({ namespace, spec }: Target, stack: Stack): View[] {
  return within(stack, namespace.text, DEPLOYMENT)
    .found.filter((each) => each.spec.field("clusterName").text === spec.field("clusterName").text)
    .filter((each) => selectorMatches(spec.field("selector"), machineLabels(each)))
    .map((each) => each.spec.at("remediation", "maxInFlight"));
}

const MINUTES = 60;

function* checkFaults(spec: View, paced: readonly View[]): Generator<Violation> {
  const bound = spec.at("remediation", "triggerIf", "unhealthyLessThanOrEqualTo");
  const limit = spec.field("maxUnhealthy").present ? spec.field("maxUnhealthy") : bound;
  const range = [spec.field("unhealthyRange"), spec.at("remediation", "triggerIf", "unhealthyInRange")];
  const slow = paced.length > 0 && paced.every(isLimit);
  if (!range.some((view) => view.present) && !slow) yield* limitFaults(limit, [...range, ...paced]);
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

/** A number, or a percentage of at most 40. */
function isLimit(limit: View): boolean {
  if (typeof limit.value === "number") return true;
  const percent = /^(\d{1,3})%$/.exec(limit.text ?? "")?.[1];
  return percent !== undefined && Number(percent) <= 40;
}

function* limitFaults(limit: View, unless: readonly View[]): Generator<Violation> {
  if (isLimit(limit)) return;
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
