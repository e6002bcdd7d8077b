import { IMAGES } from "../../../../versions/images";
import { manifestText } from "../../../core/manifest-text";
import { mirrored } from "../../../kubernetes/image-mirror";
import type { Tenant } from "../../settings";
import type { KubeadmSettings } from "../../settings/kubeadm-control-plane";
import type { MachineFile } from "../../bootstrap/kubeadm/kinds";

const MANIFEST = "/etc/kubernetes/manifests/kube-vip.yaml";
const KUBECONFIG = "/etc/kubernetes/admin.conf";
/** Of who needs no rights: those of admin.conf come into being while kubeadm starts a cluster (from Kubernetes 1.29 on). */
const FIRST_KUBECONFIG = "/etc/kubernetes/super-admin.conf";
/** What kubeadm starts a cluster by; on machines that join there is none. */
const INIT = "/run/kubeadm/kubeadm.yaml";

/** What holds the address of the API on machines of a control plane. */
export interface AddressHolder {
  readonly files: readonly MachineFile[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Nothing where a load balancer holds the address. */
export function addressHolder(tenant: Tenant, { endpoint }: KubeadmSettings): AddressHolder {
  if (endpoint.heldBy === "load-balancer") return { files: [], before: [], after: [] };
  const swap = (from: string, to: string) =>
    `if [ -f ${INIT} ]; then sed -i 's#path: ${from}#path: ${to}#' ${MANIFEST}; fi`;
  return {
    files: [
      {
        path: MANIFEST,
        content: manifestText(staticPod(tenant, endpoint)),
        permissions: "0600",
        owner: "root:root",
      },
    ],
    before: [swap(KUBECONFIG, FIRST_KUBECONFIG)],
    after: [swap(FIRST_KUBECONFIG, KUBECONFIG)],
  };
}

function staticPod({ platform }: Tenant, { host, port, interface: card }: KubeadmSettings["endpoint"]): object {
  const settings: Readonly<Record<string, string>> = {
    vip_arp: "true",
    address: host,
    port: String(port),
    vip_subnet: "32",
    ...(card === undefined ? {} : { vip_interface: card }),
    cp_enable: "true",
    cp_namespace: "kube-system",
    vip_leaderelection: "true",
    vip_leasename: "plndr-cp-lock",
    // a machine that is cut off gives the address up before another takes it
    vip_leaseduration: "15",
    vip_renewdeadline: "10",
    vip_retryperiod: "2",
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kube-vip", namespace: "kube-system" },
    spec: {
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      // its own API server, before anybody has the address
      hostAliases: [{ ip: "127.0.0.1", hostnames: ["kubernetes"] }],
      containers: [
        {
          name: "kube-vip",
          image: mirrored(IMAGES.kubeVip, platform.mirror.images),
          imagePullPolicy: "IfNotPresent",
          args: ["manager"],
          env: Object.entries(settings).map(([name, value]) => ({ name, value })),
          resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
          securityContext: { capabilities: { add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"] } },
          volumeMounts: [{ name: "kubeconfig", mountPath: KUBECONFIG }],
        },
      ],
      volumes: [{ name: "kubeconfig", hostPath: { path: KUBECONFIG, type: "FileOrCreate" } }],
    },
  };
}
