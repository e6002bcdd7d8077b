import { fieldsOf } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import { isChart } from "../../components/platform/component";
import { COMPONENTS } from "../../components/platform/registry";
import { runCloud } from "../check/run-cloud";
import type { StackRun } from "../check/run-stacks";
import { type ProofNode, proofWorld, type ProofWorld, type Registered, type Workload } from "./world";

const STACK = "pulumi:pulumi:Stack";
const RELEASE = "kubernetes:helm.sh/v3:Release";

/**
 * The world of a cloud, from what the programs of its stacks register: nothing is deployed, and no cluster is asked.
 *
 * @param root directory of Pulumi.yaml.
 * @throws InvalidInput when the cloud has no stacks, a program fails, or there are no tenants whose isolation could be
 * proven.
 */
export async function worldOfCloud(root: string, cloud: string): Promise<ProofWorld> {
  const runs = await runCloud(root, cloud, "prove isolation");
  const tenants = runs.filter(({ file }) => file.stack.layer === "tenant").length;
  if (tenants < 2) {
    const given = `${tenants} of them`;
    const rule = "isolation is between tenants: there must be two or more";
    const fix = "choose a cloud with stack files of a base, a platform and two tenants";
    throw new InvalidInput("prove isolation", [{ where: `tenants of ${cloud}`, given, rule, fix }]);
  }
  const resources: Registered[] = runs.flatMap((run) =>
    run.resources.map(({ type, props }) => ({ type, props: fieldsOf(props) })),
  );
  return proofWorld(resources, workloads(), {
    nodes: nodesOf(runs),
    networks: networksOf(runs),
    ...enforcerOf(resources),
  });
}

/** What charts of the platform run in the pod network. */
function workloads(): Workload[] {
  return COMPONENTS.flatMap(({ stages }) => {
    const dataStore = stages.some(({ provides = [] }) => provides.includes("data-store"));
    return stages
      .filter(isChart)
      .flatMap(({ chart, sandbox }) =>
        (sandbox?.workloads ?? [])
          .filter(({ host }) => host !== true)
          .map(({ name, labels }) => ({ chart, name, labels, dataStore })),
      );
  });
}

function enforcerOf(resources: readonly Registered[]): Pick<ProofWorld, "enforcer"> {
  const releases = new Set(resources.filter(({ type }) => type === RELEASE).map(({ props }) => props["name"]));
  const found = COMPONENTS.find(({ stages }) =>
    stages
      .filter(isChart)
      .some(({ chart, provides = [] }) => provides.includes("network-policies") && releases.has(chart)),
  );
  return found === undefined ? {} : { enforcer: found.name };
}

function outputsOf(runs: readonly StackRun[], layer: string): Record<string, unknown> {
  const run = runs.find(({ file }) => file.stack.layer === layer);
  return fieldsOf(run?.resources.find(({ type }) => type === STACK)?.props);
}

function nodesOf(runs: readonly StackRun[]): ProofNode[] {
  return Object.entries(fieldsOf(outputsOf(runs, "base")["machines"])).map(([name, machine]) => {
    const { address, role } = fieldsOf(machine);
    return { name, address: String(address), role: role === "controlplane" ? "controlplane" : "worker" };
  });
}

function networksOf(runs: readonly StackRun[]): ProofWorld["networks"] {
  const platform = fieldsOf(outputsOf(runs, "platform")["networks"]);
  const { serviceCidrs } = outputsOf(runs, "base");
  const [services] = Array.isArray(serviceCidrs) ? (serviceCidrs as unknown[]) : [];
  return {
    pods: String(platform["platform.networking.podCidr"]),
    join: String(platform["platform.networking.joinCidr"]),
    services: String(services),
  };
}
