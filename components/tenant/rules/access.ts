import type { Problem } from "../../core/problem";
import type { Tenant } from "../settings";

/** Groups of Kubernetes itself: everybody, all nodes, or those whom no rule binds. */
export function accessProblems({ access }: Pick<Tenant, "access">): Problem[] {
  return Object.entries(access).flatMap(([who, groups]) =>
    groups.flatMap((group, index) => {
      const where = `tenant.access.${who}.${index}`;
      if (group.startsWith("system:")) {
        const rule = "must be a group of the customer's, none of Kubernetes itself";
        return [{ where, given: group, rule, fix: "name a group as the authentication of users gives it" }];
      }
      if (groups.indexOf(group) === index) return [];
      return [{ where, given: group, rule: "must be there once", fix: "remove it" }];
    }),
  );
}
