import type { ContainerList, PodView } from "../../engine/pods";
import { SECURITY, container } from "../../engine/library/examples";
import { section } from "../../engine/remediation";
import type { PodRule } from "../../engine/rule";
import { View } from "../../engine/view";
import { tenantOf } from "../../engine/layers";
import { deployment, kamajiControlPlane } from "./examples";
import type { HostedControlPlane } from "./hosted";
import { hostedRule } from "./hosted-rule";

/** Volumes that Kamaji itself gives the pods of a control plane. */
const RESERVED: ReadonlySet<string> = new Set([
  "etc-kubernetes-pki",
  "etc-ca-certificates",
  "etc-ssl-certs",
  "usr-share-ca-certificates",
  "usr-local-share-ca-certificates",
  "scheduler-kubeconfig",
  "controller-manager-kubeconfig",
  "kine-uds",
  "kine-config",
  "kine-certs",
  "egress-selector-configuration",
  "konnectivity-uds",
  "konnectivity-server-kubeconfig",
]);

const SOURCES: ReadonlySet<string> = new Set(["configMap", "secret"]);

export const extraVolumes = hostedRule({
  id: "kamaji-extra-volumes",
  group: "tenancy",
  title: "No host or token volume on the hosted control plane",
  severity: "critical",
  references: ["PSS restricted", "CIS 5.2.11"],
  fix: "use a configMap or secret volume under a name that Kamaji does not use itself",
  docs: {
    why: "The API server of a tenant runs on a node of the management cluster. A host path there gives access to the node, a projected token to the management API; a volume of a name that Kamaji uses replaces the keys of the control plane.",
    pass: kamajiControlPlane({
      deployment: deployment({ extraVolumes: [{ name: "audit-policy", configMap: { name: "audit-policy" } }] }),
    }),
    fail: kamajiControlPlane({
      deployment: deployment({ extraVolumes: [{ name: "host", hostPath: { path: "/etc" } }] }),
    }),
  },
  *check({ volumes }) {
    for (const volume of volumes.items()) {
      const sources = volume
        .entries()
        .filter(([key, source]) => key !== "name" && (source.unreadable || source.present));
      for (const [key, source] of sources) {
        if (!SOURCES.has(key)) yield { at: source, message: `a ${key} volume does not belong in a control plane` };
      }
      const name = volume.field("name");
      if (sources.length === 0) yield { at: volume, message: "the volume has no source, which makes it an emptyDir" };
      if (RESERVED.has(name.text ?? "")) yield { at: name, message: `volume ${name.text ?? ""} is Kamaji's own` };
    }
  },
});

/** @param standards the rules of the Pod Security Standards, baseline and restricted. */
export const extraContainers = (standards: readonly PodRule[]) =>
  hostedRule({
    id: "kamaji-extra-containers",
    group: "tenancy",
    title: "Sidecars hardened",
    severity: "high",
    references: ["PSS restricted"],
    fix: "give the container the securityContext that the restricted level asks for",
    docs: {
      why: "A sidecar shares the pod, and thereby the keys, of the tenant's API server, and runs on a node of the management cluster. The admission of the tenant's cluster does not check it.",
      pass: kamajiControlPlane({
        deployment: deployment({ extraContainers: [container({ securityContext: SECURITY })] }),
      }),
      fail: kamajiControlPlane({
        deployment: deployment({ extraContainers: [container({ securityContext: { privileged: true } })] }),
      }),
    },
    *check(controlPlane, settings) {
      const { containers, initContainers } = controlPlane;
      if (containers.items().length + initContainers.items().length === 0) return;
      const pod = sidecars(controlPlane);
      for (const rule of standards) {
        for (const violation of rule.ofPod(pod, settings)) {
          yield { ...violation, message: `${violation.message} (${rule.id})` };
        }
      }
    },
  });

function sidecars({ target, deployment: holder, containers, initContainers }: HostedControlPlane): PodView {
  const list = (name: ContainerList, view: View) =>
    view.items().map((each) => ({ list: name, view: each, security: each.field("securityContext") }));
  const main = list("containers", containers);
  const security = holder.field("podSecurityContext");
  // the pod itself is Kamaji's; all that can be said of it here is its security context
  const content = security.unreadable ? {} : { securityContext: security.value };
  return {
    target,
    metadata: holder.field("podAdditionalMetadata"),
    spec: new View(content, target.root.reader, holder, "pod"),
    containers: [...main, ...list("initContainers", initContainers)],
    mainContainers: main,
  };
}

export const serviceAccountToken = hostedRule({
  id: "kamaji-sa-token",
  group: "tenancy",
  title: "No management token in control-plane pods",
  severity: "high",
  references: ["CIS 5.1.6"],
  fix: "remove automountServiceAccountToken and name no ServiceAccount but one of the tenant's",
  docs: {
    why: "Nothing in a control plane talks to the management API. A tenant could get such a token: through a sidecar, a webhook, an exec credential plugin of the API server.",
    pass: kamajiControlPlane(),
    fail: kamajiControlPlane({ deployment: deployment({ automountServiceAccountToken: true }) }),
  },
  *check({ target, deployment: holder }, settings) {
    const token = holder.field("automountServiceAccountToken");
    if (token.on) yield { at: token, message: "the pods get a token of the management API" };
    const account = holder.field("serviceAccountName");
    const name = account.text;
    if (name === undefined || name === "" || name === "default") return;
    const owners = [target.name.text, target.namespace.text, tenantOf(target, settings)];
    if (owners.some((owner) => owner !== undefined && owner !== "" && `-${name}-`.includes(`-${owner}-`))) return;
    yield {
      at: account,
      message: `ServiceAccount ${name} is not named after the tenant`,
      unless: [target.name, target.namespace],
    };
  },
  remediate: ({ key, object }) => {
    const spec = section(object, "spec");
    const holder = key.endsWith("TenantControlPlane") ? section(spec ?? {}, "controlPlane") : spec;
    const part = holder === undefined ? undefined : (holder["deployment"] as Record<string, unknown> | undefined);
    if (typeof part === "object" && part !== null && part["automountServiceAccountToken"] === true) {
      part["automountServiceAccountToken"] = false;
    }
  },
});

export const externalReference = hostedRule({
  id: "kamaji-external-ref",
  group: "tenancy",
  title: "No kubeconfig from another namespace",
  severity: "critical",
  references: ["MTB PL1-BC-TI-2"],
  fix: "keep the kubeconfig's Secret in the namespace of the control plane",
  docs: {
    why: "The provider reads the Secret with its own rights. Everybody who may write a control plane could make it read and use the kubeconfig of any other tenant.",
    pass: kamajiControlPlane({ deployment: deployment({ externalClusterReference: external("tenant-acme") }) }),
    fail: kamajiControlPlane({ deployment: deployment({ externalClusterReference: external("tenant-bank") }) }),
  },
  *check({ target, externalCluster }) {
    const namespace = externalCluster?.field("kubeconfigSecretNamespace");
    if (namespace?.text === undefined || namespace.text === "" || namespace.text === target.namespace.text) return;
    yield {
      at: namespace,
      message: `the kubeconfig is read from namespace ${namespace.text}`,
      unless: [target.namespace],
    };
  },
});

function external(kubeconfigSecretNamespace: string): object {
  return {
    deploymentNamespace: "tenant-acme",
    kubeconfigSecretName: "elsewhere",
    kubeconfigSecretKey: "kubeconfig",
    kubeconfigSecretNamespace,
  };
}
