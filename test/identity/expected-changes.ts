import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import type { RecordedResource, Recording } from "./recorded-state";

/** What commit e04b302 deployed in a sandbox, by name of the stack. */
export function recordedStacks(): Recording {
  return JSON.parse(fs.readFileSync(path.join(PACKAGE_ROOT, "test", "identity", "e04b302.json"), "utf8")) as Recording;
}

/**
 * What is expected to change in a cloud that commit e04b302 deployed, by the end of a URN. What is not here must
 * stay as it is; nothing may be replaced but templates, which are named after their content.
 */
const EXPECTED: Readonly<
  Record<string, readonly { readonly op: string; readonly of: RegExp; readonly why: string }[]>
> = {
  base: [
    {
      op: "create",
      of: /\$command:local:Command::[\w-]+-(?:prepared|settled)$/,
      why: "says which machine does not answer, or is another cluster's; upgrades it; waits for one that restarts",
    },
    {
      op: "create",
      of: /\$command:local:Command::\w+-retire-after-tenants$/,
      why: "refuses to be destroyed while there are tenants",
    },
    {
      op: "update",
      of: /\$command:local:Command::\w+-api-wait$/,
      why: "its program is the input of the interpreter, for errors show a command whole",
    },
    {
      op: "update",
      of: /::talos:machine\/configurationApply:ConfigurationApply::|\$talos:machine\/configurationApply:ConfigurationApply::/,
      why: "kernel modules follow the image's extensions, and LVM of the machine keeps away from replicated volumes",
    },
  ],
  platform: [
    {
      op: "create",
      of: /::command:local:Command::retire-after-tenants-with-tier-development$|::pulumi:providers:command::commands$/,
      why: "refuses to be destroyed while there are tenants",
    },
    {
      op: "update",
      of: /kubernetes:helm\.sh\/v3:Release::/,
      why: "copies are spread over machines, Services are translated for virtual machines, edited charts roll out",
    },
    {
      op: "create",
      of: /:ValidatingAdmissionPolicy(?:Binding)?::tenant-services(?:-binding)?$/,
      why: "load balancers of tenants ask for no address or pool of the platform",
    },
  ],
  tenant: [
    {
      op: "delete",
      of: /StorageClass::\w+-storage$/,
      why: "the StorageClass kubevirt: nothing served it, and every claim stayed pending",
    },
    {
      op: "update",
      of: /pulumi:providers:kubernetes::\w+-api$/,
      why: "what is in the tenant's cluster is not forgotten while its API does not answer",
    },
    {
      op: "update",
      of: /:MachineDeployment::/,
      why: "waits for the roll; the autoscaler gets the memory that a node leaves to pods; replaces a few dead machines at a time",
    },
    {
      op: "update",
      of: /:MachineHealthCheck::/,
      why: "replaces also all machines of a pool: after a power cut none comes back by itself",
    },
    ...["create-replacement", "replace", "delete-replaced"].map((op) => ({
      op,
      of: /:(KubevirtMachineTemplate|KubeadmConfigTemplate)::/,
      why: "their names follow their content: machines that ended are not started again, blank; kubelet keeps resources for itself and asks for a certificate",
    })),
    {
      op: "update",
      of: /kubernetes:helm\.sh\/v3:Release::\w+-cni$/,
      why: "packets between pods are as large as the outer tunnel lets them",
    },
    {
      op: "create",
      of: /kubernetes:helm\.sh\/v3:Release::\w+-(?:kubelet-certificates|metrics-server)$/,
      why: "kubelets get certificates that the cluster's authority signs, and nodes and pods are measured",
    },
    {
      op: "create",
      of: /::\w+-(?:cloud-controller|cluster-autoscaler)(?:-[\w-]+)?$/,
      why: "Services of type LoadBalancer get addresses, and pools grow for pods that wait",
    },
    {
      op: "create",
      of: /:NetworkPolicy::\w+-load-balancers$/,
      why: "load balancers reach the machines",
    },
    {
      op: "create",
      of: /::acme-burst(?:-\w+)?$/,
      why: "the tenant of the sandbox has a pool that begins with none",
    },
    {
      op: "update",
      of: /:ResourceQuota::/,
      why: "has room for the controllers, and for the new pool",
    },
    {
      op: "create",
      of: /firmament:tenant:Retirement::/,
      why: "refuses the removal of a production or paused tenant before anything else is deleted",
    },
    {
      op: "create",
      of: /\$command:local:Command::\w+(?:-namespace)?-deletion$|::pulumi:providers:command::local$/,
      why: "says what is in the way of a deletion",
    },
  ],
};

/** Of stack references: the engine makes it by itself, and previews do not show it. */
const DEFAULT_PROVIDER = /::pulumi:providers:pulumi::default$/;

/** A step of `pulumi preview --json`. */
export interface Step {
  readonly op: string;
  readonly urn: string;
}

/** Changes of a stack that {@link EXPECTED} does not explain, as `<operation> <URN>`. */
export function unexplained(stack: string, steps: readonly Step[]): string[] {
  const expected = EXPECTED[stack.split(".")[0] ?? ""] ?? [];
  return (
    steps
      // stacks that are read are no part of what is deployed
      .filter(({ op }) => op !== "same" && op !== "read")
      .filter(({ op, urn }) => !expected.some((each) => each.op === op && each.of.test(urn)))
      .map(({ op, urn }) => `${op} ${urn}`)
  );
}

/** Recorded resources that a preview did not look at: one that looked at nothing would have nothing to explain either. */
export function unseen(recorded: readonly RecordedResource[], steps: readonly Step[]): string[] {
  const seen = new Set(steps.map(({ urn }) => urn));
  return recorded.map(({ urn }) => urn).filter((urn) => !seen.has(urn) && !DEFAULT_PROVIDER.test(urn));
}
