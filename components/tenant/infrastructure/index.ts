import { contentName } from "../../core/names";
import { CLUSTER_LABEL, tenantMetadata } from "../names";
import type { Tenant } from "../settings";
import type { InfrastructureCluster, Machines, MachineTemplate } from "./infrastructure";
import { kubevirt } from "./kubevirt";
import { vsphere } from "./vsphere";

/** Where machines can run, by the name that settings give it. One folder, one import and one entry each. */
const INFRASTRUCTURES = { kubevirt, vsphere };

/** Where the machines of a tenant run. */
export function infrastructureOf({ infrastructure }: Pick<Tenant, "infrastructure">) {
  return INFRASTRUCTURES[infrastructure];
}

/** What a template of any of them says. */
export type MachineSpec = ReturnType<ReturnType<typeof infrastructureOf>["template"]["spec"]>;

/** The object that stands for the infrastructure of a cluster. */
export function infrastructureCluster(tenant: Tenant): InfrastructureCluster {
  const { kind, apiVersion, body } = infrastructureOf(tenant).cluster;
  const { annotations, spec } = body(tenant);
  return {
    apiVersion,
    kind,
    metadata: {
      ...tenantMetadata(tenant.name, tenant.name),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
    },
    ...(spec === undefined ? {} : { spec }),
  };
}

/** What machines are made of, under a name that changes exactly when that does. */
export function machineTemplate(tenant: Tenant, name: string, machines: Machines): MachineTemplate<MachineSpec> {
  const { kind, apiVersion, spec: specOf } = infrastructureOf(tenant).template;
  const spec = specOf(tenant, machines);
  const metadata = tenantMetadata(tenant.name, contentName(spec, tenant.name, name));
  const labels = { ...metadata.labels, [CLUSTER_LABEL]: tenant.name };
  return { apiVersion, kind, metadata: { ...metadata, labels }, spec };
}
