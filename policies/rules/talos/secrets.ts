import { parameters, names } from "../../engine/parameters";
import { credentialIn, isSecretValue, namesSecret } from "../../engine/library/credentials";
import { layerOf } from "../../engine/layers";
import { option } from "../../engine/options";
import { resourceRule } from "../../engine/rule";
import { View } from "../../engine/view";
import { leaves, viewOf, type Leaf } from "../../engine/walk";
import { APPLY, talosConfig, TEMPLATES } from "../../engine/library/talos/config";
import { documentsIn } from "../../engine/library/talos/documents";
import { applying, machineGiven, machineWith } from "./examples";

const SECRETS = "talos:machine/secrets:Secrets";

const patched = (patch: object) => applying({ configPatches: [JSON.stringify(patch)] });

/** Fields of a machine configuration that hold keys, by their own names and that of the section they are in. */
const KEYS =
  /^(?:key|secret|token|passphrase|password|auth|identityToken|bootstrapToken|secretboxEncryptionSecret|aescbcEncryptionSecret|encryptionKey)$/;

export const noInlineSecret = resourceRule({
  id: "talos-no-inline-secret",
  group: "talos",
  title: "No secret in configPatches",
  severity: "critical",
  references: ["pulumi-talos schema gap"],
  types: [`${APPLY} configPatches`, ...TEMPLATES],
  on: ({ type, key }) => type === APPLY || TEMPLATES.includes(key),
  fix: "put it into the patches of getConfiguration, whose result is secret, or wrap configPatches in pulumi.secret and name it in additionalSecretOutputs",
  docs: {
    why: "The provider encrypts the configuration in the state, but not the patches: a token or registry password in them is stored in the state file and shown in previews and logs.",
    pass: patched({ machine: { certSANs: ["192.0.2.10"] } }),
    fail: patched({
      machine: {
        registries: { config: { "registry.example": { auth: { username: "puller", password: "hunter2hunter2" } } } },
      },
    }),
  },
  *check(target) {
    const declared = target.resource.opts.additionalSecretOutputs;
    if (target.type === APPLY && Array.isArray(declared) && declared.includes("configPatches")) return;
    const lists =
      target.type === APPLY
        ? [target.root.field("configPatches")]
        : [
            ["strategicPatches"],
            ["template", "spec", "strategicPatches"],
            ["controlPlaneConfig", "controlplane", "strategicPatches"],
          ].map((way) => target.spec.at(...way));
    for (const list of lists.filter((each) => !each.secret)) {
      for (const text of list.items()) {
        if (!text.secret) yield* secretsIn(text);
      }
    }
  },
});

function* secretsIn(text: View) {
  for (const [index, document] of (documentsIn(text) ?? []).entries()) {
    const view = new View(document, text.reader, text, index);
    for (const leaf of leaves(document)) {
      const message = secretIn(leaf);
      if (message !== undefined) yield { at: viewOf(view, leaf), message };
    }
  }
}

/** Beginning of a private key in PEM, once more in base64 as configurations carry it. */
const PEM = /^LS0tLS1CRUdJTi/;

function secretIn({ name, text }: Leaf): string | undefined {
  const form =
    credentialIn(text) ??
    (PEM.test(text) ? credentialIn(Buffer.from(text.slice(0, 4096), "base64").toString("latin1")) : undefined);
  if (form !== undefined) return `it is ${form}`;
  const named = KEYS.test(name) || namesSecret(name);
  return named && isSecretValue(text) ? `${name} is readable in the state` : undefined;
}

const MODES = ["auto", "no_reboot", "staged"];

const APPLY_MODE = parameters("talos-apply-mode", (z) => ({
  inventory: names(z).describe("Addresses of the machines; others are errors when it is given."),
}));

export const applyMode = resourceRule({
  id: "talos-apply-mode",
  group: "talos",
  title: "No destroy-time reset by accident",
  severity: "high",
  references: ["data loss"],
  types: [APPLY],
  on: ({ type }) => type === APPLY,
  fix: "use applyMode auto, no_reboot or staged, and reset machines by hand",
  params: APPLY_MODE,
  docs: {
    why: "With onDestroy.reset, removing a machine from the program wipes its disk at once; on control planes this deletes etcd, and with it the cluster.",
    pass: machineWith(),
    fail: machineGiven({ onDestroy: { reset: true } }),
  },
  *check(target, settings) {
    const { root } = target;
    const mode = root.field("applyMode");
    if (mode.present && !MODES.includes(mode.text ?? ""))
      yield { at: mode, message: "the machine may restart at any time" };
    const reset = root.at("onDestroy", "reset");
    const graceful = root.at("onDestroy", "graceful");
    if (reset.on) {
      const config = target.memo(talosConfig);
      if (config?.role !== "worker")
        yield { at: reset, message: "destroying it wipes a control plane", unless: config?.hidden ?? [] };
      else if (graceful.is(false)) yield { at: graceful, message: "the machine is wiped without being drained" };
    }
    const { inventory = [] } = APPLY_MODE.of(settings);
    if (inventory.length === 0) return;
    for (const name of ["node", "endpoint"]) {
      const at = root.field(name);
      const host = at.text?.replace(/:\d+$/, "");
      if (host !== undefined && !inventory.includes(host))
        yield { at, message: `${host} is no machine of the inventory` };
    }
  },
});

export const secretsProtected = resourceRule({
  id: "talos-secrets-protected",
  group: "talos",
  title: "Secrets bundle protected",
  severity: "critical",
  references: ["loss of PKI"],
  types: [SECRETS],
  on: ({ type }) => type === SECRETS,
  fix: "set the resource option protect, and keep the bundle in the base stack",
  docs: {
    why: "The bundle is the identity of the cluster. When it is replaced or deleted, no machine trusts any other, and no backup of etcd can be used.",
    pass: { type: SECRETS, name: "cluster-secrets", props: { talosVersion: "v1.13" }, opts: { protect: true } },
    fail: { type: SECRETS, name: "cluster-secrets", props: { talosVersion: "v1.13" }, opts: { protect: false } },
  },
  *check(target) {
    const { opts } = target.resource;
    if (opts.protect !== true && opts.retainOnDelete !== true) {
      yield { at: option(target, "protect"), message: "the keys of the cluster can be deleted" };
    }
    if (layerOf(target.resource) === "tenant")
      yield { at: target.root, message: "the keys of machines are in the stack of a tenant" };
  },
});
