import { Jobs } from "../automation/portal/jobs";
import { closeDatabase, openDatabase } from "../automation/portal/database";
import { serve } from "../automation/portal/serve";
import { FleetCloud } from "../automation/portal/fleet-cloud";
import { serviceSchema } from "../automation/portal/settings";
import { Fleet, type FleetOptions } from "../automation/fleet/fleet";

/** What a portal of a process of its own is started with. */
export interface PortalOrder {
  readonly fleet: FleetOptions;
  readonly cloud: string;
  readonly service: object;
  /** Jobs that each of these clusters has had. */
  readonly history: { readonly clusters: readonly string[]; readonly each: number };
}

/** `node portal-server.js <order>`: serves it until the process is ended, and prints its address. */
async function main({ fleet, cloud, service, history }: PortalOrder): Promise<void> {
  const settings = serviceSchema.parse(service);
  writeHistory(settings.database, history);
  const { project } = fleet;
  const own = new FleetCloud({ fleet: new Fleet(fleet), project, cloud });
  const { url } = await serve(
    { cloud: own, settings, log: (line) => void process.stderr.write(`${line}\n`) },
    "127.0.0.1:0",
  );
  process.stdout.write(`${url}\n`);
}

/** A portal that is used has had jobs. */
function writeHistory(file: string, { clusters, each }: PortalOrder["history"]): void {
  const database = openDatabase(file);
  database.exec("BEGIN");
  const jobs = new Jobs(database);
  for (const cluster of clusters) {
    const customer = cluster.split("--", 1)[0] ?? cluster;
    for (let index = 0; index < each; index++) {
      const wanted = { kind: "resize", pool: "workers", machines: 1 + (index % 3) } as const;
      const asked = jobs.ask({ cluster, customer, wanted, who: "token:bench", key: `${cluster}-${index}-0123456789` });
      if (asked.outcome !== "new") throw new Error(asked.outcome);
      for (const state of ["running", "done"] as const) jobs.move(asked.job.id, state);
    }
  }
  database.exec("COMMIT");
  closeDatabase(database);
}

if (require.main === module) void main(JSON.parse(process.argv[2] ?? "") as PortalOrder);
