import { z } from "zod";
import { address, cidr, count, quantityText } from "../../core/schema";
import { ssh } from "./cloud-init";
import { vsphereMachines } from "./infrastructure";
import { cpus } from "./machine";
import { text } from "./text";

/** What runs the control plane of a cluster. */
export const provider = z
  .enum(["kamaji", "kubeadm"], "must be kamaji or kubeadm")
  .meta({ title: "Control plane provider" })
  .default("kamaji")
  .describe(
    "What runs the control plane: pods of the management cluster (kamaji), or machines of its own with an etcd on each (kubeadm), where the platform offers it. Fixed once the cluster exists.",
  );

const host = text.regex(
  /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
  "must be an address or a name without port, e.g. 192.0.2.10",
);

const endpoint = z
  .strictObject({
    host: host.describe("Address of the Kubernetes API, or its name where a load balancer holds it."),
    port: count(1, 65_535).default(6443).describe("Port of the Kubernetes API."),
    heldBy: z
      .enum(["kube-vip", "load-balancer"], "must be kube-vip or load-balancer")
      .meta({ title: "Endpoint holder" })
      .default("kube-vip")
      .describe(
        "kube-vip: the machines themselves, one at a time, in the network of their first card. load-balancer: one that is there and leads to them.",
      ),
    interface: text
      .regex(/^[A-Za-z0-9._-]{1,15}$/, "must be the name of a network interface")
      .exactOptional()
      .describe("Interface on which kube-vip holds the address. Default: that of the default route."),
    networks: z
      .array(cidr)
      .default([])
      .describe(
        "Networks in which the API answers, opened for the tenant's controllers in the management cluster. Default: the address of the host.",
      ),
  })
  .meta({ title: "API endpoint", description: "Where the Kubernetes API answers. Fixed once the cluster exists." });

const machines = z
  .strictObject({
    cpus: cpus.describe("Cores of a machine."),
    memory: quantityText.describe("Memory of a machine, e.g. 8Gi."),
    diskSize: quantityText.exactOptional().describe("Size of its disk, e.g. 40Gi. Default: that of the template."),
    vsphere: vsphereMachines.exactOptional(),
  })
  .meta({ title: "Control plane machines", description: "Machines that the control plane runs on." });

/** A control plane on machines of its own. */
export const kubeadm = z
  .strictObject({
    endpoint,
    machines,
    renewCertificatesDays: count(7, 300)
      .default(30)
      .describe(
        "Days before the end of a machine's certificates, which are valid for a year, at which it is replaced by another.",
      ),
    drainTimeoutSeconds: count(1, 86_400)
      .default(600)
      .describe("How long pods may take to leave a machine that is replaced, in seconds."),
    ssh: ssh.exactOptional(),
  })
  .meta({ title: "Kubeadm control plane", description: "A control plane on machines, with provider: kubeadm." });

export type KubeadmSettings = z.output<typeof kubeadm>;

/** Whether text is an IPv4 address. */
export function isAddress(text: string): boolean {
  return address.safeParse(text).success;
}
