import * as fs from "node:fs/promises";
import * as path from "node:path";
import { type Fields, fieldsOf } from "../../components/core/fields";
import { readManifests } from "../../components/core/manifest-text";
import type { Ovn } from "./ovn";
import { until } from "./processes";
import type { ThrowawayCluster } from "./throwaway-cluster";
import type { ProofNode, ProofWorld } from "./world";

/** Where a pod is, as the controller says. */
export interface Placed {
  readonly node: string;
  readonly address: string;
  readonly mac: string;
  readonly logicalSwitch: string;
}

/** Serves the kinds that the controller watches. */
export async function define(cluster: ThrowawayCluster, folders: readonly string[], alive: () => void): Promise<void> {
  const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  let made = 0;
  for (const folder of folders) {
    for (const file of (await fs.readdir(folder)).filter((name) => name.endsWith(".yaml"))) {
      for (const object of readManifests(await fs.readFile(path.join(folder, file), "utf8")).map(fieldsOf)) {
        if (object["kind"] !== "CustomResourceDefinition") continue;
        await cluster.create(collection, object);
        made += 1;
      }
    }
  }
  await until(
    "the definitions",
    60,
    async () => {
      const established = (await cluster.list(collection)).filter((each) => conditions(each).includes("Established"));
      return established.length >= made ? true : undefined;
    },
    alive,
  );
}

/** Makes machines, namespaces and pods: everything but policies, which come when pods have their addresses. */
export async function populate(world: ProofWorld, cluster: ThrowawayCluster, ovn: Ovn): Promise<void> {
  const { nodes, namespaces, pods } = world;
  for (const { name, labels } of namespaces)
    await cluster.create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    });
  // without them it reports a failure every second
  for (const name of ["ovn-vpc-nat-config", "ovn-vpc-nat-gw-config"])
    await cluster.create("/api/v1/namespaces/kube-system/configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "kube-system" },
    });
  for (const node of nodes) {
    await cluster.create("/api/v1/nodes", nodeObject(node));
    await ovn.sb("chassis-add", node.name, "geneve", node.address);
    await ovn.sb("set", "chassis", node.name, `hostname=${node.name}`);
  }
  const workers = nodes.filter(({ role }) => role === "worker");
  const places = workers.length > 0 ? workers : nodes;
  for (const [index, pod] of pods.entries()) {
    const { namespace, name, labels } = pod;
    const node = places[index % places.length]?.name ?? "";
    await cluster.create(`/api/v1/namespaces/${namespace}/pods`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, labels },
      spec: { nodeName: node, containers: [{ name: "any", image: "none" }] },
    });
  }
}

function nodeObject({ name, address, role }: ProofNode): object {
  const labels = {
    "kubernetes.io/hostname": name,
    ...(role === "controlplane" ? { "node-role.kubernetes.io/control-plane": "" } : {}),
  };
  const status = {
    addresses: [{ type: "InternalIP", address }],
    conditions: [{ type: "Ready", status: "True", reason: "Proof", message: "" }],
  };
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels }, status };
}

export function placedBy({ metadata, spec }: Fields): Placed | undefined {
  const annotations = fieldsOf(fieldsOf(metadata)["annotations"]);
  const of = (key: string) => annotations[`ovn.kubernetes.io/${key}`];
  const [address, mac, logicalSwitch] = [of("ip_address"), of("mac_address"), of("logical_switch")];
  const { nodeName } = fieldsOf(spec);
  if (typeof address !== "string" || typeof mac !== "string" || typeof logicalSwitch !== "string") return undefined;
  return { address, mac, logicalSwitch, node: String(nodeName) };
}

function conditions({ status }: Fields): string[] {
  const { conditions: all } = fieldsOf(status);
  return (Array.isArray(all) ? all.map(fieldsOf) : [])
    .filter(({ status }) => status === "True")
    .map(({ type }) => String(type));
}
