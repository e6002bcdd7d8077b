import { performance } from "node:perf_hooks";
import { readPolicyFile } from "../automation/check/policy-file";
import { StackRunner } from "../automation/check/run-stacks";
import { readProject, readStackFiles, type StackFile } from "../automation/check/stack-files";
import { fieldsOf } from "../components/core/fields";
import { NAMESPACE } from "../components/core/layers";
import { completeTenant, parseTenantSettings } from "../components/tenant/parse";
import { planTenant } from "../components/tenant/tenant-plan";
import { rememberingNetworks, siblingNetworks } from "../stacks/fleet";
import { median } from "./figures";

/** What one process measures of the tenants of a cloud, in milliseconds per tenant. */
export interface Preview {
  readonly tenants: number;
  /** From the text of its settings, held against all its siblings, to its plan. */
  readonly planned: number;
  /** Its program, with nothing behind it: what every resource would be. */
  readonly previewed: number;
}

/** Previews before a number of tenants is measured: the runtime compiles on the way. */
const WARM_UP = 20;
/** Previews of one tenant or of a few are repeated until they are so many. */
const LEAST = 20;

const CLOUD = "sandbox";

/** Previews the first `count` tenants t0, t1, … of a project, and prints what it took as JSON. */
async function main(root: string, count: number): Promise<void> {
  const project = readProject(root);
  const files = readStackFiles(project);
  const tenants = files.filter(({ stack }) => /^t\d+$/.test(stack.tenant ?? "")).slice(0, count);
  const policies = readPolicyFile(project, CLOUD);
  const runner = new StackRunner(project, ({ stack }) => ({
    [stack.layer]: fieldsOf(policies.settings[stack.layer]),
  }));
  const run = async (file: StackFile) => {
    const { resources, error } = await runner.run(file);
    if (error !== undefined) throw new Error(`${file.name}: ${error}`);
    if (resources.length < 10) throw new Error(`${file.name}: ${resources.length} resources — must be a whole cluster`);
  };
  for (const file of files.filter(({ stack }) => stack.cloud === CLOUD && stack.layer !== "tenant")) await run(file);
  const read = rememberingNetworks();
  const plan = ({ config, stack }: StackFile) => {
    const settings = parseTenantSettings({ layer: "tenant", tenant: config[`${NAMESPACE}:tenant`] });
    const neighbours = siblingNetworks(root, CLOUD, stack.tenant ?? "", read);
    planTenant(completeTenant(settings, stack.tenant ?? "", PLATFORM, { neighbours }));
  };
  const result: Preview = {
    tenants: tenants.length,
    planned: await perTenant(tenants, (file) => Promise.resolve(plan(file))),
    previewed: await perTenant(tenants, run),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

const PLATFORM = {
  dataStore: "default",
  storageClass: "replicated",
  networks: { pods: "10.244.0.0/16" },
  podNetwork: { repository: "https://charts.example", chart: "pod-network", version: "0.0.0" },
};

async function perTenant(tenants: readonly StackFile[], work: (file: StackFile) => Promise<void>): Promise<number> {
  const once = async () => {
    const started = performance.now();
    for (const file of tenants) await work(file);
    return (performance.now() - started) / tenants.length;
  };
  for (let done = 0; done < WARM_UP; done += tenants.length) await once();
  const times: number[] = [];
  for (let done = 0; done < LEAST; done += tenants.length) times.push(await once());
  return median(times);
}

if (require.main === module) void main(process.argv[2] ?? ".", Number(process.argv[3] ?? 1));
