import { names, parameters, textsByName } from "../../engine/parameters";
import { matches } from "../../engine/exemptions";
import { isFields } from "../../engine/remediation";
import { resourceRule } from "../../engine/rule";
import type { View } from "../../engine/view";
import { commandText } from "./command-digest";
import { CONFIG_MAP, configMap, registered } from "./examples";

/** Ways around the rules, and around other owners. */

const LOCAL = "command:local:Command";

/** Resources that run a program of their own. */
const RUNS =
  /^(?:command:(?:local|remote):|pulumi-(?:nodejs|python|dotnet|java|go):dynamic|null:|exec:|external:|shell:|ssh:|terraform:null)/i;

/** Those of them that run what their inputs say, so that a digest of it can be listed. */
const COMMANDS = [LOCAL, "command:remote:Command"];

const script = "node wait.js";

/** Of the script. A constant: examples are loaded with the rules, and are not to cost time then. */
const DIGEST = "9063588e8804028cd01ed36605649da8721433557b3653300ae2a9dcde9f61f0";

const COMMAND = parameters("pulumi-no-command", (z) => ({
  scripts: textsByName(z).describe(
    "sha256 of what may run, by name of the resource; * at one end is anything. Part of it are create, update, delete, stdin, interpreter, dir and the names in environment; findings give it.",
  ),
}));

export const noCommand = resourceRule({
  id: "pulumi-no-command",
  group: "pulumi",
  title: "No shell escape",
  severity: "critical",
  references: ["escape hatch around every rule"],
  types: [LOCAL, "command:remote:*", "pulumi-nodejs:dynamic:*", "null:*"],
  on: ({ type }) => RUNS.test(type),
  fix: "use a resource that declares the result, or list name and digest in the parameter `scripts`",
  params: COMMAND,
  docs: {
    why: "A script can do everything, with every secret of the deployment, and no rule evaluates what it does. The few that are needed are listed with the digest of what they run.",
    pass: {
      resources: [registered(LOCAL, { create: script })],
      params: { "pulumi-no-command": { scripts: { web: DIGEST } } },
    },
    fail: registered(LOCAL, { create: script }),
  },
  *check({ root, resource, type }, settings) {
    const command = COMMANDS.includes(type) ? commandText(root) : undefined;
    const given = command?.given[0];
    if (command === undefined || given === undefined) {
      yield { at: root, message: `${type} runs a program of its own` };
      return;
    }
    const { digest, read } = command;
    const { scripts: listed = {} } = COMMAND.of(settings);
    const allowed = Object.entries(listed).some(
      ([name, expected]) => expected === digest && matches(name, resource.name),
    );
    if (!allowed) {
      yield { at: given, message: `${resource.name} runs a script with the digest ${digest}`, unless: read };
    }
  },
});

const FORCE = "pulumi.com/patchForce";
const SKIP = "pulumi.com/skipAwait";

const PATCHES = parameters("pulumi-patch-force", (z) => ({
  patches: names(z).describe("Names of patches of what another program owns."),
}));

export const patchForce = resourceRule({
  id: "pulumi-patch-force",
  group: "pulumi",
  title: "No forced field takeover",
  severity: "high",
  references: ["SSA conflicts"],
  types: ["kubernetes:*"],
  on: ({ kubernetes }) => kubernetes,
  fix: "leave the field to its owner; list patches in the parameter `patches`, and give the reason in an annotation that ends in skip-await-reason",
  params: PATCHES,
  docs: {
    why: "Two owners that force a field overwrite each other at every deployment. A patch changes an object that another program owns. Without waiting, a deployment succeeds although its pods never started.",
    pass: registered(CONFIG_MAP, configMap),
    fail: registered(CONFIG_MAP, { metadata: { ...configMap.metadata, annotations: { [FORCE]: "true" } } }),
  },
  remediate({ object }) {
    const metadata = object["metadata"];
    const annotations = isFields(metadata) ? metadata["annotations"] : undefined;
    if (isFields(annotations)) delete annotations[FORCE];
  },
  *check(target, settings) {
    const { annotations, resource, embedded, type } = target;
    const force = annotations.field(FORCE);
    if (force.on && !force.is("false")) yield { at: force, message: "fields of other owners are taken by force" };
    const skip = annotations.field(SKIP);
    if (skip.is("true") || skip.is(true)) {
      const reasons = annotations.entries().filter(([name]) => /skip-?await-?reason$/i.test(name));
      if (!reasons.some(([, view]) => hasText(view)))
        yield { at: skip, message: "no annotation gives the reason why it is not awaited" };
    }
    if (embedded || !resource.fromEngine || !/:\w+Patch$/.test(type)) return;
    const { patches: listed = [] } = PATCHES.of(settings);
    if (!listed.includes(resource.name))
      yield { at: target.root, message: `${resource.name} patches what another program owns` };
  },
});

function hasText(view: View): boolean {
  return (view.text?.trim() ?? "") !== "";
}
