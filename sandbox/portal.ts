import * as fs from "node:fs";
import * as path from "node:path";
import { Fleet } from "../automation/fleet/fleet";
import { FleetCloud } from "../automation/portal/fleet-cloud";
import { serve, type Served } from "../automation/portal/serve";
import { serviceSchema } from "../automation/portal/settings";
import { newToken } from "../automation/portal/static-tokens";
import { LOCK_FILE } from "../components/platform/charts/lock";
import { sandboxEnvironment } from "./engine";
import type { Layout } from "./layout";
import { resolveTools, type ToolchainOptions } from "./offline/toolchain";
import { CLOUD } from "./workspace";

export interface SandboxPortal extends Served {
  /** Of an operator; a new one for each start. */
  readonly token: string;
}

/** Networks of tenants that are made here. Those of the project's stack files keep theirs, which are none of these. */
const INVENTORY = `# Written by \`npm run sandbox -- portal\`, once: networks of the tenants that the portal makes.
pools:
  podCidr: { networks: [10.128.0.0/9], prefix: 19 }
  serviceCidr: { networks: [10.64.0.0/12], prefix: 22 }
tenants: {}
`;

/** What quota costs here, so that there is something to see. */
const PRICES = { currency: "EUR", cpu: 9, memory: 2, storage: 0.1 };

/** The portal over a sandbox that is up. Tenants that it makes are in the sandbox's workspace alone. */
export async function sandboxPortal(
  layout: Layout,
  listen: string,
  { log, toolchain }: { readonly log: (line: string) => void; readonly toolchain: ToolchainOptions },
): Promise<SandboxPortal> {
  const { workspace, root } = layout;
  const inventory = path.join(workspace, `inventory.${CLOUD}.yaml`);
  if (!fs.existsSync(inventory)) fs.writeFileSync(inventory, INVENTORY);
  // rules are configured, and charts pinned, as in the project
  for (const name of ["policies.yaml", `policies.${CLOUD}.yaml`]) {
    fs.copyFileSync(path.join(root, "stacks", "config", name), path.join(workspace, name));
  }
  const lock = path.join(workspace, LOCK_FILE);
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  fs.copyFileSync(path.join(root, LOCK_FILE), lock);

  const helm = (await resolveTools(["helm"], toolchain)).get("helm");
  const fleet = new Fleet({
    project: workspace,
    pulumiRoot: path.dirname(layout.bin),
    env: sandboxEnvironment(layout),
    userSettings: false,
    temporary: layout.temporary,
    logs: layout.logs,
    policies: {
      pack: layout.policyPack,
      render: { charts: layout.charts, ...(helm === undefined ? {} : { helm: helm.path }) },
    },
  });
  const { token, sha256 } = newToken();
  const settings = serviceSchema.parse({
    database: path.join(layout.directory, "portal.db"),
    tokens: [{ name: "sandbox", sha256, customers: "*" }],
    customers: { acme: { cpu: 200, memory: "800Gi", storage: "4Ti" }, globex: {} },
    prices: PRICES,
  });
  const cloud = new FleetCloud({ fleet, project: workspace, cloud: CLOUD });
  return { ...(await serve({ cloud, settings, log }, listen)), token };
}
