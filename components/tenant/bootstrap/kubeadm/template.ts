import { infrastructureOf } from "../../infrastructure";
import type { Tenant } from "../../settings";
import type { JoiningPool } from "../bootstrap";
import { kubeletArguments } from "../kubelet-arguments";
import type { KubeadmConfigTemplateSpec } from "./kinds";

type ConfigSpec = KubeadmConfigTemplateSpec["template"]["spec"];

/** Without a cloud controller there is no `cloud-provider: external`: nothing else removes the taint that it brings. */
export function kubeadmTemplate(tenant: Tenant, pool: JoiningPool): KubeadmConfigTemplateSpec {
  const { nodeName, commands } = infrastructureOf(tenant).joining;
  const { taints } = pool;
  return {
    template: {
      spec: {
        joinConfiguration: {
          nodeRegistration: {
            ...(nodeName === undefined ? {} : { name: nodeName }),
            criSocket: "unix:///var/run/containerd/containerd.sock",
            kubeletExtraArgs: kubeletArguments(pool).map(([name, value]) => ({ name, value })),
            ...(taints.length === 0 ? {} : { taints: [...taints] }),
          },
        },
        ...cloudInitFields(pool, commands),
      },
    },
  };
}

/** What cloud-init does beside kubeadm. Cluster API's schema refuses empty lists. */
function cloudInitFields(
  { cloudInit, ssh }: JoiningPool,
  before: readonly string[],
): Omit<ConfigSpec, "joinConfiguration"> {
  const { files, postKubeadmCommands } = cloudInit;
  const preKubeadmCommands = [...before, ...cloudInit.preKubeadmCommands];
  return {
    ...(files.length === 0 ? {} : { files: [...files] }),
    ...(preKubeadmCommands.length === 0 ? {} : { preKubeadmCommands }),
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
