import { dump } from "js-yaml";
import type { ObjectExemption } from "../kubernetes/exemptions";
import { kind, type KubernetesObject, type ObjectMeta } from "../kubernetes/manifest";
import { account, type AccountObject, type Rights } from "../kubernetes/rbac";
import { tenantMetadata } from "./names";

/**
 * Access of an add-on's pods in the management cluster to the tenant's API: a ServiceAccount there with these rights and
 * no more, and a Secret beside the pods with a kubeconfig of it. The administrator's is never given to an add-on.
 */
export interface TenantAccess {
  /** Name of the add-on: a DNS label. */
  readonly name: string;
  readonly rights: Rights;
}

/** Key of the Secret that holds the kubeconfig, as Cluster API names it. */
export const KUBECONFIG_KEY = "value";

/** Annotation of pods that changes with their kubeconfig: clients read it once, when they start. */
export const KUBECONFIG_HASH = "firmament.example/kubeconfig";

/** Where the API looks for accounts of what runs the cluster; the customer's own things are elsewhere. */
const SYSTEM = "kube-system";

/** Name of the Secret with the kubeconfig, in the tenant's namespace of the management cluster. */
export function kubeconfigSecretOf({ name }: Pick<TenantAccess, "name">): string {
  return `${name}-kubeconfig`;
}

/** Name of the account and its roles in the tenant. */
export function accountName(name: string): string {
  return `firmament-${name}`;
}

const TokenSecret = kind<{ readonly metadata: ObjectMeta; readonly type: string }>("v1", "Secret");

/** What the tenant's API is given: the account and its rights, and last the Secret that it fills with a token. */
export function accessObjects({ name, rights }: TenantAccess): {
  readonly account: readonly AccountObject[];
  readonly token: KubernetesObject;
} {
  const metadata = {
    name: accountName(name),
    namespace: SYSTEM,
    labels: { "app.kubernetes.io/managed-by": "firmament" },
  };
  return {
    account: account(metadata, rights),
    token: TokenSecret({
      metadata: { ...metadata, annotations: { "kubernetes.io/service-account.name": metadata.name } },
      type: "kubernetes.io/service-account-token",
    }),
  };
}

/**
 * A kubeconfig for pods of the management cluster: by the Service of the API, since the load balancer may let in only the
 * customer's networks.
 *
 * @param api host:port of the API.
 * @param access its CA as base64 of PEM.
 */
export function serviceKubeconfig(
  { tenant, api }: { readonly tenant: string; readonly api: string },
  access: { readonly name: string; readonly caCertificate: string; readonly token: string },
): string {
  const user = accountName(access.name);
  return dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: tenant,
        cluster: {
          server: `https://${api}`,
          "certificate-authority-data": access.caCertificate,
        },
      },
    ],
    users: [{ name: user, user: { token: access.token } }],
    contexts: [{ name: tenant, context: { cluster: tenant, user } }],
    "current-context": tenant,
  });
}

/** Metadata of the Secret with the kubeconfig. */
export function kubeconfigMetadata(tenant: string, access: Pick<TenantAccess, "name">): ObjectMeta {
  return tenantMetadata(tenant, kubeconfigSecretOf(access));
}

/** What the policy pack has to know of an access. */
export function accessExemptions(name: string, inNamespaces: readonly string[] = []): ObjectExemption[] {
  const system = (kind: string): ObjectExemption => ({
    rule: "namespace-system",
    selector: { kind, namespace: SYSTEM, name: accountName(name) },
    reason: "accounts of what runs a tenant's cluster are where the cluster keeps its own",
  });
  const roles = inNamespaces.includes(SYSTEM) ? ["Role", "RoleBinding"] : [];
  return [
    ...["ServiceAccount", "Secret", ...roles].map(system),
    {
      rule: "sa-token-secret",
      selector: { kind: "Secret", namespace: SYSTEM, name: accountName(name) },
      reason: "a pod of another cluster has no token that its kubelet renews; this one has the rights of one add-on",
    },
  ];
}
