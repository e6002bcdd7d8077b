import { option } from "../../engine/options";
import { resourceRule } from "../../engine/rule";
import { registered } from "./examples";
import { isDefinition, isOfRelease, isStateful, STATEFUL } from "./stateful";

/** What keeps data from being deleted by accident. */

const DATA_STORE = "kubernetes:kamaji.clastix.io/v1alpha1:DataStore";
const store = (opts: object) => registered(DATA_STORE, { metadata: { name: "etcd" } }, { opts });

const on = ({ key }: { readonly key: string }) => STATEFUL.includes(key);

export const protect = resourceRule({
  id: "pulumi-protect",
  group: "pulumi",
  title: "Stateful resources protected",
  severity: "critical",
  references: ["data loss"],
  types: STATEFUL,
  on,
  fix: "set the resource option protect, or tier: development where data may be lost",
  docs: {
    why: "A renamed resource, a wrong stack or a `destroy` deletes the data. The engine refuses to delete a protected resource until the protection is removed on purpose.",
    pass: store({ protect: true }),
    fail: store({ protect: false }),
  },
  *check(target, settings) {
    if (settings.tier !== "production" || !isStateful(target, settings) || isOfRelease(target)) return;
    if (target.resource.opts.protect !== true)
      yield { at: option(target, "protect"), message: "it can be deleted by accident" };
  },
});

export const replaceGuard = resourceRule({
  id: "pulumi-replace-guard",
  group: "pulumi",
  title: "No silent replacement",
  severity: "critical",
  references: ["data loss"],
  types: STATEFUL,
  on,
  fix: "remove deleteBeforeReplace and replaceOnChanges; set protect or retainOnDelete on definitions",
  docs: {
    why: "A replacement deletes what it replaces. Deleting a definition deletes every object of its kind; deleting a store before its replacement exists loses its data. `pulumi up` does not show policies the options replaceOnChanges and retainOnDelete: there a definition without protect is undecided, and `firmament check` decides.",
    pass: store({ protect: true }),
    fail: store({ protect: true, deleteBeforeReplace: true }),
  },
  *check(target, settings) {
    if (!isStateful(target, settings)) return;
    const { opts } = target.resource;
    if (opts.deleteBeforeReplace === true) {
      yield { at: option(target, "deleteBeforeReplace"), message: "it is deleted before there is another" };
    }
    if (Array.isArray(opts.replaceOnChanges) && opts.replaceOnChanges.length > 0) {
      yield { at: option(target, "replaceOnChanges"), message: "a change deletes it" };
    }
    if (!isDefinition(target) || opts.retainOnDelete === true || opts.protect === true) return;
    const kept = target.annotations.field("helm.sh/resource-policy");
    const retained = option(target, "retainOnDelete");
    if (!kept.is("keep"))
      yield { at: retained, message: "deleting it deletes every object of its kind", unless: [kept, retained] };
  },
});

/** What an update may overwrite without anybody seeing it, by the name of a step on the way. */
const SENSITIVE =
  /^(?:securityContext|podSecurityContext|rules|subjects|roleRef|tls|podSelector|policyTypes|webhooks|imagePullSecrets|serviceAccountName|hostNetwork|hostPID|hostIPC|privileged|machineConfigurationInput|machineConfiguration|configPatches|clientConfiguration|pod-security\.kubernetes\.io\/.+)$/;

/** Steps above such values: ignoring one of them ignores them all. */
const ABOVE: Readonly<Record<string, RegExp>> = {
  "core/Namespace": /^(?:metadata|metadata\.labels)$/,
  "core/Pod": /^spec(?:\.(?:containers|initContainers))?(?:\.(?:\d+|\*))?$/,
  workload: /^spec(?:\.template(?:\.spec(?:\.(?:containers|initContainers)(?:\.(?:\d+|\*))?)?)?)?$/,
  any: /^(?:\*|spec)$/,
};

export const ignoreChanges = resourceRule({
  id: "pulumi-ignore-changes",
  group: "pulumi",
  title: "Security fields not ignored",
  severity: "high",
  references: ["drift hides"],
  types: ["any"],
  on: () => true,
  fix: "ignore only fields that another controller owns, e.g. spec.replicas",
  docs: {
    why: "A change of an ignored field is never reverted: a pod that was made privileged by hand, or a wider rule, stays and no preview shows it.",
    pass: registered("kubernetes:apps/v1:Deployment", {}, { opts: { ignoreChanges: ["spec.replicas"] } }),
    fail: registered(
      "kubernetes:apps/v1:Deployment",
      {},
      { opts: { ignoreChanges: ["spec.template.spec.securityContext"] } },
    ),
  },
  *check(target) {
    if (target.embedded) return;
    const paths = option(target, "ignoreChanges");
    if (!paths.present) return;
    const above = target.workload && target.key !== "core/Pod" ? ABOVE["workload"] : ABOVE[target.key];
    for (const at of paths.items()) {
      const steps = stepsOf(at.text ?? "");
      const path = steps.join(".");
      const hidden = steps.find((step) => SENSITIVE.test(step));
      if (hidden !== undefined) yield { at, message: `changes of ${hidden} are never seen` };
      else if (ABOVE["any"]?.test(path) === true || above?.test(path) === true)
        yield { at, message: `${path} holds fields whose changes must be visible` };
    }
  },
});

/** `spec.containers[0].image`, `metadata.labels["a/b"]` → steps. */
function stepsOf(path: string): string[] {
  if (path.length > 1024) return ["*"];
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted ?? index ?? plain ?? "",
  );
}

const WAITING = ["kubernetes:helm.sh/v3:Release", "cluster.x-k8s.io/Cluster", "cluster.x-k8s.io/MachineDeployment"];

const RELEASE = "kubernetes:helm.sh/v3:Release";

export const timeouts = resourceRule({
  id: "pulumi-timeouts",
  group: "pulumi",
  title: "Timeouts set",
  severity: "low",
  references: ["reliability"],
  types: WAITING,
  on: ({ type, key }) => type === RELEASE || WAITING.includes(key),
  fix: "set customTimeouts between 300 and 3600 seconds",
  docs: {
    why: "Clusters and charts need longer than the default to become ready, and never need hours. With a timeout that is too short a deployment fails although it would succeed; one that is too long hides that it makes no progress.",
    pass: registered(RELEASE, {}, { opts: { customTimeouts: { createSeconds: 1200, updateSeconds: 1200 } } }),
    fail: registered(RELEASE),
  },
  *check(target) {
    const { resource, embedded, annotations, root } = target;
    if (!resource.fromEngine || embedded) return;
    if (root.field("skipAwait").is(true) || annotations.field("pulumi.com/skipAwait").is("true")) return;
    const given = option(target, "customTimeouts");
    const own = resource.type === RELEASE ? root.field("timeout") : undefined;
    for (const name of ["createSeconds", "updateSeconds"]) {
      const option = given.field(name);
      const at = !((option.number ?? 0) > 0) && own?.number !== undefined ? own : option;
      const seconds = at.number ?? 0;
      if (seconds === 0) yield { at, message: `${name.replace("Seconds", "")} has the default timeout` };
      else if (seconds < 300 || seconds > 3600) yield { at, message: `${seconds} s is not between 300 and 3600` };
    }
  },
});
