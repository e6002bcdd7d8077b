import { credentialIn, isSecretValue, looksRandom, namesSecret, SHORTEST } from "../../engine/library/credentials";
import { container, deployment, object } from "../../engine/library/examples";
import { containerRule, objectRule, resourceRule } from "../../engine/rule";
import type { View } from "../../engine/view";
import { leaves, mayHold, viewOf } from "../../engine/walk";

/** Credentials that stand in plain sight. */

// made of pieces, so that scanners of this repository do not take the example for a real key
const PEM = ["-----BEGIN RSA", "PRIVATE KEY-----\nMIIEexample\n-----END RSA", "PRIVATE KEY-----"].join(" ");

const withEnv = (env: object[]) => deployment({ containers: [container({ env })] });

/** A text, or what somebody forgot to quote: the API server refuses it, and the next change puts it in quotes. */
function written(view: View): string | undefined {
  const { value } = view;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : view.word;
}

export const envPlain = containerRule({
  id: "secret-env-plain",
  group: "workload",
  title: "No plain secret in env",
  severity: "critical",
  references: ["CIS 5.4.1", "C-0012", "polaris sensitiveContainerEnvVar"],
  fix: "put it into a Secret and mount that as a file",
  docs: {
    why: "A value in env is stored in the object, in the state and in every backup of etcd, and `kubectl describe` prints it.",
    pass: withEnv([{ name: "DB_HOST", value: "db.shop.svc" }]),
    fail: withEnv([{ name: "DB_PASSWORD", value: "correct horse battery staple" }]),
  },
  *check({ view }) {
    for (const entry of view.field("env").items()) {
      const value = entry.field("value");
      const text = written(value);
      if (text === undefined || text === "") continue;
      const name = entry.field("name").text ?? "";
      const kind = credentialIn(text);
      if (kind !== undefined) yield { at: value, message: `${name} holds ${kind}` };
      else if (namesSecret(name) && isSecretValue(text))
        yield { at: value, message: `${name} holds a secret in plain text` };
      else if (looksRandom(text)) yield { at: value, message: `${name} looks like a key` };
    }
  },
});

export const envRef = containerRule({
  id: "secret-env-ref",
  group: "workload",
  title: "Secrets as files",
  severity: "low",
  references: ["CIS 5.4.1", "C-0207", "CKV_K8S_35"],
  fix: "mount the Secret as a volume",
  docs: {
    why: "Variables are inherited by every child process and end up in crash reports; a file can be replaced while the program runs.",
    pass: deployment(),
    fail: withEnv([{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }]),
  },
  *check({ view }) {
    const message = "the secret becomes a variable of the process";
    for (const entry of view.field("env").items()) {
      const reference = entry.at("valueFrom", "secretKeyRef");
      if (reference.present) yield { at: reference, message };
    }
    for (const source of view.field("envFrom").items()) {
      const reference = source.field("secretRef");
      if (reference.present) yield { at: reference, message };
    }
  },
});

export const configMap = objectRule({
  id: "secret-configmap",
  group: "workload",
  title: "No secret in a ConfigMap",
  severity: "high",
  references: ["C-0012", "KSV-0109"],
  kinds: ["core/ConfigMap"],
  fix: "move it into a Secret",
  docs: {
    why: "ConfigMaps are readable to nearly everybody, are not encrypted in etcd and are often printed.",
    pass: object("v1", "ConfigMap", { data: { "log-level": "info" } }),
    fail: object("v1", "ConfigMap", { data: { password: "correct horse battery staple" } }),
  },
  *check({ root }) {
    for (const section of ["data", "binaryData"]) {
      for (const [name, value] of root.field(section).entries()) {
        const text = written(value);
        if (text === undefined) continue;
        const kind = credentialIn(section === "data" ? text : decoded(text));
        if (kind !== undefined) yield { at: value, message: `${name} holds ${kind}` };
        else if (namesSecret(name) && isSecretValue(text))
          yield { at: value, message: `${name} holds a secret in plain text` };
        else if (section === "data" && mentionsSecret(text))
          yield { at: value, message: `a line of ${name} sets a secret` };
      }
    }
  },
});

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

/** Lines looked at in a file inside a ConfigMap; a secret is at the top of a file or in none. */
const MAX_LINES = 2000;

/** Whether a line of a configuration file sets something that is named like a secret. */
function mentionsSecret(text: string): boolean {
  if (!text.includes("\n") && !/[=:]/.test(text)) return false;
  return text
    .slice(0, 1 << 18)
    .split("\n", MAX_LINES)
    .some((line) => {
      const match =
        /^\s{0,64}(?:export )?["']?([A-Za-z_][\w.-]{0,80})["']?\s{0,4}[=:]\s{0,4}["']?([^\s"'#]{1,200})/.exec(line);
      const [, name, value] = match ?? [];
      return (
        name !== undefined &&
        value !== undefined &&
        namesSecret(name) &&
        isSecretValue(value) &&
        !/^[|>&*{[]/.test(value)
      );
    });
}

/** Kinds that exist to hold secrets, and fields the platform encrypts. */
const HOLDERS: ReadonlySet<string> = new Set(["core/Secret"]);

/**
 * Properties that a provider always encrypts. Validation gets them without their secret wrapper, so
 * that a literal cannot be distinguished from a secret there.
 */
const ENCRYPTED: ReadonlySet<string> = new Set([
  "machineConfigurationInput",
  "machineConfiguration",
  "clientConfiguration",
  "machineSecrets",
  "kubeconfigRaw",
  "kubernetesClientConfiguration",
  "talosConfig",
]);

export const inline = resourceRule({
  id: "secret-inline",
  group: "workload",
  title: "No credential literal in any property",
  severity: "critical",
  references: ["datree EXPOSED_SECRET", "C-0012"],
  types: ["every type but Secret"],
  fix: "make it a Pulumi secret and pass it through a Secret",
  docs: {
    why: "A value of a property is stored in the state, shown in previews and kept in the history of the code. Known forms of credentials are found in every property.",
    pass: object("v1", "ConfigMap", { data: { note: "no key here" } }),
    fail: { ...deployment(), metadata: { name: "web", namespace: "shop", annotations: { key: PEM } } },
  },
  on: ({ key }) => !HOLDERS.has(key),
  *check({ root, type }) {
    // a provider's kubeconfig is a secret input; whether it is treated as one is for pulumi-secret-output
    if (type.startsWith("pulumi:providers:")) return;
    const encrypted = type.startsWith("talos:") ? (name: string) => ENCRYPTED.has(name) : undefined;
    const value = root.unreadable ? undefined : root.value;
    if (!mayHold(value, (text) => credentialIn(text) !== undefined, SHORTEST)) return;
    for (const leaf of leaves(value, encrypted, SHORTEST)) {
      if (leaf.secret) continue;
      const kind = credentialIn(leaf.text);
      if (kind !== undefined) yield { at: viewOf(root, leaf), message: `it holds ${kind}` };
    }
  },
});
