import { kind, type KubernetesObject, type ObjectMeta } from "./manifest";

/** What may be done with which objects. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What an account may do: everywhere, and in single namespaces, by namespace. */
export interface Rights {
  readonly cluster?: readonly PolicyRule[];
  readonly namespaces?: Readonly<Record<string, readonly PolicyRule[]>>;
}

/** An account of programs. Its token is mounted only where a pod says so. */
export interface Account extends ObjectMeta {
  readonly namespace: string;
}

type WithRules = { readonly metadata: ObjectMeta; readonly rules: readonly PolicyRule[] };
interface Binding {
  readonly metadata: ObjectMeta;
  readonly roleRef: { readonly apiGroup: string; readonly kind: "Role" | "ClusterRole"; readonly name: string };
  readonly subjects: readonly { readonly kind: "ServiceAccount"; readonly name: string; readonly namespace: string }[];
}

const GROUP = "rbac.authorization.k8s.io";
const Role = kind<WithRules>(`${GROUP}/v1`, "Role");
const ClusterRole = kind<WithRules>(`${GROUP}/v1`, "ClusterRole");
const RoleBinding = kind<Binding>(`${GROUP}/v1`, "RoleBinding");
const ClusterRoleBinding = kind<Binding>(`${GROUP}/v1`, "ClusterRoleBinding");
const ServiceAccount = kind<{ readonly metadata: ObjectMeta; readonly automountServiceAccountToken: boolean }>(
  "v1",
  "ServiceAccount",
);

/** An object and what distinguishes it from the others of one account. */
export interface AccountObject {
  readonly part: string;
  readonly object: KubernetesObject;
}

/**
 * An account with its rights: a Role for each namespace, a ClusterRole where it has rights everywhere, and their
 * bindings.
 *
 * @param wide name of the ClusterRole, which is in no namespace. Default: that of the account.
 */
export function account(of: Account, rights: Rights, wide = of.name): AccountObject[] {
  const subjects = [{ kind: "ServiceAccount" as const, name: of.name, namespace: of.namespace }];
  const { namespace: _, ...everywhere } = of;
  const within = Object.entries(rights.namespaces ?? {}).flatMap(([namespace, rules]) => {
    const metadata = { ...of, namespace };
    // the namespace of the account needs no other name than its own
    const part = namespace === of.namespace ? "" : `-${namespace}`;
    const roleRef = { apiGroup: GROUP, kind: "Role" as const, name: of.name };
    return [
      { part: `role${part}`, object: Role({ metadata, rules }) },
      { part: `role-binding${part}`, object: RoleBinding({ metadata, roleRef, subjects }) },
    ];
  });
  const metadata = { ...everywhere, name: wide };
  const roleRef = { apiGroup: GROUP, kind: "ClusterRole" as const, name: wide };
  return [
    { part: "account", object: ServiceAccount({ metadata: of, automountServiceAccountToken: false }) },
    ...within,
    ...(rights.cluster === undefined
      ? []
      : [
          { part: "cluster-role", object: ClusterRole({ metadata, rules: rights.cluster }) },
          { part: "cluster-role-binding", object: ClusterRoleBinding({ metadata, roleRef, subjects }) },
        ]),
  ];
}
