import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";

export const ROLES = ["rbac.authorization.k8s.io/Role", "rbac.authorization.k8s.io/ClusterRole"];
export const CLUSTER_ROLE = ["rbac.authorization.k8s.io/ClusterRole"];
export const BINDINGS = ["rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding"];

/** Groups of Kubernetes without a domain of their own, and what people write for the one without a name. */
const PLAIN_GROUPS = ["", "core", "v1", "apps", "batch", "extensions", "autoscaling", "policy"];

/** One rule of a role: who reads it need not care what is a wildcard. */
export class RoleRule {
  readonly groups: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  readonly verbs: ReadonlySet<string>;

  constructor(readonly view: View) {
    const words = (field: string) => new Set(view.field(field).texts());
    this.groups = words("apiGroups");
    this.resources = words("resources");
    this.verbs = words("verbs");
  }

  /**
   * Whether the rule lets one do any of `verbs` to any of `resources` of `group`.
   *
   * A resource that is named under the wrong group of Kubernetes itself (signers of apps) counts as well: the rule
   * grants nothing as it stands, but it will be corrected without another look at what it grants.
   */
  allows(group: string, resources: readonly string[], verbs: readonly string[]): boolean {
    return (
      (this.verbs.has("*") || verbs.some((verb) => this.verbs.has(verb))) &&
      (this.groups.has("*") || this.groups.has(group)
        ? resources.some((resource) => this.covers(resource))
        : this.misgrouped && resources.some((resource) => this.resources.has(resource)))
    );
  }

  private get misgrouped(): boolean {
    return PLAIN_GROUPS.some((group) => this.groups.has(group));
  }

  /** Whether the rule gives no more than reading what is neither a secret nor a way into a pod or node. */
  get reads(): boolean {
    const harmless = [...this.resources].every(
      (resource) => !/\*|^secrets$|\/(?:exec|attach|portforward|proxy)$/.test(resource),
    );
    return harmless && this.verbs.size > 0 && [...this.verbs].every((verb) => READ.includes(verb));
  }

  /** Whether the rule is bound to objects by name. */
  get named(): boolean {
    return this.view.field("resourceNames").items().length > 0;
  }

  /** `*` covers everything, `pods/*` all parts of pods, `*` + `/scale` that part of everything. */
  private covers(resource: string): boolean {
    if (this.resources.has("*") || this.resources.has(resource)) return true;
    const slash = resource.indexOf("/");
    if (slash < 0) return false;
    return this.resources.has(`${resource.slice(0, slash)}/*`) || this.resources.has(`*${resource.slice(slash)}`);
  }
}

export function rulesOf(role: Target): readonly RoleRule[] {
  return role.root
    .field("rules")
    .items()
    .map((view) => new RoleRule(view));
}

const READ = ["get", "list", "watch"];

export const WRITE = ["create", "update", "patch", "delete", "deletecollection"];

/** Roles that come with Kubernetes or belong to its own components. */
export function isBuiltIn(role: Target): boolean {
  const name = role.name.text ?? "";
  return name.startsWith("system:");
}
