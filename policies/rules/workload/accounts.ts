import { deployment, object } from "../../engine/library/examples";
import { podSpecIn } from "../../engine/library/pod-remediation";
import { podsOf, type PodView } from "../../engine/pods";
import { objectRule, podRule, resourceRule } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";

/** Tokens of service accounts. */

/** Whether a workload is on the list of those that talk to the API. */
function isApiClient(target: Target, { apiClients }: Settings): boolean {
  if (apiClients.length === 0) return false;
  const text = (view: Target["name"]) => (view.unreadable ? undefined : view.text);
  const name = text(target.name) ?? target.resource.name;
  return apiClients.includes(name) || apiClients.includes(`${text(target.namespace) ?? ""}/${name}`);
}

/** The account of a pod, when it is among the resources that are evaluated together. */
function accountOf(pod: PodView): Target | undefined {
  const name = accountName(pod) ?? "default";
  return pod.target.neighbours?.all("core/ServiceAccount").find((account) => {
    return account.name.value === name && account.namespace.value === pod.target.namespace.value;
  });
}

/** Whether there are pods that use the account, and all of them decline its token. */
function declinedByPods({ name, namespace, neighbours }: Target): boolean {
  const pods = (neighbours?.targets ?? []).flatMap((each) => podsOf(each));
  const users = pods.filter((pod) => {
    return (accountName(pod) ?? "default") === name.value && pod.target.namespace.value === namespace.value;
  });
  return users.length > 0 && users.every(({ spec }) => spec.field("automountServiceAccountToken").is(false));
}

function accountName({ spec }: PodView): string | undefined {
  return spec.field("serviceAccountName").text ?? spec.field("serviceAccount").text;
}

export const tokenAutomount = resourceRule({
  id: "sa-token-automount",
  group: "workload",
  title: "Token not mounted",
  severity: "high",
  references: ["CIS 5.1.6", "C-0034", "CKV_K8S_38", "NSA authentication"],
  types: ["Pods", "ServiceAccount"],
  fix: "set automountServiceAccountToken: false, or list the workload under `apiClients`",
  docs: {
    why: "With a mounted token, an attacker who controls the program can log in to the API server. Most programs never use the API.",
    pass: deployment(),
    fail: deployment({ automountServiceAccountToken: undefined }),
  },
  remediate(remediation) {
    const spec = podSpecIn(remediation);
    if (spec !== undefined) spec["automountServiceAccountToken"] = false;
  },
  on: ({ workload, custom, key }) => workload || custom || key === "core/ServiceAccount",
  *check(target, settings) {
    const message = "the token of its account is mounted into every container";
    if (target.key === "core/ServiceAccount") {
      const field = target.root.field("automountServiceAccountToken");
      // pods use an account of their own by choice, the default one by saying nothing: that one has to decline
      const gives = target.name.is("default") ? !field.is(false) : field.on;
      if (gives && !isApiClient(target, settings) && !declinedByPods(target))
        yield { at: field, message: "its token is mounted into every pod" };
      return;
    }
    for (const pod of podsOf(target)) {
      const field = pod.spec.field("automountServiceAccountToken");
      if (field.is(false) || isApiClient(target, settings)) continue;
      const account = field.present ? undefined : accountOf(pod)?.root.field("automountServiceAccountToken");
      if (account?.is(false) === true) continue;
      yield { at: field, message, ...(account === undefined ? {} : { unless: [account] }) };
    }
  },
});

export const defaultAccount = podRule({
  id: "sa-default",
  group: "workload",
  title: "Default ServiceAccount unused",
  severity: "medium",
  references: ["CIS 5.1.5", "CKV_K8S_41", "CKV_K8S_42"],
  fix: "give the workload an account of its own",
  docs: {
    why: "All pods without an account share the default one: a right given to one is given to all of them.",
    pass: deployment(),
    fail: deployment({ automountServiceAccountToken: true, serviceAccountName: "default" }),
  },
  *check(pod) {
    const mounted = pod.spec.field("automountServiceAccountToken");
    if (mounted.is(false)) return;
    const field = pod.spec.field("serviceAccountName");
    const name = accountName(pod);
    if (name === undefined || name === "" || name === "default") {
      const account = mounted.present ? undefined : accountOf(pod)?.root.field("automountServiceAccountToken");
      if (account?.is(false) === true) return;
      const unless = account === undefined ? [mounted] : [mounted, account];
      yield { at: field, message: "it uses the account that all pods share", unless };
    }
  },
});

export const tokenSecret = objectRule({
  id: "sa-token-secret",
  group: "workload",
  title: "No long-lived token Secret",
  severity: "high",
  references: ["CIS 5.1.13", "kyverno deny-secret-service-account-token-type"],
  kinds: ["core/Secret"],
  fix: "use a projected token or `kubectl create token`, which expire",
  docs: {
    why: "A token in a Secret never expires, and a copy of it is valid everywhere.",
    pass: object("v1", "Secret", { type: "Opaque", stringData: {} }),
    fail: object("v1", "Secret", { type: "kubernetes.io/service-account-token" }),
  },
  *check({ root }) {
    const type = root.field("type");
    if (type.is("kubernetes.io/service-account-token")) yield { at: type, message: "the token in it never expires" };
  },
});
