import { reserveArgs } from "./allocatable";
import type { NodeChanges } from "./addon";
import type { KubeadmConfigTemplateSpec } from "./kinds/cluster-api";
import { nodeLabels } from "./node-registration";
import type { NodePool } from "./settings";

type Pool = NodePool & Required<Pick<NodeChanges, "kubeletArgs">>;
type ConfigSpec = KubeadmConfigTemplateSpec["template"]["spec"];

/** Without a cloud controller there is no `cloud-provider: external`: nothing else removes the taint that it brings. */
export function bootstrapTemplateSpec(pool: Pool): KubeadmConfigTemplateSpec {
  const { labels, taints, kubeletArgs } = pool;
  const nodes = pairs(nodeLabels(labels).kubelet);
  const own = { ...reserveArgs(pool), ...pool.kubelet.extraArgs };
  const args = [...(nodes === "" ? [] : [["node-labels", nodes] as const]), ...sorted({ ...own, ...kubeletArgs })];
  return {
    template: {
      spec: {
        joinConfiguration: {
          nodeRegistration: {
            criSocket: "unix:///var/run/containerd/containerd.sock",
            kubeletExtraArgs: args.map(([name, value]) => ({ name, value })),
            ...(taints.length === 0 ? {} : { taints: [...taints] }),
          },
        },
        ...cloudInitFields(pool),
      },
    },
  };
}

/** What cloud-init does beside kubeadm. Cluster API's schema refuses empty lists. */
function cloudInitFields({ cloudInit, ssh }: Pool): Omit<ConfigSpec, "joinConfiguration"> {
  const { files, preKubeadmCommands, postKubeadmCommands } = cloudInit;
  return {
    ...(files.length === 0 ? {} : { files: [...files] }),
    ...(preKubeadmCommands.length === 0 ? {} : { preKubeadmCommands: [...preKubeadmCommands] }),
    ...(postKubeadmCommands.length === 0 ? {} : { postKubeadmCommands: [...postKubeadmCommands] }),
    ...(ssh === undefined
      ? {}
      : {
          users: [
            { name: ssh.user, sudo: "ALL=(ALL) NOPASSWD:ALL", shell: "/bin/bash", sshAuthorizedKeys: [...ssh.keys] },
          ],
        }),
  };
}

/** `a=1,b=2`, as the kubelet and the autoscaler read labels. */
export function pairs(labels: Readonly<Record<string, string>>): string {
  return sorted(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

function sorted(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
